//! The value of a plainly written block mapping, without the full parser.
//!
//! Most objects are written as kustomize writes them: block style, a scalar or a short flow collection
//! on each line. Whatever else there is, [`value`] leaves the text to the parser of values; what it
//! does take means the same to that parser (`agreement.rs` tries).

use super::block::{Line, Lines};
use super::scalar::is_word;
use super::simple_scalar::scalar;
use serde_yaml::{Mapping, Value};
use std::iter::Peekable;

/// How deep collections may nest. What is deeper has the full parser's limit to meet.
const DEPTH: usize = 60;

/// The value of a document whose every line is certain.
pub fn value(document: &str) -> Option<Value> {
    read::<true>(document)
}

/// Whether a document is YAML for certain; a key may stand twice.
pub fn is_well_formed(document: &str) -> bool {
    read::<false>(document).is_some()
}

/// The value; without `TREE` nothing but null, where it can be read.
fn read<const TREE: bool>(document: &str) -> Option<Value> {
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
    let mut reader = Reader::<TREE> { document, lines: Lines::new(document).peekable() };
    let first = reader.peek()?;
    if first.dashes > 0 {
        return None;
    }
    let value = reader.mapping(first.column, DEPTH)?;
    reader.lines.next().is_none().then_some(value)
}

struct Reader<'a, const TREE: bool> {
    document: &'a str,
    lines: Peekable<Lines<'a>>,
}

impl<'a, const TREE: bool> Reader<'a, TREE> {
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
            if TREE && mapping.insert(Value::String(key.to_string()), value).is_some() {
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
            let item = if line.key.is_some() {
                self.mapping(line.column, depth)?
            } else {
                self.lines.next();
                if self.peek().is_some_and(|next| next.indent > indent) {
                    return None;
                }
                scalar::<TREE>(line.value, depth)?
            };
            if TREE {
                items.push(item);
            }
        }
        Some(Value::Sequence(items))
    }

    /// The value of a key at `column`, on its line or below it.
    fn node(&mut self, line: &Line<'a>, column: usize, depth: usize) -> Option<Value> {
        if let Some(header) = line.value.strip_prefix('|') {
            return self.literal(line, header, column);
        }
        if !line.value.is_empty() && !line.value.starts_with('#') {
            let value = scalar::<TREE>(line.value, depth)?;
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
            // Text that begins with blank lines has rules of its own.
            if indent.is_none() && blank > 0 {
                return None;
            }
            let indent = *indent.get_or_insert(own);
            if indent <= column || (own < indent && own > column) {
                return None;
            }
            if own <= column {
                break;
            }
            if line.contains('\t') {
                return None;
            }
            if TREE {
                text.extend(std::iter::repeat_n('\n', std::mem::take(&mut blank)));
                text.push_str(&line[indent..]);
                text.push('\n');
            }
        }
        // So has text without any line.
        indent?;
        text.truncate(text.len().saturating_sub(1));
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
