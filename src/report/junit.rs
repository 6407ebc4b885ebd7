//! JUnit XML, as Jenkins' schema has it (`junit-10.xsd` of its xUnit plugin): a suite for each file,
//! a case for each object, a failure for each error. Warnings are the output of their case.

use crate::krm::{Finding, ObjectRef, Severity, visible};
use crate::rendered::Inventory;
use crate::validate::Report;
use indexmap::IndexMap;
use std::fmt::Write;

/// The cases of one file: what each is called, and its findings.
type Suite<'r> = IndexMap<Case, Vec<&'r Finding>>;

#[derive(Debug, PartialEq, Eq, Hash)]
struct Case {
    object: Option<ObjectRef>,
}

pub fn write(report: &Report, inventory: &Inventory) -> String {
    let mut suites: IndexMap<&str, Suite<'_>> = IndexMap::new();
    for object in inventory.objects() {
        let file = object.file.as_ref().map_or("", |(path, _)| path.as_str());
        suites.entry(file).or_default().entry(Case { object: Some(object.to_ref()) }).or_default();
    }
    for finding in report.findings.sorted() {
        let file = finding.file().map_or("", |(path, _)| path);
        suites.entry(file).or_default().entry(Case { object: finding.object().cloned() }).or_default().push(finding);
    }
    let tests: usize = suites.values().map(IndexMap::len).sum();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let failures: usize = suites.values().map(failed).sum();
    writeln!(out, "<testsuites name=\"proxy-service validate\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">")
        .expect(TAKES_ALL);
    for (file, suite) in &suites {
        write_suite(file, suite, &mut out);
    }
    out.push_str("</testsuites>\n");
    out
}

const TAKES_ALL: &str = "a String takes all";

fn is_error(finding: &&&Finding) -> bool {
    finding.severity() == Severity::Error
}

/// How many cases of a suite failed.
fn failed(suite: &Suite<'_>) -> usize {
    suite.values().filter(|findings| findings.iter().any(|finding| is_error(&finding))).count()
}

fn write_suite(file: &str, suite: &Suite<'_>, out: &mut String) {
    let name = escaped(if file.is_empty() { "manifests" } else { file });
    writeln!(out, "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"0\">", suite.len(), failed(suite))
        .expect(TAKES_ALL);
    for (case, findings) in suite {
        let (class, name) = match &case.object {
            Some(object) => {
                let namespace = object.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
                (object.kind.clone(), format!("{namespace}{}", object.name))
            }
            None => ("manifests".into(), file.to_string()),
        };
        write!(out, "    <testcase classname=\"{}\" name=\"{}\"", escaped(&class), escaped(&name)).expect(TAKES_ALL);
        if findings.is_empty() {
            out.push_str("/>\n");
            continue;
        }
        out.push_str(">\n");
        for finding in findings.iter().filter(is_error) {
            let (code, text) = (finding.code(), escaped(&finding.to_string()));
            let message = escaped(finding.message());
            writeln!(out, "      <failure type=\"{code}\" message=\"{message}\">{text}</failure>").expect(TAKES_ALL);
        }
        let warnings: Vec<String> =
            findings.iter().filter(|finding| !is_error(finding)).map(|finding| escaped(&finding.to_string())).collect();
        if !warnings.is_empty() {
            writeln!(out, "      <system-out>{}</system-out>", warnings.join("\n")).expect(TAKES_ALL);
        }
        out.push_str("    </testcase>\n");
    }
    out.push_str("  </testsuite>\n");
}

/// Text for an attribute or an element. XML 1.0 has no way to write most control characters.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}
