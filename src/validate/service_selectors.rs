//! The selector of a Service matches pods of the manifests, where they have any of its namespace.

use super::finding;
use super::selector::Selector;
use super::view::{View, is_generated, selects_by_front};
use crate::findings::Code;
use crate::krm::Findings;
use crate::rendered::Object;

/// PS109, of Services.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for (service, selector) in view.services() {
        let namespace = service.key.namespace.as_str();
        if view.workloads.selected(namespace, &selector).next().is_some() {
            continue;
        }
        let to_proxies = selects_by_front(service);
        let (error, why) = if to_proxies && view.workloads.has(namespace) {
            (true, "no pods of these manifests have them: nobody would answer")
        } else if to_proxies {
            // The parts of a rollout in two steps can be in two folders.
            (false, "these manifests have no pods at all")
        } else if !view.workloads.has_applications(namespace) {
            continue;
        } else if is_target(view, service) {
            (true, "no pods of these manifests have them: the proxies would send their requests to nobody")
        } else if may_be_made(view, service, &selector) {
            continue;
        } else {
            (false, "no pods of these manifests have them")
        };
        let message = format!("it selects \"{}\", and {why}", selector.describe());
        let remedy = if to_proxies {
            "render the ProxyService again, or validate the proxies' manifests together with this"
        } else {
            "correct the labels, or add what makes the pods"
        };
        findings.push(finding(service, error, Code::SelectsNothing, "spec.selector", message, remedy));
    }
}

/// Whether it is where proxies send their requests; not one of several Services of the user's.
fn is_target(view: &View<'_>, service: &Object) -> bool {
    is_generated(service)
        || view.pool_of(service).is_some_and(|pool| matches!(pool.targets[..], [only] if only.key == service.key))
}

/// Whether an operator may make the pods: of a resource that a label names.
fn may_be_made(view: &View<'_>, service: &Object, selector: &Selector<'_>) -> bool {
    let namespace = service.key.namespace.as_str();
    view.hosts.may_be_made(&service.key.name, namespace)
        || selector.labels.iter().any(|(_, value)| view.hosts.may_be_made(value, namespace))
}
