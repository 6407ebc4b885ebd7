//! What the program generates and the repository carries must be the same.
//! `PROXY_SERVICE_UPDATE=1` writes it anew.

use std::fs;
use std::path::Path;
use std::process::Command;

fn assert_generated(arguments: &[&str], file: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_proxy-service")).args(arguments).output().unwrap();
    assert!(output.status.success());
    let generated = String::from_utf8(output.stdout).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("PROXY_SERVICE_UPDATE").is_some() {
        fs::write(&path, &generated).unwrap();
    }
    let carried = fs::read_to_string(&path).unwrap_or_default();
    assert!(carried == generated, "{file} is not what `proxy-service {}` prints", arguments.join(" "));
}

#[test]
fn the_json_schemas_are_those_of_the_types() {
    assert_generated(&["schema"], "functions/schema/proxyservice.schema.json");
    assert_generated(&["schema", "ProxyServiceConfig"], "functions/schema/proxyserviceconfig.schema.json");
}

#[test]
fn the_custom_resource_definition_is_that_of_the_types() {
    assert_generated(&["crd"], "functions/crd.yaml");
}
