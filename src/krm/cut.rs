//! Cuts the text of a list object (ResourceList, List) into its parts.

use super::block::{Line, Lines, Unsure};
use super::layout::{Entry, Layout, Member, is_null};
use super::outline::Outline;
use super::{Code, Finding, Fragment, events};
use serde_yaml::Value;
use std::borrow::Cow;
use std::collections::HashSet;

/// Finds the parts: by lines where they are certain, else by YAML events.
///
/// # Errors
/// The text is not one YAML mapping.
pub fn cut(text: &str) -> Result<Layout<'_>, Finding> {
    by_lines(text).or_else(|Unsure| {
        let layout = events::layout(text)?;
        if has_separators(text) { confirmed(text, layout) } else { Ok(layout) }
    })
}

/// Refuses what no YAML may hold (`c-printable`), and what each parser stumbles over otherwise.
///
/// # Errors
/// There is a control character besides tab, line feed and carriage return.
pub fn refuse_control_characters(text: &str) -> Result<(), Finding> {
    let control = |byte: &u8| (*byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || *byte == 0x7f;
    // Many at once, without a branch for each: there is one in next to no input.
    let some = |bytes: &[u8]| bytes.iter().fold(false, |some, byte| some | control(byte));
    if !text.as_bytes().chunks(4096).any(some) {
        return Ok(());
    }
    let Some(at) = text.as_bytes().iter().position(control) else { return Ok(()) };
    let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    let message = format!("not valid YAML: the control character U+{:04X} at line {line}", text.as_bytes()[at]);
    Err(Finding::error(Code::MalformedYaml, message, "remove it, or write it as an escape in double quotes"))
}

/// Whether there are characters in it that end a line in YAML 1.1, which kustomize reads, and do
/// not in YAML 1.2.
pub fn has_separators(text: &str) -> bool {
    // They begin with these bytes, and next to no text has such characters at all.
    memchr::memchr2(0xc2, 0xe2, text.as_bytes()).is_some()
        && ["\u{85}", "\u{2028}", "\u{2029}"].iter().any(|separator| text.contains(separator))
}

/// The layout, if a YAML 1.1 parser sees the same keys and members.
fn confirmed<'a>(text: &'a str, layout: Layout<'a>) -> Result<Layout<'a>, Finding> {
    let refused = |why: &str| {
        let message = format!("it has a character U+0085, U+2028 or U+2029, and {why}");
        Finding::error(Code::MalformedYaml, message, "write the character as \\N, \\L or \\P in double quotes")
    };
    let whole: Value =
        serde_yaml::from_str(text).map_err(|error| refused(&format!("as a line break it makes no valid YAML: {error}")))?;
    let keys = whole.as_mapping().into_iter().flat_map(serde_yaml::Mapping::keys).map(Value::as_str);
    let items = whole.get("items").and_then(Value::as_sequence).into_iter().flatten().filter(|item| !item.is_null());
    let mut members = Vec::with_capacity(layout.members.len());
    for member in &layout.members {
        members.push(serde_yaml::from_str::<Value>(&member.fragment.to_document()).map_err(|error| refused(&error.to_string()))?);
    }
    if keys.eq(layout.entries.iter().map(|entry| Some(entry.key.as_ref()))) && items.eq(&members) {
        Ok(layout)
    } else {
        Err(refused("it means different things to different YAML versions where it stands"))
    }
}

/// The layout of a block-style mapping at column 0.
pub fn by_lines(text: &str) -> Result<Layout<'_>, Unsure> {
    if has_separators(text) {
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
        let bare = line.trim_end();
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
            self.member = Some(OpenMember { content, column: line.column, scalar, flow, outline });
        } else if line.indent < self.layout.dash {
            return Err(Unsure);
        }
        let member = self.member.as_mut().ok_or(Unsure)?;
        member.outline.read(line);
        Ok(())
    }

    fn close_member(&mut self, end: usize) {
        let Some(member) = self.member.take() else { return };
        let fragment = match member.flow {
            Some(text) => Fragment::flow(text, member.column),
            None => Fragment::block(&self.text[member.content..end], member.column),
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
