//! The line of a file on which a finding's field stands.

use crate::krm::{Finding, Findings, lines_of};
use std::collections::HashMap;

/// Moves each finding from the first line of its object to the line of its field. `texts` are the
/// files by name. An object is read once, however many findings are about it.
#[must_use]
pub fn locate<'t>(findings: Findings, texts: impl Iterator<Item = (&'t str, &'t str)>) -> Findings {
    if findings.is_empty() {
        return findings;
    }
    let texts: HashMap<&str, Text<'_>> = texts.map(|(name, text)| (name, Text::of(text))).collect();
    let mut findings: Vec<Finding> = findings.into_iter().collect();
    for (line, at) in lines(&findings, &texts) {
        let finding = &mut findings[at];
        *finding = finding.clone().on_line(line);
    }
    findings.into_iter().collect()
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

/// The line of each finding's field, with the finding's position; of those whose place is known.
fn lines(findings: &[Finding], texts: &HashMap<&str, Text<'_>>) -> Vec<(usize, usize)> {
    // Objects by file and first line.
    let mut objects: HashMap<(&str, usize), Vec<(&str, usize)>> = HashMap::new();
    for (at, finding) in findings.iter().enumerate() {
        if let (Some(line), Some(field), Some((path, _))) = (finding.line(), finding.field(), finding.file()) {
            objects.entry((path, line)).or_default().push((field, at));
        }
    }
    let found = objects.into_iter().filter_map(|((path, line), wanted)| {
        let text = texts.get(path)?;
        let start = *text.starts.get(line.checked_sub(1)?)?;
        let fields: Vec<&str> = wanted.iter().map(|(field, _)| *field).collect();
        // As far as its document goes: what is not looked at costs nothing.
        let rest = &text.text[start..];
        let below = lines_of(&rest[..rest.find("\n---").map_or(rest.len(), |end| end + 1)], &fields);
        Some(below.into_iter().zip(wanted).map(move |(below, (_, at))| (line + below, at)))
    });
    found.flatten().collect()
}
