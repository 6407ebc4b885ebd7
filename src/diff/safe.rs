//! Text of other people on its way to a terminal or a web page.

use std::fmt::Write;

/// The text with every character made visible that would otherwise act: control characters, and
/// those that change the direction of what follows ("Trojan Source", CVE-2021-42574). Tabs stay.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => out.push('\t'),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if acts(c) => write!(out, "\\u{{{:04X}}}", u32::from(c)).expect("a String takes all"),
            c => out.push(c),
        }
    }
    out
}

fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{61c}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// A name as it may stand in the middle of a sentence, a table or a heading: letters, digits and
/// what else names and paths have; the rest is written as in a URL (`%40`), so that nothing in it is
/// markup or a mention.
#[must_use]
pub fn name(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_alphanumeric() || "._/:,=+-~() ".contains(character) {
            out.push(character);
        } else {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                write!(out, "%{byte:02X}").expect("a String takes all");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_a_terminal_or_a_page() {
        assert_eq!(visible("a\u{1b}[31m\u{202e}b\r\n"), "a\\u{001B}[31m\\u{202E}b\\r\\n");
        assert_eq!(name("a`|<@b>é\u{202e}"), "a%60%7C%3C%40b%3Eé%E2%80%AE");
    }
}
