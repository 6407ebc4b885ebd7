//! What all generated objects have in common.

use crate::interception::Interception;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

/// Name, namespace and labels of a generated object.
///
/// It has no annotation of a host's domain: kustomize would take it for a renamed other object.
pub fn metadata(interception: &Interception, name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_string()),
        namespace: interception.namespace.clone(),
        labels: Some(interception.labels()),
        ..ObjectMeta::default()
    }
}

/// Selects the proxies inside their namespace.
pub fn proxies(interception: &Interception) -> LabelSelector {
    LabelSelector { match_labels: Some(interception.selector()), ..LabelSelector::default() }
}
