//! What else in the input refers to an intercepted Service or to the pods behind it: one file for
//! each kind of object, which either rewrites it so that it keeps its meaning, or says why not.

mod authentication;
mod authorization_policy;
mod authorization_rule;
mod authorization_set;
mod companion;
mod extension;
mod network_policy;
mod network_rule;
mod policies;
mod selector;
mod workloads;

use super::Resolution;
use super::index::Index;
use crate::krm::Findings;
use policies::Policies;

/// Looks at everything that refers to a front or to the pods of a target.
pub fn resolve(resolution: &mut Resolution, index: &Index<'_, '_>, findings: &mut Findings) {
    policies(resolution, index, findings);
}

/// Policies about the application's pods, whose caller is the proxies now.
fn policies(resolution: &mut Resolution, index: &Index<'_, '_>, findings: &mut Findings) {
    let policies = Policies::of(index);
    if policies.is_empty() {
        return;
    }
    let workloads = workloads::Workloads::of(index);
    let Resolution { interceptions, rewritten } = resolution;
    let proxies: Vec<String> = interceptions.iter().map(|interception| interception.proxy_name.clone()).collect();
    for interception in interceptions {
        let app = workloads::App::find(interception, index, &workloads);
        authorization_policy::resolve(interception, &app, &proxies, rewritten, &policies, findings);
        authentication::resolve(interception, &app, &policies, findings);
        network_policy::resolve(interception, &app, &policies, findings);
        extension::resolve(interception, &app, &policies, findings);
    }
}
