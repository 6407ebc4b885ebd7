//! Reports of findings, read as those read them for whom they are.

use crate::display::harmless;
use proxy_service::validate::Report;
use roxmltree::Document;
use serde_json::Value;

/// A line for each finding, and a summary.
pub fn text(text: &str, report: &Report) {
    harmless("text", text);
    assert_eq!(text.lines().count(), report.findings.sorted().len() + 1, "in\n{text}");
}

/// The program's own JSON.
pub fn json(text: &str, report: &Report) {
    let document: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(document["findings"].as_array().map(Vec::len), Some(report.findings.sorted().len()));
}

/// SARIF 2.1.0: a result for each finding, each with a rule of the run.
pub fn sarif(text: &str, report: &Report) {
    let document: Value = serde_json::from_str(text).expect("JSON");
    let run = &document["runs"][0];
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), report.findings.sorted().len());
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for result in results {
        assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]), "no rule {}", result["ruleId"]);
    }
}

/// JUnit: well-formed XML whose counts are right.
pub fn junit(text: &str, report: &Report) {
    harmless("JUnit", text);
    let document = Document::parse(text).unwrap_or_else(|error| panic!("JUnit: {error} in\n{text}"));
    let root = document.root_element();
    let count = |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).count();
    assert_eq!(root.attribute("tests"), Some(count("testcase").to_string().as_str()), "in\n{text}");
    assert_eq!(count("failure"), report.count(proxy_service::krm::Severity::Error), "in\n{text}");
}

/// Workflow commands as GitHub's runner finds them (`ActionCommand.cs`): a command for each finding, at the
/// beginning of its line, and no other.
pub fn github(text: &str, report: &Report) {
    harmless("commands", text);
    let findings = report.findings.sorted();
    let mut lines = text.lines();
    for finding in findings {
        let line = lines.next().unwrap_or_else(|| panic!("a command is missing in\n{text}"));
        let command = format!("::{} ", finding.severity().as_str());
        let properties = line.strip_prefix(&command).and_then(|rest| rest.split_once("::")).map(|(properties, _)| properties);
        let known = |property: &str| ["file", "line", "title"].contains(&property.split('=').next().unwrap_or_default());
        assert!(properties.is_some_and(|properties| properties.split(',').all(known)), "{line:?}");
    }
    let summary = lines.next().expect("a summary");
    assert!(summary.starts_with(|c: char| c.is_ascii_digit()) && lines.next().is_none(), "in\n{text}");
}
