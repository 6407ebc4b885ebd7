//! A piece of YAML source that can be written at another indentation without being parsed.

use super::parse;
use serde_yaml::Value;

/// The text of one YAML node, as it stands in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment<'a> {
    text: &'a str,
    indent: usize,
    flow: bool,
    /// Whether its reader has seen that no line would be a document marker somewhere else.
    unmarked: bool,
}

impl<'a> Fragment<'a> {
    /// A block-style node whose first line begins at column `indent`; later lines carry their
    /// whole indentation.
    #[must_use]
    pub fn block(text: &'a str, indent: usize) -> Self {
        Fragment { text, indent, flow: false, unmarked: false }
    }

    /// A node in flow style (`{…}`, JSON included), or a scalar, that begins at column `indent`.
    #[must_use]
    pub fn flow(text: &'a str, indent: usize) -> Self {
        Fragment { text, indent, flow: true, unmarked: false }
    }

    /// The same, of which the reader has seen that no line would be a document marker without its indentation.
    #[must_use]
    pub fn unmarked(self) -> Self {
        Fragment { unmarked: true, ..self }
    }

    /// The source as it stands in the input, from the node's first to its last byte.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Whether the node is written in flow style.
    #[must_use]
    pub fn is_flow(&self) -> bool {
        self.flow
    }

    /// The column of the node's first line.
    #[must_use]
    pub fn indent(&self) -> usize {
        self.indent
    }

    /// The node as a document of its own, with every line at its own indentation.
    ///
    /// The blanks before the first line are what the parser needs to see one block mapping; flow
    /// style needs none, and a JSON list on one line begins its members far out.
    #[must_use]
    pub fn to_document(&self) -> String {
        let mut document = String::with_capacity(self.text.len() + 16);
        self.write_first_line_indented(&mut document);
        document
    }

    /// The value of a node that would be another one as it is written: without a line break at its end,
    /// where of a block scalar the last line's break is text, or with what begins or ends a document once
    /// it stands at the beginning of a line.
    #[must_use]
    pub fn changed_by_writing(&self) -> Option<Value> {
        if self.has_marker() {
            return parse::value(&self.to_document()).ok();
        }
        if self.flow || self.text.ends_with('\n') {
            return None;
        }
        let document = self.to_document();
        let value = parse::value(&document).ok()?;
        (parse::value(&(document + "\n")).as_ref() != Ok(&value)).then_some(value)
    }

    /// Whether a line would be a document marker without the node's indentation; only inside of a scalar
    /// or of flow style a line begins so far to the left.
    fn has_marker(&self) -> bool {
        let somewhere = |marker: &str| memchr::memmem::find(self.text.as_bytes(), marker.as_bytes()).is_some();
        self.indent > 0
            && !self.unmarked
            && (somewhere("---") || somewhere("..."))
            && self.text.lines().skip(1).any(|line| {
                let rest = line.trim_start_matches(' ');
                begins_like_marker(rest) && line.len() - rest.len() <= self.indent
            })
    }

    fn write_first_line_indented(&self, out: &mut String) {
        if !self.flow {
            out.extend(std::iter::repeat_n(' ', self.indent));
        }
        out.push_str(self.text);
    }

    /// Appends the node at column `indent`; the caller has already written the first line's lead
    /// (`- ` or nothing). Ends with a line break.
    ///
    /// Lines are moved as a whole, which keeps block scalars what they were: their indentation is
    /// relative to the node that holds them.
    pub fn write_at(&self, indent: usize, out: &mut String) {
        if self.indent == indent {
            out.push_str(self.text);
        } else {
            for (number, line) in self.text.split_inclusive('\n').enumerate() {
                let blank = line.trim_end_matches(['\r', '\n']).is_empty();
                if number > 0 && !blank {
                    let own = line.len() - line.trim_start_matches(' ').len();
                    let wanted = (own + indent).saturating_sub(self.indent);
                    out.extend(std::iter::repeat_n(' ', wanted));
                    out.push_str(&line[own..]);
                } else {
                    out.push_str(line);
                }
            }
        }
        if !out.ends_with('\n') {
            out.push('\n');
        }
    }
}

/// Whether a text begins with what begins or ends a document where it stands at the beginning of a line.
pub fn begins_like_marker(text: &str) -> bool {
    text.starts_with("---") || text.starts_with("...")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_indentation_writes_the_same_bytes() {
        let text = "kind: A\n  x: |\n    a\n\n     b\n";
        let mut out = String::new();
        Fragment::block(text, 2).write_at(2, &mut out);
        assert_eq!(out, text);
    }

    #[test]
    fn lines_move_together_and_blank_lines_stay_blank() {
        let mut out = String::new();
        Fragment::block("kind: A\n  x: |\n    a\n\n     b", 2).write_at(0, &mut out);
        assert_eq!(out, "kind: A\nx: |\n  a\n\n   b\n");
    }
}
