//! Cuts the text of a list object (ResourceList, List) into its parts.

use super::blank::trimmed_end;
use super::block::{Line, Lines, Unsure};
use super::fragment::begins_like_marker;
use super::layout::{Entry, Layout, Member, is_null};
use super::outline::Outline;
use super::parse::separators;
use super::{Code, Finding, Fragment, events};
use std::borrow::Cow;
use std::collections::HashSet;

/// Finds the parts: by lines where they are certain, else by YAML events.
///
/// # Errors
/// The text is not one YAML mapping.
pub fn cut(text: &str) -> Result<Layout<'_>, Finding> {
    by_lines(text).or_else(|Unsure| events::layout(text))
}

/// Refuses what no YAML may hold (`c-printable`), and a carriage return without a line feed: a line break
/// to YAML, and to nothing else that reads manifests line by line (kyaml cuts documents at line feeds).
///
/// # Errors
/// There is a control character besides tab, line feed and carriage return, or one of these alone.
pub fn refuse_control_characters(text: &str) -> Result<(), Finding> {
    let Some(at) = control_character(text.as_bytes()).into_iter().chain(lone_return(text.as_bytes())).min() else {
        return Ok(());
    };
    let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    let (what, remedy) = match text.as_bytes()[at] {
        b'\r' => (
            "a carriage return without a line feed".to_string(),
            "end lines with a line feed, or write it as \\r in double quotes",
        ),
        byte => (format!("the control character U+{byte:04X}"), "remove it, or write it as an escape in double quotes"),
    };
    Err(Finding::error(Code::MALFORMED_YAML, format!("not valid YAML: {what} at line {line}"), remedy))
}

fn control_character(bytes: &[u8]) -> Option<usize> {
    let control = |byte: &u8| (*byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || *byte == 0x7f;
    // Many at once, without a branch for each: there is one in next to no input.
    let some = |bytes: &[u8]| bytes.iter().fold(false, |some, byte| some | control(byte));
    if !bytes.chunks(4096).any(some) {
        return None;
    }
    bytes.iter().position(control)
}

fn lone_return(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\r', bytes).find(|at| bytes.get(at + 1) != Some(&b'\n'))
}

/// The layout of a block-style mapping at column 0.
pub fn by_lines(text: &str) -> Result<Layout<'_>, Unsure> {
    if separators(text) > 0 {
        return Err(Unsure);
    }
    let body = after_marker(text);
    let base = text.len() - body.len();
    let layout = Layout { head: text, ..Layout::default() };
    let mut builder = Builder { text, layout, keys: HashSet::new(), entry: None, member: None };
    for line in Lines::new(body) {
        let mut line = line?;
        line.start += base;
        builder.read(&line)?;
    }
    builder.close_entry(text.len())?;
    Ok(builder.layout)
}

/// The text after a leading `---` line, comments and blank lines before it included.
pub fn after_marker(text: &str) -> &str {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let bare = trimmed_end(line);
        if bare == "---" {
            return &text[offset + line.len()..];
        }
        if !bare.is_empty() && !bare.starts_with('#') {
            break;
        }
        offset += line.len();
    }
    text
}

struct Builder<'a> {
    text: &'a str,
    layout: Layout<'a>,
    keys: HashSet<&'a str>,
    entry: Option<OpenEntry<'a>>,
    member: Option<OpenMember<'a>>,
}

struct OpenEntry<'a> {
    key: &'a str,
    start: usize,
    inline: &'a str,
    /// Offset and column of the first line of the value, where it stands on lines of its own.
    below: Option<(usize, usize)>,
}

struct OpenMember<'a> {
    content: usize,
    column: usize,
    scalar: bool,
    flow: Option<&'a str>,
    /// Whether a line could be a document marker without the member's indentation.
    marked: bool,
    outline: Outline<'a>,
}

impl<'a> Builder<'a> {
    fn read(&mut self, line: &Line<'a>) -> Result<(), Unsure> {
        if line.indent == 0 && line.dashes == 0 {
            self.close_entry(line.start)?;
            let key = line.key.ok_or(Unsure)?;
            if self.layout.entries.is_empty() {
                self.layout.head = &self.text[..line.start];
            }
            if !self.keys.insert(key) {
                return Err(Unsure);
            }
            self.entry = Some(OpenEntry { key, start: line.start, inline: line.value, below: None });
            return Ok(());
        }
        let entry = self.entry.as_mut().ok_or(Unsure)?;
        let first = entry.below.is_none();
        entry.below.get_or_insert((line.start + line.indent, line.indent));
        if entry.key != "items" {
            return Ok(());
        }
        if !entry.inline.is_empty() && !entry.inline.starts_with('#') {
            return Err(Unsure);
        }
        if first {
            self.layout.dash = line.indent;
        }
        if line.indent == self.layout.dash {
            self.close_member(line.start);
            if line.dashes != 1 || (line.key.is_none() && line.value.is_empty()) {
                return Err(Unsure);
            }
            let flow = (line.key.is_none() && line.value.starts_with('{')).then_some(line.value);
            let outline = Outline::new(line.column);
            let content = line.start + line.column;
            let scalar = line.key.is_none();
            self.member = Some(OpenMember { content, column: line.column, scalar, flow, marked: scalar, outline });
        } else if line.indent < self.layout.dash {
            return Err(Unsure);
        }
        let member = self.member.as_mut().ok_or(Unsure)?;
        // What a block scalar holds stands further to the right.
        member.marked |= line.indent <= member.column && begins_like_marker(&self.text[line.start + line.indent..]);
        member.outline.read(line);
        Ok(())
    }

    fn close_member(&mut self, end: usize) {
        let Some(member) = self.member.take() else { return };
        let fragment = match member.flow {
            Some(text) => Fragment::flow(text, member.column),
            None if member.marked => Fragment::block(&self.text[member.content..end], member.column),
            None => Fragment::block(&self.text[member.content..end], member.column).unmarked(),
        };
        if member.scalar && member.flow.is_none() && is_null(fragment.text()) {
            return;
        }
        let id = if member.scalar { None } else { member.outline.finish() };
        self.layout.members.push(Member { fragment, id });
    }

    fn close_entry(&mut self, end: usize) -> Result<(), Unsure> {
        self.close_member(end);
        let Some(entry) = self.entry.take() else { return Ok(()) };
        if entry.key == "items" && entry.inline.starts_with(['[', '{']) && entry.inline != "[]" {
            return Err(Unsure);
        }
        let value = match entry.below {
            Some((start, column)) if entry.inline.is_empty() || entry.inline.starts_with('#') => {
                Fragment::block(&self.text[start..end], column)
            }
            _ => Fragment::flow(entry.inline, 0),
        };
        let raw = &self.text[entry.start..end];
        self.layout.entries.push(Entry { key: Cow::Borrowed(entry.key), raw, value });
        Ok(())
    }
}
