//! One Service selects the proxies: of several, istiod takes the ports of whichever comes first.

use super::finding;
use super::view::View;
use crate::findings::Code;
use crate::krm::Findings;

/// PS029, in rendered manifests.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for (service, selector) in view.services() {
        for (position, _) in view.proxies.selected(&service.key.namespace, &selector) {
            let pool = &view.pools[position];
            let is = |other: &&crate::rendered::Object| other.key == service.key;
            // Their own Service has the front's ports.
            if pool.front.as_ref().is_some_and(is) || pool.own_service.as_ref().is_some_and(is) || pool.targets.iter().any(is) {
                continue;
            }
            let message = format!(
                "\"{}\" selects {} beside \"{}\", and the proxies may listen on the ports of either",
                selector.describe(),
                pool.deployment.to_ref(),
                pool.front_name
            );
            let remedy = "select the application's pods alone, by a label that the proxies do not have";
            findings.push(finding(service, true, Code::SelectsProxies, "spec.selector", message, remedy));
        }
    }
}
