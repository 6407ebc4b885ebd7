//! What all generated objects have in common.

use crate::resolve::{Generated, Interception};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use serde_yaml::Value;

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

/// The companion that was announced as this. Its spec, which can be long, moves; who it is stays.
pub fn companion(interception: &mut Interception, generated: &Generated) -> Value {
    let found = interception.companions.iter_mut().find(|companion| Generated::of(companion).as_ref() == Some(generated));
    let found = found.expect("announced because it is there");
    let spec = found.get_mut("spec").map(std::mem::take);
    let mut companion = found.clone();
    companion["spec"] = spec.unwrap_or_default();
    companion
}
