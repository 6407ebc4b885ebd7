//! Text for terminals and logs.

/// Whether a terminal or a reader would be misled: control characters (ECMA-48) and characters that
/// turn the writing direction (CVE-2021-42574). A program's own line breaks and tabs are allowed.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Panics where something in the text acts.
pub fn harmless(what: &str, text: &str) {
    if let Some(line) = text.split('\n').find(|line| line.contains(acts)) {
        panic!("{what}: a character acts in {line:?}");
    }
}

/// Panics where a line is longer than its input allows: quoted values have a bound, or are quoted once.
pub fn bounded(what: &str, length: usize, input: usize) {
    const FLOOR: usize = 64 << 10;
    const FACTOR: usize = 1_000;
    assert!(length <= FLOOR + FACTOR * input, "{what}: {length} bytes of {input}");
}
