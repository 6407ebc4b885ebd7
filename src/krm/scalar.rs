//! Which strings may stand without quotes, and how the others are written.
//!
//! kyaml reads YAML 1.1-like scalars and the serde_yaml family writes YAML 1.2 ones: `1_000`,
//! `0b1` or `2001-01-01` without quotes change their meaning on the way through. So only what
//! every version reads as a string goes without quotes.

/// Words that some YAML version takes for a boolean or null.
const RESERVED: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// What every byte of a text is.
const PLAIN: u8 = 1;
/// A byte that stands as itself in double quotes.
const SIMPLE: u8 = 2;
/// A byte that a text without quotes may begin with.
const FIRST: u8 = 4;

/// The kinds of each byte: one look tells all of them.
static KINDS: [u8; 256] = kinds();

const fn kinds() -> [u8; 256] {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        let kind = byte as u8;
        if kind.is_ascii_alphanumeric() || matches!(kind, b'.' | b'_' | b'/' | b'-') {
            kinds[byte] |= PLAIN;
        }
        if matches!(kind, b' '..=b'~') && kind != b'"' && kind != b'\\' {
            kinds[byte] |= SIMPLE;
        }
        if kind.is_ascii_alphabetic() || kind == b'/' {
            kinds[byte] |= FIRST;
        }
        byte += 1;
    }
    kinds
}

/// The kinds that all bytes of a text have.
fn common_kinds(text: &str) -> u8 {
    text.as_bytes().iter().fold(PLAIN | SIMPLE, |common, byte| common & KINDS[usize::from(*byte)])
}

fn may_begin(text: &str) -> bool {
    text.as_bytes().first().is_some_and(|first| KINDS[usize::from(*first)] & FIRST != 0)
}

/// Whether every YAML version reads this text, without quotes, as this very string.
pub fn is_plain_safe(text: &str) -> bool {
    is_word(text) && common_kinds(text) & PLAIN != 0
}

/// Whether a text that begins with a letter is no boolean and no null to any YAML version.
pub fn is_word(text: &str) -> bool {
    may_begin(text) && !is_reserved(text)
}

/// The longest of them has five letters: most texts need no comparison.
fn is_reserved(text: &str) -> bool {
    text.len() <= 5 && RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Appends a string as a YAML scalar on one line: plain where that is safe, else double-quoted.
pub fn write_string(text: &str, out: &mut String) {
    if !write_simple(text, out) {
        write_escaped(text, out);
    }
}

/// Appends a string as a YAML scalar on one line if that takes no escapes.
pub fn write_simple(text: &str, out: &mut String) -> bool {
    let common = common_kinds(text);
    if common & PLAIN != 0 && is_word(text) {
        push(text, out);
    } else if common & SIMPLE != 0 {
        out.push('"');
        push(text, out);
        out.push('"');
    }
    common & SIMPLE != 0
}

/// Appends a short text. To call musl's `memcpy` takes longer than to copy one.
#[inline]
pub fn push(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((part, more)) = rest.split_at_checked(16) {
        out.push_str(part);
        rest = more;
    }
    if let Some((part, more)) = rest.split_at_checked(8) {
        out.push_str(part);
        rest = more;
    }
    if let Some((part, more)) = rest.split_at_checked(4) {
        out.push_str(part);
        rest = more;
    }
    if let Some((part, more)) = rest.split_at_checked(2) {
        out.push_str(part);
        rest = more;
    }
    if let Some((part, more)) = rest.split_at_checked(1) {
        out.push_str(part);
        rest = more;
    }
    // A character of several bytes stands across a border.
    if !rest.is_empty() {
        out.push_str(rest);
    }
}

/// Appends a string in double quotes.
pub fn write_escaped(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_printable(c) => out.push(c),
            c if u32::from(c) <= 0xff => out.push_str(&format!("\\x{:02X}", u32::from(c))),
            c if u32::from(c) <= 0xffff => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    out.push('"');
}

/// YAML 1.2 `c-printable` without the line separators that YAML 1.1 folds, and without the BOM.
fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// The header of a literal block scalar that holds this text unchanged, if there is one.
pub fn literal_header(text: &str) -> Option<&'static str> {
    if !text.contains('\n') {
        return None;
    }
    let body = text.strip_suffix('\n').unwrap_or(text);
    let lines_are_plain = body.split('\n').all(|line| !line.ends_with(' ') && line.chars().all(is_printable));
    if !body.contains('\n') || body.starts_with([' ', '\n']) || body.ends_with('\n') || !lines_are_plain {
        return None;
    }
    Some(if text.len() > body.len() { "|" } else { "|-" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_that_a_yaml_1_1_reader_would_change_are_quoted() {
        for text in [
            "1_000",
            "0X1F",
            "0b_1",
            "2001-01-01",
            "12:34:56",
            "y",
            "No",
            "~",
            "",
            " a",
            "a ",
            "a: b",
            "a #b",
            "-",
            "*",
            "./*",
            ".5",
            "1e3",
            "null",
            "0o7",
            "=",
            "<<",
            "é",
            "@a",
            "!a",
            "&a",
        ] {
            let mut out = String::new();
            write_string(text, &mut out);
            assert!(out.starts_with('"'), "{text} was written as {out}");
            assert_eq!(serde_yaml::from_str::<String>(&out).unwrap(), text);
        }
    }
}
