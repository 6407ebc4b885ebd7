//! On which line of a text a field of its first object stands.

use super::parse::{Event, Events, Node};

/// How many lines below the first one the field stands, or as much of its path as there is:
/// `spec.ports[1].name`, `metadata.labels[istio-injection]`. The text may go on after the object,
/// and the object may be the first of a list.
#[must_use]
pub fn line_of(text: &str, field: &str) -> usize {
    let mut search = Search { events: Events::new(text), line: 1 };
    let path = steps(field);
    let _ = search.document(&path);
    search.line.saturating_sub(1)
}

/// One step of a path.
#[derive(Debug, PartialEq, Eq)]
enum Step<'f> {
    Key(&'f str),
    Index(usize),
}

fn steps(field: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = field;
    while !rest.is_empty() {
        if let Some((inside, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            steps.push(inside.parse().map_or(Step::Key(inside), Step::Index));
            rest = after;
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            steps.push(Step::Key(&rest[..end]));
            rest = &rest[end.max(usize::from(end == 0 && rest.starts_with(']')))..];
        }
        if steps.len() > 64 {
            break;
        }
    }
    steps
}

struct Search<'a> {
    events: Events<'a>,
    /// Where the last step stands.
    line: usize,
}

impl<'a> Search<'a> {
    fn next(&mut self) -> Option<Event<'a>> {
        self.events.next().ok().filter(|event| !matches!(event.node, Node::End))
    }

    fn document(&mut self, path: &[Step<'_>]) -> Option<()> {
        let mut event = self.next()?;
        // The first of a list: its text begins with a dash.
        if let Node::Sequence { .. } = event.node {
            event = self.next()?;
        }
        self.line = event.at.line;
        self.descend(&event.node, path)
    }

    fn descend(&mut self, node: &Node<'_>, path: &[Step<'_>]) -> Option<()> {
        let (step, rest) = path.split_first()?;
        let mut position = 0;
        loop {
            let event = self.next()?;
            let found = match (node, &event.node) {
                (_, Node::MappingEnd | Node::SequenceEnd) => return None,
                (Node::Mapping { .. }, Node::Scalar { text: key, .. }) => matches!(step, Step::Key(wanted) if wanted == key),
                (Node::Sequence { .. }, _) => {
                    position += 1;
                    matches!(step, Step::Index(wanted) if *wanted + 1 == position)
                }
                _ => return None,
            };
            let line = event.at.line;
            let value = if let Node::Mapping { .. } = node { self.next()?.node } else { event.node };
            if found {
                self.line = line;
                return self.descend(&value, rest);
            }
            self.skip(&value)?;
        }
    }

    fn skip(&mut self, node: &Node<'_>) -> Option<()> {
        let mut depth = usize::from(matches!(node, Node::Mapping { .. } | Node::Sequence { .. }));
        while depth > 0 {
            match self.next()?.node {
                Node::Mapping { .. } | Node::Sequence { .. } => depth += 1,
                Node::MappingEnd | Node::SequenceEnd => depth -= 1,
                _ => {}
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "kind: A\nmetadata:\n  labels:\n    a.b/c: d\nspec:\n  ports:\n  - port: 1\n    name: x\n  - port: 2\n    name: y\n---\nkind: B\n";

    #[test]
    fn a_field_is_found_and_of_a_missing_one_what_holds_it() {
        let lines = ["kind", "metadata.labels[a.b/c]", "spec.ports[1].name", "spec.ports[1].nodePort", "spec.replicas", "x", ""];
        assert_eq!(lines.map(|field| line_of(TEXT, field)), [0, 3, 9, 8, 4, 0, 0]);
    }

    #[test]
    fn an_object_of_a_list_is_found_by_its_dash() {
        assert_eq!(line_of("  - kind: A\n    spec:\n      a: 1\n  - kind: B\n", "spec.a"), 2);
        assert_eq!(line_of("- kind: A\n  spec: {a: 1}\nother: x\n", "spec.a"), 1);
    }

    #[test]
    fn no_path_and_no_text_is_too_strange() {
        for field in ["]", "[", "..", "a]b", "[[", "[99999999999999999999]", "a.[b"] {
            for text in ["", "[", "{", "\t", "- - -", "a: *x", "\u{feff}a: b"] {
                let _ = line_of(text, field);
            }
        }
    }
}
