//! The general reader: any YAML, by the events of a full parser, for texts that lines alone do not
//! decide (flow style, JSON, scalars over several lines, anchors).

use super::layout::{Entry, Layout, Member, is_null};
use super::{Code, Finding, Fragment};
use saphyr_parser::{Event, Parser, ScanError, Span};
use std::borrow::Cow;
use std::collections::HashSet;

/// Finds the parts of a list object.
///
/// # Errors
/// The text is not YAML, holds several documents, is not a mapping, or has an anchor or a tag on
/// the list or on a member itself (their text alone would mean something else).
pub fn layout(text: &str) -> Result<Layout<'_>, Finding> {
    let mut reader = Reader { text, parser: Parser::new_from_str(text), bytes: ByteOffsets::new(text) };
    reader.document()
}

/// Whether a text is YAML from its beginning to its end.
pub fn is_well_formed(text: &str) -> bool {
    let mut parser = Parser::new_from_str(text);
    loop {
        match parser.next_event() {
            Some(Ok(_)) => {}
            Some(Err(_)) => return false,
            None => return true,
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    bytes: ByteOffsets<'a>,
}

/// Where a node stands, in bytes, and the column of its first one.
struct Node {
    start: usize,
    end: usize,
    column: usize,
    flow: bool,
    kind: Kind,
}

#[derive(PartialEq, Eq)]
enum Kind {
    Scalar,
    Sequence,
    Mapping,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Layout<'a>, Finding> {
        let (mut event, mut span) = self.next()?;
        while matches!(event, Event::StreamStart | Event::DocumentStart(_)) {
            (event, span) = self.next()?;
        }
        if !matches!(event, Event::MappingStart(0, None)) {
            return Err(not_a_list("the document is not a plain mapping"));
        }
        let start = self.bytes.at(span.start.index());
        let flow = self.text[start..].starts_with('{');
        let mut layout = Layout { head: &self.text[..start], flow, ..Layout::default() };
        let mut open: Option<(Cow<'a, str>, usize, Node)> = None;
        let mut keys: HashSet<Cow<'a, str>> = HashSet::new();
        let end = loop {
            let (event, span) = self.next()?;
            let at = self.bytes.at(span.start.index());
            if let Some(entry) = open.take() {
                self.close(&mut layout, entry, at);
            }
            match event {
                Event::MappingEnd => break at,
                Event::Scalar(key, ..) => {
                    let key = Cow::Owned(key.into_owned());
                    let after = self.bytes.at(span.end.index());
                    let node = if key == "items" { self.items(after, &mut layout)? } else { self.node()? };
                    if !keys.insert(key.clone()) {
                        return Err(not_a_list(&format!("the key \"{key}\" stands twice")));
                    }
                    open = Some((key, at, node));
                }
                _ => return Err(not_a_list("a key of the list is not a string")),
            }
        };
        layout.tail = if flow { &self.text[end..] } else { "" };
        loop {
            match self.next()?.0 {
                Event::StreamEnd => return Ok(layout),
                Event::DocumentEnd => {}
                _ => return Err(not_a_list("there is a second document")),
            }
        }
    }

    fn close(&self, layout: &mut Layout<'a>, (key, start, node): (Cow<'a, str>, usize, Node), next: usize) {
        let entry = if layout.flow {
            let raw = &self.text[node.start..node.end];
            Entry { key, raw, value: Fragment::flow(raw, node.column) }
        } else {
            let end = self.boundary(next);
            let value = if node.flow || node.kind == Kind::Scalar {
                Fragment::flow(&self.text[node.start..node.end], node.column)
            } else {
                Fragment::block(&self.text[node.start..end], node.column)
            };
            Entry { key, raw: &self.text[start..end], value }
        };
        layout.entries.push(entry);
    }

    /// The value of `items`, its members included; `after` is the end of the key.
    fn items(&mut self, mut after: usize, layout: &mut Layout<'a>) -> Result<Node, Finding> {
        let (event, span) = self.next()?;
        if !matches!(event, Event::SequenceStart(0, None)) {
            let node = self.finish(event, span)?;
            return if node.kind == Kind::Scalar && is_null(&self.text[node.start..node.end]) {
                Ok(node)
            } else {
                Err(not_a_list("items is not a sequence"))
            };
        }
        let start = self.bytes.at(span.start.index());
        let flow = self.text[start..].starts_with('[');
        let mut pending: Option<Node> = None;
        loop {
            let (event, span) = self.next()?;
            let at = self.bytes.at(span.start.index());
            let dash = if flow || event == Event::SequenceEnd { at } else { self.dash_between(after, at)? };
            if let Some(node) = pending.take() {
                let end = if node.flow { node.end } else { self.boundary(dash) };
                self.member(layout, &node, end)?;
            } else if !flow && event != Event::SequenceEnd {
                layout.dash = self.text[self.line_start(dash)..dash].chars().count();
            }
            if event == Event::SequenceEnd {
                let end = self.bytes.at(span.end.index());
                return Ok(Node { start, end, column: layout.dash, flow, kind: Kind::Sequence });
            }
            let anchored = match &event {
                Event::MappingStart(anchor, tag) | Event::SequenceStart(anchor, tag) => *anchor > 0 || tag.is_some(),
                Event::Alias(_) => true,
                _ => false,
            };
            if anchored {
                return Err(not_a_list("an item is an alias, or has an anchor or a tag"));
            }
            let node = self.finish(event, span)?;
            after = node.end;
            pending = Some(Node { flow: node.flow || flow || node.kind == Kind::Scalar, ..node });
        }
    }

    fn member(&self, layout: &mut Layout<'a>, node: &Node, end: usize) -> Result<(), Finding> {
        if node.kind == Kind::Scalar && node.start >= end {
            return Ok(());
        }
        let text = self.text.get(node.start..end).ok_or_else(unclear)?;
        if node.kind == Kind::Scalar && is_null(text) {
            return Ok(());
        }
        let fragment = if node.flow { Fragment::flow(text, node.column) } else { Fragment::block(text, node.column) };
        layout.members.push(Member { fragment, id: None });
        Ok(())
    }

    fn node(&mut self) -> Result<Node, Finding> {
        let (event, span) = self.next()?;
        self.finish(event, span)
    }

    /// Reads to the end of the node that begins with this event.
    fn finish(&mut self, event: Event<'a>, span: Span) -> Result<Node, Finding> {
        let start = self.bytes.at(span.start.index());
        let mut end = self.bytes.at(span.end.index());
        let kind = match event {
            Event::MappingStart(..) => Kind::Mapping,
            Event::SequenceStart(..) => Kind::Sequence,
            _ => Kind::Scalar,
        };
        let mut depth = usize::from(kind != Kind::Scalar);
        while depth > 0 {
            let (event, span) = self.next()?;
            match event {
                Event::MappingStart(..) | Event::SequenceStart(..) => depth += 1,
                Event::MappingEnd | Event::SequenceEnd => depth -= 1,
                _ => {}
            }
            end = self.bytes.at(span.end.index());
        }
        let flow = self.text[start..].starts_with(['{', '[']) && kind != Kind::Scalar;
        Ok(Node { start, end, column: span.start.col(), flow, kind })
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Finding> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(malformed(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    /// The dash that leads a member: between the end of what is before and the member's own
    /// beginning there is nothing else but blanks and comments.
    fn dash_between(&self, after: usize, start: usize) -> Result<usize, Finding> {
        let mut offset = after;
        for line in self.text.get(after..start).ok_or_else(unclear)?.split_inclusive('\n') {
            let code = line.trim_start();
            if code.starts_with('-') {
                return Ok(offset + line.len() - code.len());
            }
            offset += line.len();
        }
        Err(unclear())
    }

    /// Where the node before this offset ends: at the beginning of its line, unless the offset is
    /// the end of the input, which belongs to that node as a whole.
    fn boundary(&self, offset: usize) -> usize {
        let start = self.line_start(offset);
        let blank = self.text[start..offset].trim().is_empty();
        if blank && offset < self.text.len() { start } else { offset }
    }

    /// The beginning of the line that holds this offset, blanks and dashes before it included.
    fn line_start(&self, offset: usize) -> usize {
        self.text[..offset].rfind('\n').map_or(0, |at| at + 1)
    }
}

fn malformed(error: &ScanError) -> Finding {
    let marker = error.marker();
    Finding::error(
        Code::MalformedYaml,
        format!("not valid YAML: {} at line {} column {}", error.info(), marker.line(), marker.col() + 1),
        "correct the YAML",
    )
}

fn not_a_list(why: &str) -> Finding {
    let remedy = "send one mapping with apiVersion, kind and items, or use `proxy-service render` for plain manifests";
    Finding::error(Code::NotAResourceList, why, remedy)
}

/// The parser's positions do not fit the text. Better no answer than a wrong one.
fn unclear() -> Finding {
    not_a_list("where an item begins is not clear")
}

/// Byte offsets for character indices that are near to each other.
struct ByteOffsets<'a> {
    text: &'a str,
    character: usize,
    byte: usize,
}

impl<'a> ByteOffsets<'a> {
    fn new(text: &'a str) -> Self {
        ByteOffsets { text, character: 0, byte: 0 }
    }

    fn at(&mut self, character: usize) -> usize {
        let (before, after) = self.text.split_at(self.byte);
        if character < self.character {
            let back = self.character - character;
            self.byte = before.char_indices().rev().nth(back - 1).map_or(0, |(at, _)| at);
        } else if character > self.character {
            match after.char_indices().nth(character - self.character) {
                Some((at, _)) => self.byte += at,
                None => {
                    // The parser's end can lie behind that of the text.
                    self.character += after.chars().count();
                    self.byte = self.text.len();
                    return self.byte;
                }
            }
        }
        self.character = character;
        self.byte
    }
}
