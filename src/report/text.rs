//! Text: what other commands print of findings, and a summary.

use crate::krm::Severity;
use crate::validate::Report;
use std::fmt::Write;

pub fn write(report: &Report) -> String {
    let mut out = String::new();
    for finding in report.findings.sorted() {
        out.push_str(&visible(&finding.to_string()));
        out.push('\n');
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

/// Text on one line, whatever names and values are in it: a line break in one would begin a line
/// that a CI system may take for a command, an escape sequence would move a terminal's cursor, and
/// a change of the writing direction would show something else than there is.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
