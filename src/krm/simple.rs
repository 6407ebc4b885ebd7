//! The value of a plainly written block mapping, without the full parser.
//!
//! Most objects are written as kustomize writes them: block style, a scalar or a short flow collection
//! on each line. Whatever else there is, [`value`] leaves the text to the parser of values; what it
//! does take means the same to that parser (`agreement.rs` tries).

use super::block::{Line, Lines, quoted_length};
use super::scalar::is_word;
use serde_yaml::{Mapping, Value};
use std::iter::Peekable;

/// How deep collections may nest. What is deeper has the full parser's limit to meet.
const DEPTH: usize = 60;

/// The value of a document whose every line is certain.
pub fn value(document: &str) -> Option<Value> {
    // Carriage returns, and characters of which some are line breaks to YAML 1.1 or nothing that YAML may
    // hold (U+0080 to U+00BF, U+2000 to U+2FFF, U+F000 to U+FFFF), are not for this reader to judge.
    let bytes = document.as_bytes();
    // What ends without a line break may be a block scalar without one.
    if bytes.last() != Some(&b'\n') {
        return None;
    }
    if memchr::memchr3(0xc2, 0xe2, 0xef, bytes).is_some() || memchr::memchr(b'\r', bytes).is_some() {
        return None;
    }
    let mut reader = Reader { document, lines: Lines::new(document).peekable() };
    let first = reader.peek()?;
    if first.dashes > 0 {
        return None;
    }
    let value = reader.mapping(first.column, DEPTH)?;
    reader.lines.next().is_none().then_some(value)
}

struct Reader<'a> {
    document: &'a str,
    lines: Peekable<Lines<'a>>,
}

impl<'a> Reader<'a> {
    fn peek(&mut self) -> Option<Line<'a>> {
        self.lines.peek()?.as_ref().ok().copied()
    }

    /// The mapping whose keys stand at `column`; the next line, perhaps behind dashes, is its first.
    fn mapping(&mut self, column: usize, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        let mut mapping = Mapping::new();
        let mut first = true;
        while let Some(Ok(line)) = self.lines.peek() {
            let line = *line;
            if line.column < column || (line.dashes > 0 && !first) {
                break;
            }
            if line.column > column {
                return None;
            }
            let key = line.key.filter(|key| is_word(key)).or_else(|| quoted_key(&line, self.document))?;
            self.lines.next();
            let value = self.node(&line, column, depth)?;
            if mapping.insert(Value::String(key.to_string()), value).is_some() {
                return None;
            }
            first = false;
        }
        Some(Value::Mapping(mapping))
    }

    /// The sequence whose dashes stand at `indent`.
    fn sequence(&mut self, indent: usize, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        let mut items = Vec::new();
        while let Some(Ok(line)) = self.lines.peek() {
            let line = *line;
            if line.indent < indent || (line.indent == indent && line.dashes == 0) {
                break;
            }
            if line.indent > indent || line.dashes != 1 {
                return None;
            }
            items.push(if line.key.is_some() {
                self.mapping(line.column, depth)?
            } else {
                self.lines.next();
                if self.peek().is_some_and(|next| next.indent > indent) {
                    return None;
                }
                scalar(line.value, depth)?
            });
        }
        Some(Value::Sequence(items))
    }

    /// The value of a key at `column`, on its line or below it.
    fn node(&mut self, line: &Line<'a>, column: usize, depth: usize) -> Option<Value> {
        if let Some(header) = line.value.strip_prefix('|') {
            return self.literal(line, header, column);
        }
        if !line.value.is_empty() && !line.value.starts_with('#') {
            let value = scalar(line.value, depth)?;
            // A deeper line would continue the scalar.
            return self.ends_before(column).then_some(value);
        }
        match self.peek() {
            Some(next) if next.dashes > 0 && next.indent >= column => self.sequence(next.indent, depth),
            Some(next) if next.dashes == 0 && next.column > column => self.mapping(next.column, depth),
            // At the end, and before a line that no structure explains, the parser has to tell.
            Some(_) => Some(Value::Null),
            None => self.lines.peek().is_none().then_some(Value::Null),
        }
    }

    fn ends_before(&mut self, column: usize) -> bool {
        match self.lines.peek() {
            Some(Ok(next)) => next.indent <= column,
            Some(Err(_)) => false,
            None => true,
        }
    }

    /// A literal block scalar (`|` or `|-`). The reader of lines has skipped its lines.
    fn literal(&mut self, line: &Line<'a>, header: &str, column: usize) -> Option<Value> {
        let keep = match header {
            "" => "\n",
            "-" => "",
            _ => return None,
        };
        let begin = line.start + self.document[line.start..].find('\n')? + 1;
        let mut text = String::new();
        let mut indent = None;
        let mut blank = 0;
        for line in self.document[begin..].split_inclusive('\n') {
            let line = line.strip_suffix('\n').unwrap_or(line);
            let own = line.len() - line.trim_start_matches(' ').len();
            if own == line.len() {
                // Blanks alone can be text, where they are more than the indentation.
                if own > 0 {
                    return None;
                }
                blank += 1;
                continue;
            }
            let indent = *indent.get_or_insert(own);
            if indent <= column || (own < indent && own > column) {
                return None;
            }
            if own <= column {
                break;
            }
            text.extend(std::iter::repeat_n('\n', blank));
            blank = 0;
            text.push_str(&line[indent..]);
            text.push('\n');
        }
        // Text that begins with blank lines, or with no line at all, has rules of its own.
        if text.is_empty() || text.starts_with('\n') || text.contains('\t') {
            return None;
        }
        text.truncate(text.len() - 1);
        text.push_str(keep);
        Some(Value::String(text))
    }
}

/// A quoted key without escapes. The reader of lines has taken the quotes away.
fn quoted_key<'a>(line: &Line<'a>, document: &str) -> Option<&'a str> {
    let key = line.key?;
    let quoted = document[line.start + line.column..].starts_with(['"', '\'']);
    (quoted && !key.is_empty() && key != "<<" && key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')).then_some(key)
}

/// A scalar or flow collection on one line, perhaps with a comment after it.
fn scalar(text: &str, depth: usize) -> Option<Value> {
    match text.as_bytes().first()? {
        b'{' | b'[' => {
            let mut rest = text;
            let value = flow(&mut rest, depth)?;
            ends(rest).then_some(value)
        }
        b'"' | b'\'' => {
            let (value, rest) = quoted(text)?;
            ends(rest).then_some(value)
        }
        _ => plain(text.find(" #").map_or(text, |comment| text[..comment].trim_end_matches(' '))),
    }
}

/// Whether there is nothing, or a comment.
fn ends(rest: &str) -> bool {
    let bare = rest.trim_start_matches(' ');
    bare.is_empty() || (bare.starts_with('#') && bare.len() < rest.len())
}

/// A quoted scalar without escapes, and what follows it.
fn quoted(text: &str) -> Option<(Value, &str)> {
    let end = quoted_length(text)?;
    let inner = &text[1..end - 1];
    let simple = !inner.contains(['\\', '\t']) && (text.starts_with('"') || !inner.contains('\''));
    simple.then(|| (Value::String(inner.to_string()), &text[end..]))
}

/// A scalar without quotes.
fn plain(text: &str) -> Option<Value> {
    let bytes = text.as_bytes();
    let first = *bytes.first()?;
    if first.is_ascii_digit() {
        let number = bytes.iter().all(u8::is_ascii_digit) && (bytes.len() == 1 || first != b'0') && bytes.len() <= 18;
        return if number { text.parse::<u64>().ok().map(Value::from) } else { measure(text) };
    }
    match text {
        "true" => return Some(Value::Bool(true)),
        "false" => return Some(Value::Bool(false)),
        _ => {}
    }
    let letters = (first.is_ascii_alphabetic() || first == b'/') && bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    (letters && is_word(text) && !text.contains(": ") && !text.ends_with(':')).then(|| Value::String(text.to_string()))
}

/// A number with a unit, such as 500m, 128Mi or 30s, and no number in any base or notation.
fn measure(text: &str) -> Option<Value> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = &text[digits..];
    matches!(unit, "m" | "s" | "ms" | "Ki" | "Mi" | "Gi" | "Ti" | "%").then(|| Value::String(text.to_string()))
}

/// A flow collection, or a scalar in one; `rest` begins with it, and is left at what follows.
fn flow(rest: &mut &str, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    match rest.as_bytes().first()? {
        b'[' => {
            let mut items = Vec::new();
            open(rest);
            while !close(rest, ']') {
                items.push(flow(rest, depth)?);
                separate(rest, ']')?;
            }
            Some(Value::Sequence(items))
        }
        b'{' => {
            let mut mapping = Mapping::new();
            open(rest);
            while !close(rest, '}') {
                let end = rest.find(": ")?;
                let key = &rest[..end];
                let simple = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte));
                if !simple || !key.starts_with(|c: char| c.is_ascii_alphabetic()) || !is_word(key) {
                    return None;
                }
                *rest = rest[end + 2..].trim_start_matches(' ');
                let value = flow(rest, depth)?;
                if mapping.insert(Value::String(key.to_string()), value).is_some() {
                    return None;
                }
                separate(rest, '}')?;
            }
            Some(Value::Mapping(mapping))
        }
        b'"' | b'\'' => {
            let (value, after) = quoted(rest)?;
            *rest = after.trim_start_matches(' ');
            Some(value)
        }
        _ => {
            let end = rest.find([',', ']', '}', '[', '{', '"', '\'', '#', ':'])?;
            // A colon may be part of a scalar here, or not: not ours to tell.
            if !rest[end..].starts_with([',', ']', '}']) {
                return None;
            }
            let value = plain(rest[..end].trim_end_matches(' '))?;
            *rest = &rest[end..];
            Some(value)
        }
    }
}

fn open(rest: &mut &str) {
    *rest = rest[1..].trim_start_matches(' ');
}

/// Takes the closing bracket and the blanks after it, if it is there.
fn close(rest: &mut &str, bracket: char) -> bool {
    let after = rest.strip_prefix(bracket);
    *rest = after.unwrap_or(rest);
    after.is_some()
}

/// Takes a comma and the blanks around it; none is needed before the closing bracket.
fn separate(rest: &mut &str, bracket: char) -> Option<()> {
    *rest = rest.trim_start_matches(' ');
    if let Some(after) = rest.strip_prefix(',') {
        *rest = after.trim_start_matches(' ');
        return Some(());
    }
    rest.starts_with(bracket).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_means_the_same_to_the_parser() {
        let taken = [
            "a: b\nc:\n  d: 1\n  e: [x, {f: g, h: 'i j'}, 500m]\n",
            "items:\n- a: 1\n  b:\n  - c\n  - d: e\n- true\nlast: {}\n",
            "text: |\n  one\n\n    two\n  three\nafter: |-\n    x\n",
            "'a b': c # comment\n\"d/e\": \"f: g\"\nurl: http://x.y/z\nnone:\nnext: 1Gi\n",
            "a: inf\nb: nan\nc: Infinity\nd: e3\ne: [inf, x]\nf: \"é\"\n",
            "- not a mapping\n",
        ];
        for document in &taken[..5] {
            assert_eq!(value(document), Some(super::super::read_value(document).unwrap()), "{document}");
        }
        assert_eq!(value(taken[5]), None);
    }

    #[test]
    fn what_is_not_certain_is_left_to_the_parser() {
        for document in [
            "a: b\na: c\n",
            "a: yes\n",
            "a: 0x1\n",
            "a: 1.5\n",
            "a: 1e3\n",
            "a: b\n  c\n",
            "a: |+\n  b\n",
            "a: >\n  b\n",
            "a: \"\\n\"\n",
            "a: &x b\n",
            "<<: {a: b}\n",
            "a: [b\n]\n",
            "a: [b: c]\n",
            "a: null\n",
            "1: a\n",
            "a: 1_000\n",
            "a: -1\n",
            "a: 010\n",
            "y: a\n",
            "a: |\r\n  b\r\n",
            "a: \"\u{85}\"\n",
            "a: \"\u{feff}\"\n",
        ] {
            assert_eq!(value(document), None, "{document}");
        }
    }
}
