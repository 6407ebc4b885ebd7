//! The line of a file on which a finding's field stands.

use crate::krm::{Finding, Findings, line_of};
use std::collections::HashMap;

/// Moves each finding from the first line of its object to the line of its field. `texts` are the
/// files by name.
#[must_use]
pub fn locate<'t>(findings: Findings, texts: impl Iterator<Item = (&'t str, &'t str)>) -> Findings {
    if findings.is_empty() {
        return findings;
    }
    let texts: HashMap<&str, Text<'_>> = texts.map(|(name, text)| (name, Text::of(text))).collect();
    findings.into_iter().map(|finding| moved(finding, &texts)).collect()
}

struct Text<'t> {
    text: &'t str,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl<'t> Text<'t> {
    fn of(text: &'t str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Text { text, starts: std::iter::once(0).chain(breaks).collect() }
    }
}

fn moved(finding: Finding, texts: &HashMap<&str, Text<'_>>) -> Finding {
    let line = finding.line().zip(finding.field()).zip(finding.file()).and_then(|((line, field), (path, _))| {
        let text = texts.get(path)?;
        let start = *text.starts.get(line - 1)?;
        Some(line + line_of(&text.text[start..], field))
    });
    match line {
        Some(line) => finding.on_line(line),
        None => finding,
    }
}
