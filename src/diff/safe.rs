//! Text of other people on its way to a terminal or a web page.

use crate::krm;
use std::fmt::Write;

/// A line of text of which nothing acts; tabs stay, because they are what a text is indented with.
#[must_use]
pub fn visible(text: &str) -> String {
    text.split('\t').map(krm::visible).collect::<Vec<_>>().join("\t")
}

/// A name as it may stand in the middle of a sentence, a table or a heading: letters, digits and
/// what else names and paths have; the rest is written as in a URL (`%40`), so that nothing in it is
/// markup or a mention.
#[must_use]
pub fn name(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_alphanumeric() && !krm::acts(character) || "._/:,=+-~() ".contains(character) {
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
        assert_eq!(visible("\ta\u{1b}[31m\u{202e}b\r\n\t::c"), "\ta\\u{1b}[31m\\u{202e}b\\r\\n\t\\u{3a}:c");
        assert_eq!(name("a`|<@b>é\u{202e}"), "a%60%7C%3C%40b%3Eé%E2%80%AE");
    }
}
