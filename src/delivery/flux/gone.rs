//! Refuses to take an interception away in one step.

use crate::findings::Code;
use crate::interception::FRONT_LABEL;
use crate::krm::{Finding, Findings};
use crate::rendered::Inventory;

/// The first Kustomization would delete the proxies before the last one has given the front back.
/// `old` is what was written last time, `new` what is to be written now.
pub fn check_gone(old: &Inventory, new: &Inventory, findings: &mut Findings) {
    let still_there: Vec<_> = new.pools().iter().map(|pool| (pool.namespace.to_string(), pool.front_name.to_string())).collect();
    for pool in old.pools().iter().filter(|pool| pool.intercepts()) {
        let (namespace, name) = (pool.namespace, pool.front_name);
        // An application that goes altogether takes its clients' Service with it.
        let Some(front) = new.service(namespace, name) else { continue };
        if still_there.iter().any(|(other, front)| other == namespace && front == name) {
            continue;
        }
        let message = format!(
            "the proxies of \"{name}\" would be deleted before Flux has given the Service back to the application: \
             the manifests written last time send its clients to them"
        );
        let remedy = "set `phase: Prepare` on its ProxyService, let Flux apply that, and only then remove it";
        let field = format!("spec.selector[{FRONT_LABEL}]");
        findings.push(
            Finding::error(Code::TakenAwayAtOnce, message, remedy).about_object(front.key.to_ref(&front.api_version)).at(field),
        );
    }
}
