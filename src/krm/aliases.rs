//! What a document would be with its aliases written out.

use super::{Code, Finding};
use saphyr_parser::{Event, Parser};
use std::collections::HashMap;

/// How many times its own size a document may become, beyond what is small anyway.
const GROWTH: usize = 20;
/// What is small anyway, in bytes.
const SMALL: usize = 1 << 20;
/// What a node takes besides its text.
const NODE: usize = 16;

/// Refuses a document that is small only because of its aliases. The parser of values counts how
/// often they are used, and not how much they copy.
///
/// # Errors
/// Written out the document is more than [`GROWTH`] times as long.
pub fn refuse_bomb(document: &str) -> Result<(), Finding> {
    if !(document.contains('&') && document.contains('*')) {
        return Ok(());
    }
    let limit = SMALL.max(document.len().saturating_mul(GROWTH));
    match written_out(document, limit) {
        Some(size) if size > limit => {
            let message = format!("written out, the aliases of {} bytes make more than {limit}", document.len());
            Err(Finding::error(Code::MalformedYaml, message, "write the values out, or split the object"))
        }
        _ => Ok(()),
    }
}

/// The size with every alias replaced, or something beyond the limit; `None` where this is no
/// YAML, which the parser of values will explain.
fn written_out(document: &str, limit: usize) -> Option<usize> {
    let mut anchors: HashMap<usize, usize> = HashMap::new();
    let mut open: Vec<(usize, usize)> = vec![(0, 0)];
    for event in Parser::new_from_str(document) {
        let (anchor, size) = match event.ok()?.0 {
            Event::Scalar(text, _, anchor, _) => (anchor, text.len() + NODE),
            Event::Alias(anchor) => (0, anchors.get(&anchor).copied().unwrap_or(0).saturating_add(NODE)),
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                open.push((anchor, NODE));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop()?,
            _ => continue,
        };
        if anchor > 0 {
            anchors.insert(anchor, size);
        }
        let parent = open.last_mut()?;
        parent.1 = parent.1.saturating_add(size);
        if parent.1 > limit {
            return Some(parent.1);
        }
    }
    open.first().map(|(_, size)| *size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_copied_often_is_refused_and_usual_anchors_are_not() {
        let long = format!("a: &a {}\nb:\n{}", "x".repeat(100_000), "- *a\n".repeat(1000));
        assert!(refuse_bomb(&long).is_err());
        let nested: String = (1..40).map(|level| format!("a{level}: &a{level} [*a{p}, *a{p}, *a{p}]\n", p = level - 1)).collect();
        assert!(refuse_bomb(&format!("a0: &a0 [x]\n{nested}")).is_err());
        let usual = "labels: &labels {app: cart, team: a}\nselector: *labels\ntemplate: {labels: *labels}\n";
        assert!(refuse_bomb(usual).is_ok());
    }
}
