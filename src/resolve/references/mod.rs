//! What else in the input refers to an intercepted Service or to the pods behind it: one file for
//! each kind of object, which either rewrites it so that it keeps its meaning, or says why not.

mod authentication;
mod authorization_policy;
mod authorization_rule;
mod companion;
mod extension;
mod network_policy;
mod network_rule;
mod selector;
mod workloads;

use super::Resolution;
use super::index::Index;
use crate::krm::Findings;

/// Looks at everything that refers to a front or to the pods of a target.
pub fn resolve(resolution: &mut Resolution, index: &Index<'_, '_>, findings: &mut Findings) {
    policies(resolution, index, findings);
}

/// API groups of which a policy about pods may be.
const POLICY_GROUPS: [&str; 8] = [
    "security.istio.io",
    "networking.k8s.io",
    "networking.istio.io",
    "extensions.istio.io",
    "cilium.io",
    "crd.projectcalico.org",
    "projectcalico.org",
    "policy.networking.k8s.io",
];

/// Policies about the application's pods, whose caller is the proxies now.
fn policies(resolution: &mut Resolution, index: &Index<'_, '_>, findings: &mut Findings) {
    if !index.items().any(|(_, item)| POLICY_GROUPS.contains(&item.id().group())) {
        return;
    }
    let Resolution { interceptions, rewritten } = resolution;
    let proxies: Vec<String> = interceptions.iter().map(|interception| interception.proxy_name.clone()).collect();
    for interception in interceptions {
        let app = workloads::App::find(interception, index);
        authorization_policy::resolve(interception, &app, &proxies, rewritten, index, findings);
        authentication::resolve(interception, &app, index, findings);
        network_policy::resolve(interception, &app, index, findings);
        extension::resolve(interception, &app, index, findings);
    }
}
