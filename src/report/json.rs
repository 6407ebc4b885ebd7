//! JSON of this program's own.

use crate::krm::{Finding, Severity, visible, visible_json};
use crate::validate::Report;
use serde_json::{Map, Value, json};

pub fn write(report: &Report) -> String {
    let findings: Vec<Value> = report.findings.sorted().into_iter().map(finding).collect();
    let document = json!({
        "summary": {
            "objects": report.objects,
            "interceptions": report.interceptions,
            "prepared": report.prepared,
            "errors": report.count(Severity::Error),
            "warnings": report.count(Severity::Warning),
        },
        "findings": findings,
    });
    visible_json(&format!("{document:#}\n"))
}

/// What is not known of a finding is left out.
fn finding(finding: &Finding) -> Value {
    let mut out = Map::new();
    let mut set = |key: &str, value: Option<Value>| value.map(|value| out.insert(key.to_string(), value));
    set("code", Some(finding.code().to_string().into()));
    set("severity", Some(finding.severity().as_str().into()));
    set(
        "object",
        finding.object().map(|object| {
            let mut reference = json!({"apiVersion": object.api_version, "kind": object.kind, "name": object.name});
            if let Some(namespace) = &object.namespace {
                reference["namespace"] = json!(namespace);
            }
            reference
        }),
    );
    set("field", finding.field().map(Value::from));
    set("value", finding.value().cloned());
    set("file", finding.file().map(|(path, _)| path.into()));
    set("line", finding.line().map(Value::from));
    set("message", Some(visible(finding.message()).into()));
    set("remedy", Some(visible(finding.remedy()).into()));
    Value::Object(out)
}
