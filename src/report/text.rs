//! Text: what other commands print of findings, and a summary.

use crate::krm::Severity;
use crate::validate::Report;
use std::fmt::Write;

pub fn write(report: &Report) -> String {
    let mut out = String::new();
    for finding in report.findings.sorted() {
        writeln!(out, "{finding}").expect("a String takes all");
    }
    out.push_str(&summary(report));
    out
}

/// `12 objects, 1 interception: 2 errors, 1 warning`, and a line break.
pub fn summary(report: &Report) -> String {
    let mut out = format!("{}, {}", counted(report.objects, "object"), counted(report.interceptions, "interception"));
    if report.prepared > 0 {
        write!(out, " and {} prepared", report.prepared).expect("a String takes all");
    }
    let (errors, warnings) = (report.count(Severity::Error), report.count(Severity::Warning));
    writeln!(out, ": {}, {}", counted(errors, "error"), counted(warnings, "warning")).expect("a String takes all");
    out
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
