//! Many faults: each on its line, none twice, and no more of them told than anybody reads.

use super::lines;
use crate::kit::{REQUEST, SERVICE, run};
use std::collections::HashMap;

/// Findings of one code that are told; the rest is counted.
const TOLD: usize = 1000;

fn routes(count: usize) -> String {
    let head =
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: cart}\nspec:\n  hosts: [cart]\n  http:\n";
    format!("{SERVICE}---\n{head}{}", lines(count, "  - route:\n    - destination: {host: missing{i}}"))
}

#[test]
fn each_of_many_wrong_routes_is_on_its_line() {
    let input = routes(TOLD);
    let ended = run(&["validate", "--format", "json", "-"], input.as_bytes(), 512);
    let report: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    let written: Vec<&str> = input.lines().collect();
    let findings: Vec<_> = report["findings"].as_array().unwrap().iter().filter(|finding| finding["code"] == "PS101").collect();
    assert_eq!(findings.len(), TOLD);
    for finding in findings {
        let line = usize::try_from(finding["line"].as_u64().unwrap()).unwrap();
        let host = finding["value"].as_str().unwrap();
        assert!(written[line - 1].contains(&format!("{{host: {host}}}")), "{finding}: {}", written[line - 1]);
    }
}

#[test]
fn what_is_not_told_is_counted_in_every_format() {
    let (count, more) = (5 * TOLD, 4 * TOLD);
    let input = routes(count);
    let mut told = HashMap::new();
    for format in ["text", "json", "junit", "sarif", "github"] {
        let ended = run(&["validate", "--strict", "--format", format, "-"], input.as_bytes(), 512);
        let report = String::from_utf8(ended.stdout).unwrap();
        assert_eq!(ended.code, Some(1), "{format}: {}", ended.stderr);
        assert!(report.contains(&format!("{more} more of this code are left out")), "{format}: {report:.300}");
        assert!(report.contains("missing999") && !report.contains("missing1000"), "{format}");
        told.insert(format, report);
    }
    assert!(told["text"].ends_with(&format!("{count} errors, 0 warnings\n")), "{:.300}", told["text"]);
    let json: serde_json::Value = serde_json::from_str(&told["json"]).unwrap();
    assert_eq!(json["summary"]["errors"], count);
}

#[test]
fn the_rest_of_one_code_hides_no_other() {
    let input = format!("{}---\n{SERVICE}---\n{}", routes(2 * TOLD), REQUEST);
    let ended = run(&["validate", "-"], input.as_bytes(), 512);
    let report = String::from_utf8(ended.stdout).unwrap();
    for code in ["PS008", "PS100", "PS101"] {
        assert!(report.lines().any(|line| line.split(' ').nth(1) == Some(code)), "{code}: {report:.600}");
    }
}

#[test]
fn documents_that_are_none_are_counted_too() {
    let ended = run(&["render", "-"], lines(20 * TOLD, "---\na: {i}").as_bytes(), 256);
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.stderr.lines().count(), TOLD + 1);
    assert!(ended.stderr.lines().last().unwrap().contains("19000 more"), "{}", ended.stderr.lines().last().unwrap());
}
