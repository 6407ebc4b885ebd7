//! Writes a value as block-style YAML, the way kustomize does: two blanks a level, sequences at the
//! column of their key.

use super::scalar::{literal_header, write_escaped, write_simple, write_string};
use serde_yaml::{Mapping, Value};
use std::fmt::Write;

/// A value as a block-style document, its lines at column `indent`, the first line's lead left to
/// the caller. Ends with a line break.
#[must_use]
pub fn to_yaml(value: &Value, indent: usize) -> String {
    let mut out = String::new();
    write_node(value, indent, &mut out);
    out
}

/// A value in flow style, on one line.
pub(super) fn to_flow(value: &Value) -> String {
    let mut out = String::new();
    write_inline(value, &mut out);
    out
}

/// Writes a node whose first line continues the current one; ends with a line break.
pub(super) fn write_node(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Mapping(mapping) if !mapping.is_empty() => write_mapping(mapping, indent, out),
        Value::Sequence(items) if !items.is_empty() => write_sequence(items, indent, out),
        scalar => write_scalar(scalar, indent, out),
    }
}

fn write_mapping(mapping: &Mapping, indent: usize, out: &mut String) {
    for (number, (key, value)) in mapping.iter().enumerate() {
        if number > 0 {
            push_indent(indent, out);
        }
        write_inline(key, out);
        out.push(':');
        match value {
            Value::Mapping(inner) if !inner.is_empty() => {
                out.push('\n');
                push_indent(indent + 2, out);
                write_mapping(inner, indent + 2, out);
            }
            Value::Sequence(items) if !items.is_empty() => {
                out.push('\n');
                push_indent(indent, out);
                write_sequence(items, indent, out);
            }
            scalar => {
                out.push(' ');
                write_scalar(scalar, indent + 2, out);
            }
        }
    }
}

fn write_sequence(items: &[Value], indent: usize, out: &mut String) {
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            push_indent(indent, out);
        }
        out.push_str("- ");
        write_node(item, indent + 2, out);
    }
}

fn write_scalar(value: &Value, indent: usize, out: &mut String) {
    if let Value::String(text) = value {
        return write_text(text, indent, out);
    }
    write_inline(value, out);
    out.push('\n');
}

/// Writes a text, as a literal block where it has several lines that can be one; ends with a line break.
pub(super) fn write_text(text: &str, indent: usize, out: &mut String) {
    if write_simple(text, out) {
        // Without a line break.
    } else if let Some(header) = literal_header(text) {
        out.push_str(header);
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            out.push('\n');
            if !line.is_empty() {
                push_indent(indent, out);
                out.push_str(line);
            }
        }
    } else {
        write_escaped(text, out);
    }
    out.push('\n');
}

/// Writes a node without a line break: scalars, empty collections and (as keys) anything else.
fn write_inline(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => write!(out, "{number}").expect("a String takes all"),
        Value::String(text) => write_string(text, out),
        Value::Mapping(mapping) => {
            out.push('{');
            for (number, (key, value)) in mapping.iter().enumerate() {
                out.push_str(if number > 0 { ", " } else { "" });
                write_inline(key, out);
                out.push_str(": ");
                write_inline(value, out);
            }
            out.push('}');
        }
        Value::Sequence(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                out.push_str(if number > 0 { ", " } else { "" });
                write_inline(item, out);
            }
            out.push(']');
        }
        Value::Tagged(tagged) => {
            write!(out, "{} ", tagged.tag).expect("a String takes all");
            write_inline(&tagged.value, out);
        }
    }
}

/// Appends the blanks before a line.
pub(super) fn push_indent(indent: usize, out: &mut String) {
    const BLANKS: &str = "                                ";
    let end = out.len() + indent;
    // So many at a time that the compiler needs no call.
    for _ in 0..indent.div_ceil(BLANKS.len()) {
        out.push_str(BLANKS);
    }
    out.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_as_the_same_value() {
        let source = "a: {b: [1, {c: d, e: []}, [x, [y]]], f: {}}\ntext: \"one\\n two\\n\"\nbare: \"a\\nb\"\nnone: null\nodd: \"tab\\t\\nend \\n\"\n'1_0': 1.5\n";
        let value: Value = serde_yaml::from_str(source).unwrap();
        let written = to_yaml(&value, 0);
        assert_eq!(serde_yaml::from_str::<Value>(&written).unwrap(), value, "{written}");
        let nested = format!("- {}", to_yaml(&value, 2));
        assert_eq!(serde_yaml::from_str::<Vec<Value>>(&nested).unwrap(), [value], "{nested}");
    }
}
