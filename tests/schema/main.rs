//! What the types say and what the repository carries must be the same: schemas, shapes, the
//! CustomResourceDefinition. `PROXY_SERVICE_UPDATE=1` writes it anew; what is compiled in shows
//! with the next build.

mod differential;
mod shapes;

use proxy_service::api::{generated_schema, json_schema};
use serde_json::Value as Json;
use std::fs;
use std::path::Path;
use std::process::Command;

const KINDS: [&str; 2] = ["ProxyService", "ProxyServiceConfig"];

fn updating() -> bool {
    std::env::var_os("PROXY_SERVICE_UPDATE").is_some()
}

fn assert_carried(file: &str, generated: &str, from: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let carried = fs::read_to_string(&path).unwrap_or_default();
    if updating() && carried != generated {
        fs::write(&path, generated).unwrap();
        return;
    }
    assert!(carried == generated, "{file} is not what {from}; PROXY_SERVICE_UPDATE=1 writes it anew");
}

fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_proxy-service")).args(arguments).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_carried_schemas_are_those_of_the_types() {
    let [proxy_service, mut config] = KINDS.map(|kind| generated_schema(kind).unwrap());
    assert_carried("src/api/schema/proxyservice.json", &format!("{proxy_service}\n"), "the types generate");
    let shared = proxy_service["properties"]["spec"]["properties"].clone();
    for place in ["defaults", "proxyServices/items"] {
        let place = format!("/properties/spec/properties/{place}/properties");
        let fields = config.pointer_mut(&place).and_then(Json::as_object_mut).unwrap();
        for (name, field) in fields.iter_mut().filter(|(name, field)| shared.get(name.as_str()) == Some(field)) {
            assert!(!name.is_empty());
            *field = Json::Bool(true);
        }
    }
    assert_carried("src/api/schema/config.json", &format!("{config}\n"), "the types generate");
    if !updating() {
        for kind in KINDS {
            assert!(json_schema(kind) == generated_schema(kind), "the carried schema of {kind} is not that of the types");
        }
    }
}

#[test]
fn the_schemas_for_editors_are_those_of_the_types() {
    for (kind, file) in KINDS.into_iter().zip(["proxyservice", "proxyserviceconfig"]) {
        let file = format!("functions/schema/{file}.schema.json");
        assert_carried(&file, &format!("{:#}\n", generated_schema(kind).unwrap()), "the types generate");
        if !updating() {
            assert_carried(&file, &printed(&["schema", kind]), "`proxy-service schema` prints");
        }
    }
}

#[test]
fn the_shapes_are_those_of_the_types() {
    let [proxy_service, config] = KINDS.map(|kind| generated_schema(kind).unwrap());
    assert_carried("src/api/schema/shapes.rs", &shapes::source(&proxy_service, &config), "the types generate");
}

#[test]
fn the_custom_resource_definition_is_that_of_the_types() {
    assert_carried("functions/crd.yaml", &printed(&["crd"]), "`proxy-service crd` prints");
}
