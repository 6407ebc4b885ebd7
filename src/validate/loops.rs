//! The proxies send requests to the application, and not to themselves.

use super::hosts::Meaning;
use super::selector::Selector;
use super::view::View;
use super::{finding, references};
use crate::findings::Code;
use crate::krm::Findings;
use crate::rendered::{Object, Pool};
use serde_yaml::Value;

/// PS113.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for (position, pool) in view.pools.iter().enumerate() {
        for target in pool.targets.iter().filter(|target| selects(view, target, position)) {
            // Where the front itself is the target, its selector is as it should be.
            if pool.front.is_some_and(|front| front.key == target.key) {
                route_to_front(view, pool, target, findings);
                continue;
            }
            let message = format!(
                "this is where {} send their requests, and it selects them: requests would go round",
                pool.deployment.to_ref()
            );
            let remedy = "write the labels of the application's pods";
            findings.push(finding(target, true, Code::ProxyLoop, "spec.selector", message, remedy));
        }
    }
}

/// Whether a Service selects the proxies of a pool.
pub fn selects(view: &View<'_>, service: &Object, pool: usize) -> bool {
    let Some(labels) = service.at(&["spec", "selector"]).and_then(Value::as_mapping).filter(|labels| !labels.is_empty()) else {
        return false;
    };
    let selector = Selector::of_labels(labels);
    view.proxies.selected(&service.key.namespace, &selector).any(|(position, _)| position == pool)
}

fn route_to_front(view: &View<'_>, pool: &Pool<'_>, front: &Object, findings: &mut Findings) {
    for routes in &pool.routes {
        for reference in references::of(routes) {
            let meaning = view.hosts.of_istio(reference.host, &routes.key.namespace);
            if matches!(meaning, Meaning::Service(service) if service.key == front.key) {
                let message = format!("{} selects these proxies: their requests would come back to them", front.to_ref());
                let remedy = "write the Service over the application's pods";
                let field = format!("{}.host", reference.path);
                findings.push(finding(routes, true, Code::ProxyLoop, &field, message, remedy).seen(reference.host));
            }
        }
    }
}
