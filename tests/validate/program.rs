//! Runs the program, and reads its report.

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// `validate` with these arguments, in the checkout, with this on stdin.
pub fn validate(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxy-service"));
    command.arg("validate").args(arguments).current_dir(checkout());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

/// A finding of the JSON report: severity, code, `namespace/name kind` and line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub severity: String,
    pub code: String,
    pub object: String,
    pub line: u64,
}

/// What is found in a text.
pub fn findings(input: &str) -> Vec<Found> {
    let output = validate(&["--format", "json"], input);
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
    let word = |value: &Value| value.as_str().unwrap_or_default().to_string();
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let object = &finding["object"];
            let namespace = object["namespace"].as_str().map(|namespace| format!("{namespace}/")).unwrap_or_default();
            Found {
                severity: word(&finding["severity"]),
                code: word(&finding["code"]),
                object: format!("{namespace}{} {}", word(&object["name"]), word(&object["kind"])),
                line: finding["line"].as_u64().unwrap_or_default(),
            }
        })
        .collect()
}
