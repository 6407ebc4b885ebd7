//! Objects that annotations of a Service attach to it.

use crate::krm::Item;
use crate::objects::Index;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// The annotations that attach GKE's BackendConfigs, the present one and the older one.
pub const BACKEND_CONFIG: [&str; 2] = ["cloud.google.com/backend-config", "beta.cloud.google.com/backend-config"];

/// The objects of a kind in the Service's namespace that its annotation names.
pub fn objects<'i, 'a>(
    service: &Item<'_>,
    annotation: &str,
    (group, kind): (&str, &str),
    index: &Index<'i, 'a>,
) -> Vec<&'i Item<'a>> {
    let Some(value) = service.text_at(&["metadata", "annotations", annotation]) else { return Vec::new() };
    let namespace = service.id().namespace.as_deref();
    let found = names(value).into_iter().flat_map(|name| index.find(group, kind, namespace, &name).to_vec());
    found.map(|position| index.item(position)).collect()
}

/// GKE's BackendConfigs of a Service.
pub fn backend_configs<'i, 'a>(service: &Item<'_>, index: &Index<'i, 'a>) -> Vec<&'i Item<'a>> {
    BACKEND_CONFIG.iter().flat_map(|key| objects(service, key, ("cloud.google.com", "BackendConfig"), index)).collect()
}

/// A name alone, or GKE's JSON: `{"default": "name", "ports": {"80": "name"}}`.
fn names(value: &str) -> BTreeSet<String> {
    let Ok(Json::Object(named)) = serde_json::from_str(value) else { return BTreeSet::from([value.to_string()]) };
    let general = named.get("default").and_then(Json::as_str).into_iter();
    let of_ports = named.get("ports").and_then(Json::as_object).into_iter().flat_map(|ports| ports.values());
    general.chain(of_ports.filter_map(Json::as_str)).map(str::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn an_annotation_has_a_name_or_names_by_port() {
        assert!(names("a").iter().eq(["a"]));
        assert!(names(r#"{"default": "a", "ports": {"80": "b", "http": "a"}}"#).iter().eq(["a", "b"]));
        assert!(names(r#"{"ports": 1}"#).is_empty());
    }
}
