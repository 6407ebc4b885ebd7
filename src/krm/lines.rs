//! On which lines of a text fields of its first object stand.

use super::parse::{Event, Events, Node};
use super::wanted::{ROOT, Wanted};

/// How many lines below the first one each field stands, or as much of its path as there is:
/// `spec.ports[1].name`, `metadata.labels[istio-injection]`. The text may go on after the object,
/// and the object may be the first of a list. The text is read once, however many the fields are.
#[must_use]
pub fn lines_of(text: &str, fields: &[&str]) -> Vec<usize> {
    let (wanted, ends) = Wanted::new(fields);
    let mut search = Search { events: Events::new(text), wanted, first: 1 };
    let _ = search.document();
    let line = |end: &usize| search.wanted.line(*end).unwrap_or(search.first).saturating_sub(1);
    ends.iter().map(line).collect()
}

struct Search<'a, 'f> {
    events: Events<'a>,
    wanted: Wanted<'f>,
    /// Where the object begins.
    first: usize,
}

impl<'a> Search<'a, '_> {
    fn next(&mut self) -> Option<Event<'a>> {
        self.events.next().ok().filter(|event| !matches!(event.node, Node::End))
    }

    fn document(&mut self) -> Option<()> {
        let mut event = self.next()?;
        // The first of a list: its text begins with a dash.
        if let Node::Sequence { .. } = event.node {
            event = self.next()?;
        }
        self.first = event.at.line;
        self.descend(&event.node, ROOT)
    }

    /// Looks for what is wanted below a place in a node whose first event was read; reads its last one.
    /// `None` where nothing more is to be found.
    fn descend(&mut self, node: &Node<'_>, place: usize) -> Option<()> {
        let mut position = 0;
        loop {
            if self.wanted.is_complete() {
                return None;
            }
            if self.wanted.is_done(place) {
                return self.skip(node);
            }
            let event = self.next()?;
            let line = event.at.line;
            let (found, value) = match (node, event.node) {
                (_, Node::MappingEnd | Node::SequenceEnd) => return Some(()),
                (Node::Mapping { .. }, Node::Scalar { text: key, .. }) => (self.wanted.key(place, &key, line), self.next()?.node),
                (Node::Sequence { .. }, value) => {
                    position += 1;
                    (self.wanted.index(place, position - 1, line), value)
                }
                _ => return None,
            };
            match found {
                Some(place) if matches!(value, Node::Mapping { .. } | Node::Sequence { .. }) => self.descend(&value, place)?,
                _ => self.skip(&value)?,
            }
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

    /// Together and one by one the same lines are found.
    fn lines<const N: usize>(text: &str, fields: [&str; N]) -> Vec<usize> {
        let together = lines_of(text, &fields);
        let alone: Vec<usize> = fields.iter().flat_map(|field| lines_of(text, &[field])).collect();
        assert_eq!(together, alone, "{fields:?}");
        together
    }

    #[test]
    fn a_field_is_found_and_of_a_missing_one_what_holds_it() {
        let fields = ["kind", "metadata.labels[a.b/c]", "spec.ports[1].name", "spec.ports[1].nodePort", "spec.replicas", "x", ""];
        assert_eq!(lines(TEXT, fields), [0, 3, 9, 8, 4, 0, 0]);
    }

    #[test]
    fn fields_are_found_in_whatever_order_and_however_often_they_are_asked_for() {
        let fields = ["spec.ports[1].port", "spec.ports[0].name", "spec.ports", "spec.ports[0].name", "spec.ports[7]", "kind.of"];
        assert_eq!(lines(TEXT, fields), [8, 7, 5, 7, 5, 0]);
        assert_eq!(lines("a: 1\nb: {c: 1}\na: 2\nb: {d: 1}\n", ["a", "b.d", "b.c"]), [0, 1, 1]);
    }

    #[test]
    fn an_object_of_a_list_is_found_by_its_dash() {
        assert_eq!(lines("  - kind: A\n    spec:\n      a: 1\n  - kind: B\n", ["spec.a"]), [2]);
        assert_eq!(lines("- kind: A\n  spec: {a: 1}\nother: x\n", ["spec.a"]), [1]);
    }

    #[test]
    fn no_path_and_no_text_is_too_strange() {
        let deep = ".a".repeat(100_000);
        for field in ["]", "[", "..", "a]b", "[[", "[99999999999999999999]", "a.[b", &deep] {
            for text in ["", "[", "{", "\t", "- - -", "a: *x", "\u{feff}a: b"] {
                let _ = lines(text, [field, "a.b"]);
            }
        }
    }
}
