//! The events of one YAML document.

use super::{DEPTH, Unreadable, separators};
use crate::blank::trimmed;
use granit_parser::{Event as Granit, Marker, Parser, ScalarStyle, Span, StrInput, StructureStyle, Tag, options};
use std::borrow::Cow;
use std::ops::Range;

/// One event, and where it stands.
#[derive(Debug)]
pub struct Event<'t> {
    /// What begins or ends.
    pub node: Node<'t>,
    /// The bytes of the text that it covers; of a collection's beginning its first ones.
    pub bytes: Range<usize>,
    /// Its first character.
    pub at: Place,
}

/// A place in a text.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 0, in characters.
    pub column: usize,
}

impl Place {
    /// The error that `message` describes, at this place.
    pub fn unreadable(self, message: impl Into<String>) -> Unreadable {
        Unreadable { message: message.into(), line: self.line, column: self.column + 1 }
    }
}

impl From<&Marker> for Place {
    fn from(marker: &Marker) -> Self {
        Place { line: marker.line(), column: marker.col() }
    }
}

/// What begins or ends.
#[derive(Debug)]
pub enum Node<'t> {
    /// A scalar.
    Scalar { text: Cow<'t, str>, style: ScalarStyle, anchor: usize, tag: Option<Cow<'t, Tag>> },
    /// The beginning of a sequence.
    Sequence { style: StructureStyle, anchor: usize, tag: Option<Cow<'t, Tag>> },
    /// The end of a sequence.
    SequenceEnd,
    /// The beginning of a mapping.
    Mapping { style: StructureStyle, anchor: usize, tag: Option<Cow<'t, Tag>> },
    /// The end of a mapping.
    MappingEnd,
    /// An alias, by the number of its anchor: numbers are given anew where a name is.
    Alias(usize),
    /// The end of the text.
    End,
}

/// Reads the events of a text that holds one document, or nothing.
pub struct Events<'t> {
    text: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    documents: usize,
    /// How many flow collections are open; there is nothing but flow collections in them.
    flows: usize,
    /// Line breaks of YAML 1.1 only that no scalar so far has explained.
    separators: usize,
    /// Whether the last scalar is a block scalar.
    in_block_scalar: bool,
    /// Where the last event ends.
    behind: usize,
}

impl<'t> Events<'t> {
    /// Reads `text`.
    pub fn new(text: &'t str) -> Self {
        let options = options! { disallow_directives: true, flow_nesting_limit: DEPTH, block_nesting_limit: DEPTH };
        let parser = Parser::new_from_str_with_options(text, options);
        Events { text, parser, documents: 0, flows: 0, separators: separators::count(text), in_block_scalar: false, behind: 0 }
    }

    /// The next event. After [`Node::End`], [`Node::End`] again.
    ///
    /// # Errors
    /// The text is no YAML, holds a second document, nests deeper than [`DEPTH`], has a directive, or what
    /// YAML 1.1 and 1.2 read differently. No event follows an error.
    pub fn next(&mut self) -> Result<Event<'t>, Unreadable> {
        loop {
            let (event, span) = match self.parser.next_event() {
                Some(Ok(event)) => event,
                Some(Err(error)) => return Err(Place::from(error.marker()).unreadable(error.info())),
                None => return self.end(),
            };
            let bytes = span.byte_range();
            self.refuse_other_anchors(&event, bytes.clone().unwrap_or(0..0), &span.start)?;
            let node = self.node(event, &span)?;
            self.behind = bytes.as_ref().map_or(self.behind, |bytes| bytes.end);
            if let Some(node) = node {
                let bytes = bytes.unwrap_or(0..0);
                return Ok(Event { node, bytes, at: Place::from(&span.start) });
            }
        }
    }

    fn end(&self) -> Result<Event<'t>, Unreadable> {
        let length = self.text.len();
        let at = Place { line: self.text.lines().count(), column: 0 };
        if self.separators > 0 {
            let message =
                "a character U+0085, U+2028 or U+2029 is a line break to kustomize; write it as \\N, \\L or \\P in double quotes";
            return Err(at.unreadable(message));
        }
        let last = self.text.rsplit('\n').next().unwrap_or_default();
        if self.in_block_scalar && !last.is_empty() && trimmed(last).is_empty() {
            return Err(at.unreadable("the last line has blanks and no line break; end it with one"));
        }
        Ok(Event { node: Node::End, bytes: length..length, at })
    }

    /// `None` for what is no part of the document.
    fn node(&mut self, event: Granit<'t>, span: &Span) -> Result<Option<Node<'t>>, Unreadable> {
        Ok(Some(match event {
            Granit::Scalar(text, style, anchor, tag) => {
                // A node without text is reported as `~`.
                let mut text = if style == ScalarStyle::Plain && span.is_empty() { Cow::Borrowed("") } else { text };
                self.in_block_scalar = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                if self.in_block_scalar && self.lacks_break(span) && text.ends_with('\n') {
                    // To YAML 1.2 the end of the text is a line break; to kyaml it is none.
                    text.to_mut().pop();
                }
                if style == ScalarStyle::Plain {
                    self.refuse_other_scalar_of_yaml_1_1(&text, span)?;
                }
                if self.separators > 0 {
                    let source = span.byte_range().and_then(|bytes| self.text.get(bytes)).unwrap_or_default();
                    if let Some((read, explained)) = separators::explained(source, style) {
                        self.separators -= explained;
                        text = read.map_or(text, Cow::Owned);
                    }
                }
                Node::Scalar { text, style, anchor, tag }
            }
            Granit::SequenceStart(style, anchor, tag) => {
                self.flows += usize::from(style == StructureStyle::Flow);
                Node::Sequence { style, anchor, tag }
            }
            Granit::MappingStart(style, anchor, tag) => {
                self.flows += usize::from(style == StructureStyle::Flow);
                Node::Mapping { style, anchor, tag }
            }
            Granit::SequenceEnd => {
                self.flows = self.flows.saturating_sub(1);
                Node::SequenceEnd
            }
            Granit::MappingEnd => {
                self.flows = self.flows.saturating_sub(1);
                Node::MappingEnd
            }
            Granit::Alias(anchor) => Node::Alias(anchor),
            Granit::DocumentStart(..) if self.documents > 0 => {
                return Err(Place::from(&span.start).unreadable("there is a second document"));
            }
            Granit::DocumentStart(..) => {
                self.documents += 1;
                return Ok(None);
            }
            _ => return Ok(None),
        }))
    }
}

impl Events<'_> {
    /// Whether the text ends with this scalar, and without a line break.
    fn lacks_break(&self, span: &Span) -> bool {
        !self.text.ends_with(['\n', '\r']) && span.byte_range().is_some_and(|bytes| bytes.end == self.text.len())
    }

    /// Refuses names of anchors that end earlier in YAML 1.1: `&a:# b` is an anchor `a` and a scalar there.
    fn refuse_other_anchors(&self, event: &Granit<'_>, bytes: Range<usize>, at: &Marker) -> Result<(), Unreadable> {
        let (source, indicator) = match event {
            Granit::Alias(_) => (self.text.get(bytes), '*'),
            Granit::Scalar(_, _, 1.., _) | Granit::SequenceStart(_, 1.., _) | Granit::MappingStart(_, 1.., _) => {
                (self.text.get(self.behind..bytes.start), '&')
            }
            _ => return Ok(()),
        };
        let of_yaml_1_1 = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        let name = |rest: &'_ str| rest.split([' ', '\t', '\r', '\n', ',', '[', ']', '{', '}']).next().is_none_or(of_yaml_1_1);
        if source.is_some_and(|source| source.split(indicator).skip(1).all(name)) {
            return Ok(());
        }
        Err(Place::from(at).unreadable("the name of an anchor has other characters than letters, digits, - and _"))
    }

    /// Refuses a plain scalar that kyaml, a reader of YAML 1.1, begins or ends elsewhere.
    fn refuse_other_scalar_of_yaml_1_1(&self, text: &str, span: &Span) -> Result<(), Unreadable> {
        // The value is not quoted: it may be that of a Secret.
        let refused = |why: &str| Err(Place::from(&span.start).unreadable(why));
        if self.flows > 0 && text.starts_with(['?', ':']) {
            return refused("a plain scalar begins with an indicator of flow collections; write it in quotes");
        }
        let after = span.byte_range().and_then(|bytes| self.text.get(bytes.end..)).unwrap_or_default();
        match after.strip_prefix(':').map(|after| after.chars().next()) {
            None | Some(None | Some(' ' | '\t' | '\r' | '\n')) => Ok(()),
            Some(Some(_)) => refused("a plain scalar has a colon behind it, and no blank; write a blank, or quotes"),
        }
    }
}
