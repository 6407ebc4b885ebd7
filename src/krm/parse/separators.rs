//! U+0085, U+2028 and U+2029: they end a line in YAML 1.1, which kyaml reads, and do not in YAML 1.2.
//!
//! kustomize itself writes such characters: `"a\Lb"` of a file becomes `'a`, U+2028, indentation and `b'`.

use granit_parser::ScalarStyle;

const SEPARATORS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

/// How many of them a text has.
pub fn count(text: &str) -> usize {
    // They begin with these bytes, and next to no text has such characters at all.
    match memchr::memchr2(0xc2, 0xe2, text.as_bytes()) {
        Some(first) => text[first..].matches(SEPARATORS).count(),
        None => 0,
    }
}

/// What kyaml reads in a quoted scalar, where that is not what YAML 1.2 has, and how many separators
/// of `source`, the scalar with its quotes, are accounted for. `None`: any other scalar.
pub fn explained(source: &str, style: ScalarStyle) -> Option<(Option<String>, usize)> {
    match style {
        ScalarStyle::DoubleQuoted => Some((None, that_mean_themselves(source))),
        ScalarStyle::SingleQuoted if count(source) == 0 || begins_a_document(source) => Some((None, 0)),
        ScalarStyle::SingleQuoted => Some((Some(single_quoted(source)), count(source))),
        _ => None,
    }
}

/// How many of them stand for themselves: U+2028 and U+2029 without white space beside them.
fn that_mean_themselves(quoted: &str) -> usize {
    let mut found = 0;
    for (at, separator) in quoted.match_indices(['\u{2028}', '\u{2029}']) {
        let beside = |c: Option<char>| c.is_none_or(|c| is_blank(c) || is_break(c));
        let after = &quoted[at + separator.len()..];
        let before = quoted[..at].chars().next_back();
        // A backslash before a line break takes the break away.
        let escaped = before == Some('\\');
        found += usize::from(!beside(before) && !beside(after.chars().next()) && !escaped && !is_marker(after));
    }
    found
}

fn begins_a_document(quoted: &str) -> bool {
    quoted.match_indices(SEPARATORS).any(|(at, separator)| is_marker(&quoted[at + separator.len()..]))
}

/// Three of these at the start of a line begin or end a document.
fn is_marker(line: &str) -> bool {
    line.starts_with("---") || line.starts_with("...")
}

/// The value of a scalar in single quotes (go.yaml.in/yaml/v3, `yaml_parser_scan_flow_scalar`): blanks
/// around line breaks go, one line feed is a space, and U+2028 and U+2029 stay what they are.
fn single_quoted(source: &str) -> String {
    let inside = source.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(source);
    let inside = inside.replace("''", "'").replace("\r\n", "\n");
    let mut value = String::with_capacity(inside.len());
    let mut rest = inside.as_str();
    while let Some(first) = rest.find(|c| is_blank(c) || is_break(c)) {
        value.push_str(&rest[..first]);
        rest = &rest[first..];
        let space = rest.find(|c| !is_blank(c) && !is_break(c)).unwrap_or(rest.len());
        value.push_str(&folded(&rest[..space]));
        rest = &rest[space..];
    }
    value + rest
}

/// What blanks and line breaks between two words mean.
fn folded(space: &str) -> String {
    let breaks: String = space.chars().filter(|c| is_break(*c)).map(|c| if c == '\u{85}' { '\n' } else { c }).collect();
    match breaks.strip_prefix('\n') {
        None if breaks.is_empty() => space.to_string(),
        None => breaks,
        Some("") => " ".to_string(),
        Some(others) => others.to_string(),
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n') || SEPARATORS.contains(&c)
}
