//! Budgets and policies that were generated for the proxies select them.

use super::finding;
use super::selector::Selector;
use super::view::{View, is_generated};
use crate::findings::Code;
use crate::krm::Findings;
use serde_yaml::Value;

/// Kinds with a selector of pods, and where it stands.
pub const KINDS: [(&str, &str, &[&str]); 4] = [
    ("policy", "PodDisruptionBudget", &["spec", "selector"]),
    ("networking.k8s.io", "NetworkPolicy", &["spec", "podSelector"]),
    ("security.istio.io", "AuthorizationPolicy", &["spec", "selector"]),
    ("networking.istio.io", "EnvoyFilter", &["spec", "workloadSelector"]),
];

/// PS109, of what was generated and has the proxies' name. Others are left over from an
/// interception that is not there any more.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for (group, kind, place) in KINDS {
        for object in view.inventory.of_kind(group, kind).filter(|object| is_generated(object)) {
            let Some(value) = object.at(place) else { continue };
            let selector = selector(value);
            let (namespace, name) = (object.key.namespace.as_str(), object.key.name.as_str());
            let of_a_pool = || view.proxies.get(namespace, "Deployment", name).is_some();
            if view.workloads.selected(namespace, &selector).next().is_some() || !of_a_pool() {
                continue;
            }
            let message = format!("it selects \"{}\", and no pods of these manifests have them", selector.describe());
            let remedy = "write the labels of the proxies' pods, or render the ProxyService again";
            findings.push(finding(object, true, Code::SelectsNothing, &place.join("."), message, remedy));
        }
    }
}

/// An EnvoyFilter's selector has `labels`, the others `matchLabels`.
pub fn selector(value: &Value) -> Selector<'_> {
    match value.get("labels").and_then(Value::as_mapping) {
        Some(labels) => Selector::of_labels(labels),
        None => Selector::of(value),
    }
}
