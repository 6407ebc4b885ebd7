//! The CustomResourceDefinition of ProxyService, so that editors and API servers know the kind.

use super::{GROUP, VERSION, json_schema};
use serde_json::{Value as Json, json};

/// The CustomResourceDefinition of ProxyService (apiextensions.k8s.io/v1).
///
/// A cluster does not need it: no ProxyService reaches one. It serves editors, and those who move
/// from the operator.
#[must_use]
pub fn crd() -> Json {
    let mut schema = json_schema("ProxyService").expect("a known kind");
    let description = schema["description"].clone();
    let spec = &mut schema["properties"]["spec"];
    structural(spec);
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("proxyservices.{GROUP}")},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": "ProxyService", "listKind": "ProxyServiceList", "plural": "proxyservices",
                "singular": "proxyservice", "shortNames": ["ps"],
            },
            "scope": "Namespaced",
            "versions": [{
                "name": VERSION,
                "served": true,
                "storage": true,
                "additionalPrinterColumns": [
                    {"name": "Service", "type": "string", "jsonPath": ".spec.serviceName"},
                    {"name": "Target", "type": "string", "jsonPath": ".spec.target"},
                ],
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "description": description,
                    "required": ["spec"],
                    "properties": {
                        "apiVersion": {"type": "string"},
                        "kind": {"type": "string"},
                        "metadata": {"type": "object"},
                        "spec": spec,
                        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                    },
                }},
            }],
        },
    })
}

/// Makes a schema structural: `additionalProperties` beside `properties` is forbidden there, and
/// int-or-string has a marker of its own.
fn structural(schema: &mut Json) {
    match schema {
        Json::Object(object) => {
            if object.contains_key("properties") && object.get("additionalProperties") == Some(&Json::Bool(false)) {
                object.remove("additionalProperties");
            }
            if object.contains_key("x-kubernetes-int-or-string") {
                object.remove("anyOf");
                object.remove("type");
            }
            object.values_mut().for_each(structural);
        }
        Json::Array(items) => items.iter_mut().for_each(structural),
        _ => {}
    }
}
