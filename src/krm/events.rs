//! The general reader of lists: any YAML, by the events of a full parser, for texts that lines alone do
//! not decide (flow style, JSON, scalars over several lines, anchors).

use super::blank::{trimmed, trimmed_start};
use super::layout::{Entry, Layout, Member, is_null};
use super::parse::{Event, Events, Node, StructureStyle, Unreadable};
use super::{Code, Finding, Fragment};
use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

/// Finds the parts of a list object.
///
/// # Errors
/// The text is not YAML, holds several documents, is not a mapping, has an anchor or a tag on the list
/// or on a member itself, or an alias whose anchor stands in another part (the text of a part alone
/// would mean something else).
pub fn layout(text: &str) -> Result<Layout<'_>, Finding> {
    let mut reader = Reader { text, events: Events::new(text), anchors: 0, foreign: 0 };
    reader.document()
}

struct Reader<'a> {
    text: &'a str,
    events: Events<'a>,
    /// The greatest number of an anchor so far.
    anchors: usize,
    /// The same, when the part began that is being read: its aliases must have greater ones.
    foreign: usize,
}

/// Where a node stands, in bytes, and the column of its first one.
struct Part {
    bytes: Range<usize>,
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
        let first = self.next()?;
        let Node::Mapping { style, anchor: 0, tag: None } = first.node else {
            return Err(not_a_list("the document is not a plain mapping"));
        };
        let flow = style == StructureStyle::Flow;
        let mut layout = Layout { head: &self.text[..first.bytes.start], flow, ..Layout::default() };
        let mut open: Option<(Cow<'a, str>, usize, Part)> = None;
        let mut keys: HashSet<Cow<'a, str>> = HashSet::new();
        let end = loop {
            let event = self.next()?;
            let at = event.bytes.start;
            let before = open.as_ref().map_or(first.bytes.start, |(_, _, part)| part.bytes.end);
            if let Some(entry) = open.take() {
                self.close(&mut layout, entry, at)?;
            }
            match event.node {
                Node::MappingEnd => break at,
                Node::Scalar { text: key, anchor: 0, tag: None, .. } => {
                    if self.text.get(before..at).is_none_or(has_indicator) {
                        return Err(not_a_list("a key of the list has the indicator ? before it"));
                    }
                    self.foreign = self.anchors;
                    let part = if key == "items" { self.items(event.bytes.end, &mut layout)? } else { self.part()? };
                    if !keys.insert(key.clone()) {
                        return Err(not_a_list(&format!("the key \"{key}\" stands twice")));
                    }
                    open = Some((key, at, part));
                }
                _ => return Err(not_a_list("a key of the list is not a string, or has an anchor or a tag")),
            }
        };
        layout.tail = if flow { self.text.get(end..).ok_or_else(unclear)? } else { "" };
        match self.next()?.node {
            Node::End => Ok(layout),
            _ => Err(unclear()),
        }
    }

    fn close(
        &self,
        layout: &mut Layout<'a>,
        (key, start, part): (Cow<'a, str>, usize, Part),
        next: usize,
    ) -> Result<(), Finding> {
        let text = |bytes: Range<usize>| self.text.get(bytes).ok_or_else(unclear);
        let entry = if layout.flow {
            let raw = text(part.bytes)?;
            Entry { key, raw, value: Fragment::flow(raw, part.column) }
        } else {
            let end = self.boundary(next);
            let value = if part.flow || part.kind == Kind::Scalar {
                Fragment::flow(text(part.bytes)?, part.column)
            } else {
                Fragment::block(text(part.bytes.start..end)?, part.column)
            };
            Entry { key, raw: text(start..end)?, value }
        };
        layout.entries.push(entry);
        Ok(())
    }

    /// The value of `items`, its members included; `after` is the end of the key.
    fn items(&mut self, mut after: usize, layout: &mut Layout<'a>) -> Result<Part, Finding> {
        let first = self.next()?;
        let Node::Sequence { style, anchor: 0, tag: None } = first.node else {
            let part = self.finish(first)?;
            let null = part.kind == Kind::Scalar && self.text.get(part.bytes.clone()).is_some_and(is_null);
            return if null { Ok(part) } else { Err(not_a_list("items is not a sequence")) };
        };
        let (start, flow) = (first.bytes.start, style == StructureStyle::Flow);
        let mut pending: Option<Part> = None;
        loop {
            self.foreign = self.anchors;
            let event = self.next()?;
            let (at, ends) = (event.bytes.start, matches!(event.node, Node::SequenceEnd));
            let dash = if flow || ends { at } else { self.dash_between(after, at)? };
            if let Some(part) = pending.take() {
                let end = if part.flow { part.bytes.end } else { self.boundary(dash) };
                self.member(layout, &part, end)?;
            } else if !flow && !ends {
                layout.dash = self.text[self.line_start(dash)..dash].chars().count();
            }
            if ends {
                return Ok(Part { bytes: start..event.bytes.end, column: layout.dash, flow, kind: Kind::Sequence });
            }
            let anchored = match &event.node {
                Node::Mapping { anchor, tag, .. } | Node::Sequence { anchor, tag, .. } => *anchor > 0 || tag.is_some(),
                Node::Alias(_) => true,
                _ => false,
            };
            if anchored {
                return Err(not_a_list("an item is an alias, or has an anchor or a tag"));
            }
            let part = self.finish(event)?;
            after = part.bytes.end;
            pending = Some(Part { flow: part.flow || flow || part.kind == Kind::Scalar, ..part });
        }
    }

    fn member(&self, layout: &mut Layout<'a>, part: &Part, end: usize) -> Result<(), Finding> {
        let start = part.bytes.start;
        if part.kind == Kind::Scalar && start >= end {
            return Ok(());
        }
        let text = self.text.get(start..end).ok_or_else(unclear)?;
        if part.kind == Kind::Scalar && is_null(text) {
            return Ok(());
        }
        let fragment = if part.flow { Fragment::flow(text, part.column) } else { Fragment::block(text, part.column) };
        layout.members.push(Member { fragment, id: None });
        Ok(())
    }

    fn part(&mut self) -> Result<Part, Finding> {
        let event = self.next()?;
        self.finish(event)
    }

    /// Reads to the end of the node that begins with this event.
    fn finish(&mut self, event: Event<'a>) -> Result<Part, Finding> {
        let (Range { start, mut end }, column) = (event.bytes, event.at.column);
        let (kind, flow) = match event.node {
            Node::Mapping { style, .. } => (Kind::Mapping, style == StructureStyle::Flow),
            Node::Sequence { style, .. } => (Kind::Sequence, style == StructureStyle::Flow),
            _ => (Kind::Scalar, false),
        };
        let mut depth = usize::from(kind != Kind::Scalar);
        while depth > 0 {
            let event = self.next()?;
            match event.node {
                Node::Mapping { .. } | Node::Sequence { .. } => depth += 1,
                Node::MappingEnd | Node::SequenceEnd => depth -= 1,
                _ => {}
            }
            end = event.bytes.end;
        }
        Ok(Part { bytes: start..end, column, flow, kind })
    }

    fn next(&mut self) -> Result<Event<'a>, Finding> {
        let event = self.events.next().map_err(|error| malformed(&error))?;
        match &event.node {
            Node::Scalar { anchor, .. } | Node::Sequence { anchor, .. } | Node::Mapping { anchor, .. } => {
                self.anchors = self.anchors.max(*anchor);
            }
            Node::Alias(anchor) if *anchor <= self.foreign => {
                return Err(malformed(&event.at.unreadable("the alias has its anchor in another object")));
            }
            _ => {}
        }
        Ok(event)
    }

    /// The dash that leads a member: between the end of what is before and the member's own
    /// beginning there is nothing else but blanks and comments.
    fn dash_between(&self, after: usize, start: usize) -> Result<usize, Finding> {
        let mut offset = after;
        for line in self.text.get(after..start).ok_or_else(unclear)?.split_inclusive('\n') {
            let code = trimmed_start(line);
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
        let blank = trimmed(&self.text[start..offset]).is_empty();
        if blank && offset < self.text.len() { start } else { offset }
    }

    /// The beginning of the line that holds this offset, blanks and dashes before it included.
    fn line_start(&self, offset: usize) -> usize {
        self.text[..offset].rfind('\n').map_or(0, |at| at + 1)
    }
}

fn malformed(error: &Unreadable) -> Finding {
    Finding::error(Code::MALFORMED_YAML, format!("not valid YAML: {error}"), error.remedy())
}

/// Whether there is the indicator of a key in what stands before one, beside comments.
fn has_indicator(text: &str) -> bool {
    text.lines().any(|line| line.split('#').next().is_some_and(|line| line.contains('?')))
}

fn not_a_list(why: &str) -> Finding {
    let remedy = "send one mapping with apiVersion, kind and items, or use `proxy-service render` for plain manifests";
    Finding::error(Code::NOT_A_RESOURCE_LIST, why, remedy)
}

/// The parser's positions do not fit the text. Better no answer than a wrong one.
fn unclear() -> Finding {
    not_a_list("where an item begins is not clear")
}
