//! Plainly written scalars and flow collections: what a line holds for [`super::simple`]. Without `TREE` their
//! values are null.

use super::block::quoted_length;
use super::scalar::is_word;
use serde_yaml::{Mapping, Value};

/// A scalar or flow collection on one line, perhaps with a comment after it.
pub fn scalar<const TREE: bool>(text: &str, depth: usize) -> Option<Value> {
    match text.as_bytes().first()? {
        b'{' | b'[' => {
            let mut rest = text;
            let value = flow::<TREE>(&mut rest, depth)?;
            ends(rest).then_some(value)
        }
        b'"' | b'\'' => {
            let (value, rest) = quoted::<TREE>(text)?;
            ends(rest).then_some(value)
        }
        _ => plain::<TREE>(text.find(" #").map_or(text, |comment| text[..comment].trim_end_matches(' '))),
    }
}

/// Whether there is nothing, or a comment.
fn ends(rest: &str) -> bool {
    let bare = rest.trim_start_matches(' ');
    bare.is_empty() || (bare.starts_with('#') && bare.len() < rest.len())
}

fn string<const TREE: bool>(text: &str) -> Value {
    if TREE { Value::String(text.to_string()) } else { Value::Null }
}

/// A quoted scalar without escapes, and what follows it.
fn quoted<const TREE: bool>(text: &str) -> Option<(Value, &str)> {
    let end = quoted_length(text)?;
    let inner = &text[1..end - 1];
    let simple = !inner.contains(['\\', '\t']) && (text.starts_with('"') || !inner.contains('\''));
    simple.then(|| (string::<TREE>(inner), &text[end..]))
}

/// A scalar without quotes.
fn plain<const TREE: bool>(text: &str) -> Option<Value> {
    let bytes = text.as_bytes();
    let first = *bytes.first()?;
    if first.is_ascii_digit() {
        let number = bytes.iter().all(u8::is_ascii_digit) && (bytes.len() == 1 || first != b'0') && bytes.len() <= 18;
        return if number { text.parse::<u64>().ok().map(Value::from) } else { measure::<TREE>(text) };
    }
    match text {
        "true" => return Some(Value::Bool(true)),
        "false" => return Some(Value::Bool(false)),
        _ => {}
    }
    let letters = (first.is_ascii_alphabetic() || first == b'/') && bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    (letters && is_word(text) && !text.contains(": ") && !text.ends_with(':')).then(|| string::<TREE>(text))
}

/// A number with a unit, such as 500m, 128Mi or 30s, and no number in any base or notation.
fn measure<const TREE: bool>(text: &str) -> Option<Value> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = &text[digits..];
    matches!(unit, "m" | "s" | "ms" | "Ki" | "Mi" | "Gi" | "Ti" | "%").then(|| string::<TREE>(text))
}

/// A flow collection, or a scalar in one; `rest` begins with it, and is left at what follows.
fn flow<const TREE: bool>(rest: &mut &str, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    match rest.as_bytes().first()? {
        b'[' => {
            let mut items = Vec::new();
            open(rest);
            while !close(rest, ']') {
                let item = flow::<TREE>(rest, depth)?;
                if TREE {
                    items.push(item);
                }
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
                let value = flow::<TREE>(rest, depth)?;
                if TREE && mapping.insert(Value::String(key.to_string()), value).is_some() {
                    return None;
                }
                separate(rest, '}')?;
            }
            Some(Value::Mapping(mapping))
        }
        b'"' | b'\'' => {
            let (value, after) = quoted::<TREE>(rest)?;
            *rest = after.trim_start_matches(' ');
            Some(value)
        }
        _ => {
            let end = rest.find([',', ']', '}', '[', '{', '"', '\'', '#', ':'])?;
            // A colon may be part of a scalar here, or not: not ours to tell.
            if !rest[end..].starts_with([',', ']', '}']) {
                return None;
            }
            let value = plain::<TREE>(rest[..end].trim_end_matches(' '))?;
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
