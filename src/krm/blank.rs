//! White space, as YAML has it: blanks and tabs; other characters that Unicode counts as white space are
//! text.

/// What separates words on a line.
const BLANKS: [char; 2] = [' ', '\t'];
/// The same, and what ends a line.
const BLANKS_AND_BREAKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The text without white space and line breaks at both ends.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(BLANKS_AND_BREAKS)
}

/// The text without white space and line breaks at its end. Most texts end with a letter, and then
/// this is quick.
pub fn trimmed_end(text: &str) -> &str {
    if text.as_bytes().last().is_some_and(u8::is_ascii_graphic) { text } else { text.trim_end_matches(BLANKS_AND_BREAKS) }
}

/// The text without white space at its beginning.
pub fn trimmed_start(text: &str) -> &str {
    text.trim_start_matches(BLANKS)
}

/// Whether a line has neither content nor a marker: nothing, or a comment.
pub fn is_idle(line: &str) -> bool {
    let line = trimmed(line);
    line.is_empty() || line.starts_with('#')
}
