//! The fast reader: block-style YAML, line by line, without building a tree.
//!
//! It only ever claims what the YAML specification makes certain: in block style a node ends where
//! a line is indented no deeper than its parent. Whatever could hide such a line (a quoted scalar
//! or a flow collection over several lines, tags, anchors, complex keys, tabs) makes it give up
//! with [`Unsure`], and the event parser of [`super::events`] reads the text instead.

use super::blank::trimmed_end;

/// The text has something in it that lines alone do not decide.
#[derive(Debug, PartialEq, Eq)]
pub struct Unsure;

/// A line that carries structure: no comment, no blank line, no line of a block scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Byte offset of the line's first byte.
    pub start: usize,
    /// Column of its first character that is no blank.
    pub indent: usize,
    /// How many `- ` lead it.
    pub dashes: usize,
    /// Column of what follows the dashes.
    pub column: usize,
    /// The mapping key, if it is one; without quotes.
    pub key: Option<&'a str>,
    /// What follows the key or, without a key, the dashes; trailing blanks removed.
    pub value: &'a str,
}

/// The structural lines of a text.
pub struct Lines<'a> {
    text: &'a str,
    offset: usize,
    /// Whether there is a carriage return or a tab anywhere: what is rare is looked for once.
    returns: bool,
    tabs: bool,
    /// Column of the node that holds the block scalar being skipped.
    scalar_parent: Option<usize>,
}

impl<'a> Lines<'a> {
    /// Reads `text`, which must begin at the beginning of a line and have no carriage returns without line
    /// feeds.
    pub fn new(text: &'a str) -> Self {
        let has = |byte| memchr::memchr(byte, text.as_bytes()).is_some();
        Lines { text, offset: 0, returns: has(b'\r'), tabs: has(b'\t'), scalar_parent: None }
    }

    fn next_line(&mut self) -> Option<(usize, &'a str)> {
        let start = self.offset;
        if start == self.text.len() {
            return None;
        }
        let end = memchr::memchr(b'\n', &self.text.as_bytes()[start..]).map_or(self.text.len(), |length| start + length);
        self.offset = (end + 1).min(self.text.len());
        let line = &self.text[start..end];
        Some((start, if self.returns { line.strip_suffix('\r').unwrap_or(line) } else { line }))
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Result<Line<'a>, Unsure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (start, line) = self.next_line()?;
            let indent = blanks(line);
            let body = &line[indent..];
            if body.is_empty() || self.scalar_parent.is_some_and(|parent| indent > parent) {
                continue;
            }
            self.scalar_parent = None;
            match body.as_bytes()[0] {
                b'#' => continue,
                // A tab can stand between a key and its value, a dash and its item.
                _ if self.tabs && body.contains('\t') => return Some(Err(Unsure)),
                // A byte order mark is no part of a key.
                0xef if body.starts_with('\u{feff}') => return Some(Err(Unsure)),
                _ if indent == 0 && is_document_marker(body) => return Some(Err(Unsure)),
                _ => {}
            }
            let parsed = read_line(start, indent, body);
            if let Ok((_, Some(parent))) = parsed {
                self.scalar_parent = Some(parent);
            }
            return Some(parsed.map(|(line, _)| line));
        }
    }
}

/// How many blanks a text begins with.
fn blanks(text: &str) -> usize {
    text.bytes().take_while(|byte| *byte == b' ').count()
}

fn is_document_marker(line: &str) -> bool {
    let marked = |marker| line.strip_prefix(marker).is_some_and(|rest: &str| rest.is_empty() || rest.starts_with([' ', '\t']));
    marked("---") || marked("...") || line.starts_with('%')
}

/// Reads one line; beside it, the parent column of the block scalar that begins on it.
fn read_line(start: usize, indent: usize, body: &str) -> Result<(Line<'_>, Option<usize>), Unsure> {
    let (mut rest, mut column, mut dashes, mut dash_column) = (body, indent, 0, indent);
    while matches!(rest.as_bytes(), [b'-'] | [b'-', b' ', ..]) {
        dash_column = column;
        let lead = 1 + blanks(&rest[1..]);
        column += lead;
        rest = &rest[lead..];
        dashes += 1;
    }
    let (key, value) = if rest.as_bytes().first() == Some(&b'#') { (None, "") } else { split_key(rest)? };
    let value = trimmed_end(value);
    let parent = if key.is_some() { column } else { dash_column };
    let scalar_parent = match value.as_bytes().first() {
        Some(b'"' | b'\'' | b'[' | b'{') => {
            ends_on_this_line(value)?;
            None
        }
        Some(b'|' | b'>') if key.is_some() || dashes > 0 => Some(parent),
        Some(b'&' | b'*' | b'!' | b'%' | b'@' | b'`' | b'|' | b'>' | b'\t') => return Err(Unsure),
        _ => None,
    };
    Ok((Line { start, indent, dashes, column, key, value }, scalar_parent))
}

/// Splits `key: value`; no key where the line holds a scalar or a flow collection.
fn split_key(text: &str) -> Result<(Option<&str>, &str), Unsure> {
    match text.as_bytes().first() {
        None => Ok((None, text)),
        Some(b'?') if text.len() == 1 || text.as_bytes()[1] == b' ' => Err(Unsure),
        Some(b'"' | b'\'') => {
            let end = quoted_length(text).ok_or(Unsure)?;
            let inner = &text[1..end - 1];
            match text[end + blanks(&text[end..])..].strip_prefix(':') {
                Some(_) if inner.contains(['\\', '\'', '"']) => Err(Unsure),
                Some(value) if value.is_empty() || value.starts_with(' ') => Ok((Some(inner), &value[blanks(value)..])),
                Some(_) => Err(Unsure),
                None => Ok((None, text)),
            }
        }
        Some(b'[' | b'{' | b'&' | b'*' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`') => Ok((None, text)),
        Some(_) => Ok(split_plain_key(text)),
    }
}

fn split_plain_key(text: &str) -> (Option<&str>, &str) {
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b':' if at + 1 == bytes.len() => return (Some(trimmed_end(&text[..at])), ""),
            b':' if bytes[at + 1] == b' ' => {
                let value = &text[at + 1..];
                return (Some(trimmed_end(&text[..at])), &value[blanks(value)..]);
            }
            b'#' if at > 0 && bytes[at - 1] == b' ' => break,
            _ => {}
        }
    }
    (None, text)
}

/// The length of the quoted scalar at the beginning of `text`, quotes included, if it ends there.
pub(super) fn quoted_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = bytes[0];
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 1,
            byte if byte == quote => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Checks that the quoted scalar or flow collection at the beginning of `value` ends on its line.
fn ends_on_this_line(value: &str) -> Result<(), Unsure> {
    let bytes = value.as_bytes();
    let mut at = 0;
    let mut depth = 0_usize;
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'\'' if at == 0 || matches!(bytes[at - 1], b' ' | b',' | b'[' | b'{' | b':') => {
                at += quoted_length(&value[at..]).ok_or(Unsure)? - 1;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.checked_sub(1).ok_or(Unsure)?,
            // An alias may have its anchor in another object.
            b'&' | b'*' => return Err(Unsure),
            b'#' if at > 0 && bytes[at - 1] == b' ' => return Err(Unsure),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    let rest = value[at..].trim_start_matches(' ');
    if depth == 0 && (rest.is_empty() || (rest.starts_with('#') && rest.len() < value.len() - at)) { Ok(()) } else { Err(Unsure) }
}
