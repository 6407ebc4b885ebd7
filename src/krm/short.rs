//! Texts of findings stay short, however long the names and values are that they quote, and however many.

use serde_json::Value as Json;
use std::fmt::{Display, Write};

/// Most bytes of a message or a remedy: twice the longest of this program's own.
const TEXT: usize = 1500;

/// Most bytes of a name, a path or a value beside a message. Names of objects have at most 253 characters
/// (Kubernetes, "Object Names and IDs"), keys of labels 317.
const NAME: usize = 600;

/// Most bytes of a word where a text is too long.
const WORD: usize = 120;

/// How many entries of a list a message names.
const FEW: usize = 10;

/// A message or a remedy: where it is too long, first the long words in it lose their middle.
pub(super) fn text(text: String) -> String {
    if text.len() <= TEXT {
        return text;
    }
    let words: String = text.split_inclusive(' ').map(|word| cut(word, WORD)).collect();
    cut(&words, TEXT)
}

/// A name or a path.
#[must_use]
pub fn name(text: &str) -> String {
    cut(text, NAME)
}

/// A value: what is too long becomes a text.
pub(super) fn value(value: Json) -> Json {
    match value {
        Json::String(text) if text.len() > NAME => name(&text).into(),
        Json::Array(_) | Json::Object(_) => {
            let written = value.to_string();
            if written.len() > NAME { name(&written).into() } else { value }
        }
        other => other,
    }
}

/// The first entries of a list, and how many more there are: `80, 81, … and 12 more`. The others are not
/// looked at: a list may stand in as many messages as it has entries.
#[must_use]
pub fn few<I: IntoIterator<Item: Display, IntoIter: ExactSizeIterator>>(entries: I) -> String {
    few_by(", ", entries)
}

/// The same with another separator.
#[must_use]
pub fn few_by<I: IntoIterator<Item: Display, IntoIter: ExactSizeIterator>>(separator: &str, entries: I) -> String {
    let mut entries = entries.into_iter();
    let first: Vec<String> = entries.by_ref().take(FEW).map(|entry| entry.to_string()).collect();
    let mut out = first.join(separator);
    if entries.len() > 0 {
        write!(out, " and {} more", entries.len()).expect("a String takes all");
    }
    out
}

/// The text without its middle where it has more than so many bytes.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_string();
    }
    let tail = most / 3;
    let head = most - tail - '…'.len_utf8();
    format!("{}…{}", beginning(text, head), end(text, tail))
}

/// The beginning of a text, of at most so many bytes.
#[must_use]
pub fn beginning(text: &str, most: usize) -> &str {
    let to = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..to.unwrap_or_default()]
}

/// The end of a text, of at most so many bytes.
#[must_use]
pub fn end(text: &str, most: usize) -> &str {
    let from = (text.len().saturating_sub(most)..text.len()).find(|at| text.is_char_boundary(*at));
    &text[from.unwrap_or(text.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_keeps_its_beginning_its_end_and_whole_characters() {
        for length in [0, 1, 599, 600, 601, 1499, 1500, 1501, 100_000] {
            for character in ['a', 'é', '日', '🦀', ' '] {
                let long: String = std::iter::repeat_n(character, length).collect();
                let said = format!("\"{long}\" is not a name");
                assert!(text(said.clone()).len() <= TEXT && name(&said).len() <= NAME, "{character} {length}");
                assert!(text(said.clone()).starts_with('"') && text(said).ends_with(" is not a name"), "{character} {length}");
            }
        }
        assert_eq!(cut("0123456789012345678901234567890", 15), "0123456…67890");
        assert_eq!((beginning("aé", 2), end("éa", 2), beginning("é", 0), end("é", 0), end("é", 9)), ("a", "a", "", "", "é"));
    }

    #[test]
    fn two_long_values_leave_room_for_what_is_said_of_them() {
        let long = "x".repeat(10_000);
        let short = text(format!("\"{long}\" counts, and not \"{long}\""));
        assert!(short.contains(" counts, and not ") && short.len() < 400, "{short}");
    }

    #[test]
    fn values_keep_their_type_while_they_are_short() {
        let list = serde_json::json!([1, {"a": "b"}]);
        assert_eq!(value(list.clone()), list);
        let long = value(vec![1; 1000].into());
        assert!(
            long.as_str().is_some_and(|text| text.len() <= NAME && text.starts_with("[1,1,") && text.ends_with(",1]")),
            "{long}"
        );
    }

    #[test]
    fn of_many_entries_a_few_are_named() {
        assert_eq!(few([80, 81]), "80, 81");
        assert_eq!(few((0..12).collect::<Vec<_>>()), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more");
        assert_eq!(few([""; 0]), "");
    }
}
