//! SARIF 2.1.0 (OASIS): a rule for each code that occurs, a result for each finding.

use super::page::{paragraphs, section};
use crate::findings::Code;
use crate::krm::{Finding, visible, visible_json};
use crate::validate::Report;
use serde_json::{Value, json};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub fn write(report: &Report) -> String {
    let findings = report.findings.sorted();
    let mut codes: Vec<Code> = findings.iter().map(|finding| Code::of(finding)).collect();
    codes.sort();
    codes.dedup();
    let results: Vec<Value> = findings.into_iter().map(|finding| result(finding, &codes)).collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "proxy-service",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    visible_json(&format!("{document:#}\n"))
}

fn rule(code: Code) -> Value {
    let (cause, remedy) = paragraphs(code);
    json!({
        "id": code.to_string(),
        "shortDescription": {"text": code.meaning()},
        "fullDescription": {"text": cause},
        "help": {"text": remedy, "markdown": section(code)},
    })
}

fn result(finding: &Finding, codes: &[Code]) -> Value {
    let field = finding.field().map(|field| format!("{field}: ")).unwrap_or_default();
    let object = finding.object().map(|object| visible(&object.to_string()));
    let subject = object.as_ref().map(|object| format!("{object} ")).unwrap_or_default();
    let mut location = json!({});
    if let Some((path, _)) = finding.file() {
        location["physicalLocation"] = json!({"artifactLocation": {"uri": uri(path)}});
        if let Some(line) = finding.line() {
            location["physicalLocation"]["region"] = json!({"startLine": line});
        }
    }
    if let Some(object) = &object {
        location["logicalLocations"] = json!([{"fullyQualifiedName": object, "kind": "object"}]);
    }
    json!({
        "ruleId": finding.code().to_string(),
        "ruleIndex": codes.binary_search(&Code::of(finding)).unwrap_or_default(),
        "level": finding.severity().as_str(),
        "message": {"text": plain(&format!("{subject}{field}{}; {}", finding.message(), finding.remedy()))},
        "locations": [location],
    })
}

/// A text in which nothing acts and nothing is a link: `[text](destination)` is one (SARIF 2.1.0,
/// 3.11.6), and what a backslash stands before is none of its brackets. Elsewhere brackets need no
/// backslash, and viewers show it.
fn plain(text: &str) -> String {
    let text = visible(text);
    if !text.contains("](") {
        return text;
    }
    text.chars().flat_map(|c| ['\\'].into_iter().filter(move |_| matches!(c, '\\' | '[' | ']')).chain([c])).collect()
}

/// A path as the relative reference that RFC 3986 has for it; an absolute one as a file's URI.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut out = String::with_capacity(path.len());
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.trim_start_matches("./").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_message_is_a_link() {
        assert_eq!(plain("spec.ports[0] of a\\b"), "spec.ports[0] of a\\b");
        assert_eq!(plain("[a\\](https://evil.example) spec.ports[0]"), "\\[a\\\\\\](https://evil.example) spec.ports\\[0\\]");
    }

    #[test]
    fn paths_are_references_whatever_is_in_them() {
        assert_eq!(uri("./a b/c:d#?.yaml"), "a%20b/c%3Ad%23%3F.yaml");
        assert_eq!(uri("/tmp/ü.yaml"), "file:///tmp/%C3%BC.yaml");
    }
}
