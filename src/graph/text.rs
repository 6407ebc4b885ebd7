//! Names as they may be drawn: what no reader could see is made visible, and what is too long for
//! its place is cut. Widths are those of a wide font, so that no other runs over its box.

use crate::krm::acts;
use std::borrow::Cow;

/// The text with a sign in the place of everything in it that acts: what is invisible, ends a line, turns
/// the direction of what follows, or is no character to XML.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if acts(c) { '\u{fffd}' } else { c }).collect()
}

/// Most characters of a text where nothing measures it. Names of objects have at most 253 (Kubernetes,
/// "Object Names and IDs"), those of Services 63.
const LONGEST: usize = 253;

/// The text without its middle where it is longer than a name can be: one that is a picture of its own would
/// push all others out.
#[must_use]
pub fn short(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST || text.chars().nth(LONGEST).is_none() {
        return Cow::Borrowed(text);
    }
    let kept = LONGEST / 2;
    let after = |(_, c): (usize, char)| c.len_utf8();
    let head = text.char_indices().nth(kept - 1).map_or(0, |found| found.0 + after(found));
    let tail = text.char_indices().rev().nth(kept - 1).map_or(text.len(), |(at, _)| at);
    Cow::Owned(format!("{}…{}", &text[..head], &text[tail..]))
}

/// The text for XML and HTML, in an element or an attribute.
#[must_use]
pub fn xml(text: &str) -> String {
    let mut out = String::new();
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    // A line that begins with `::`, or has `##[`, is a command to the program that collects a log.
    out.replace("::", "&#58;:").replace("##", "#&#35;")
}

/// The least width of a character in [`Font::width`], in parts of the size.
const NARROWEST: f64 = 0.4;

/// A font whose widths are known well enough.
#[derive(Debug, Clone, Copy)]
pub struct Font {
    /// Size in pixels.
    pub size: f64,
    /// Whether every character is as wide as the others.
    pub monospace: bool,
}

impl Font {
    /// At least the width of the text.
    #[must_use]
    pub fn width(self, text: &str) -> f64 {
        text.chars().map(|c| self.character(c)).sum::<f64>() * self.size
    }

    /// Widths of DejaVu Sans, the widest of the usual fonts, or more, in parts of the size.
    fn character(self, c: char) -> f64 {
        match c {
            '–' | '−' | '…' | '→' if self.monospace => 0.62,
            c if c.is_ascii() && self.monospace => 0.62,
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '|' | '!' | '\'' | ' ' | '(' | ')' | '[' | ']' | '/' => NARROWEST,
            'f' | 'r' | 't' | '-' => 0.43,
            'm' | 'M' | 'W' | 'w' | '%' | '@' | '…' => 1.0,
            '–' => 0.55,
            '→' | '−' | '+' | '~' | '=' | '<' | '>' | '#' => 0.86,
            c if c.is_ascii_uppercase() => 0.79,
            c if c.is_ascii() => 0.65,
            // East Asian characters and pictures fill a square and more.
            _ => 1.4,
        }
    }

    /// The text in a width; where it is too long, its middle gives way: names of one family differ
    /// at the end.
    #[must_use]
    pub fn cut(self, text: &str, width: f64) -> String {
        let text = clean(text);
        if self.width(&text) <= width {
            return text;
        }
        // No more of them fit than of the narrowest.
        let most = (width / (NARROWEST * self.size)) as usize + 1;
        let first: Vec<char> = text.chars().take(most).collect();
        let last: Vec<char> = text.chars().rev().take(most).collect();
        let shorter = |kept: usize| -> String {
            let tail = kept / 2;
            first[..kept - tail].iter().chain(['…'].iter()).chain(last[..tail].iter().rev()).collect()
        };
        let fitting = (0..most.min(first.len())).map(shorter).take_while(|shorter| self.width(shorter) <= width);
        fitting.last().unwrap_or_else(|| "…".to_string())
    }

    /// A name in at most two lines, broken after a `-` or `.` where there is one.
    #[must_use]
    pub fn wrap(self, name: &str, width: f64) -> Vec<String> {
        let name = clean(name);
        if self.width(&name) <= width {
            return vec![name];
        }
        let mut fits = 0;
        let mut after_mark = 0;
        for (at, c) in name.char_indices() {
            let end = at + c.len_utf8();
            if self.width(&name[..end]) > width {
                break;
            }
            fits = end;
            if matches!(c, '-' | '.' | '_' | '/' | ',' | '=') {
                after_mark = end;
            }
        }
        let end = if after_mark * 3 >= fits { after_mark } else { fits };
        vec![name[..end].to_string(), self.cut(&name[end..], width)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FONT: Font = Font { size: 10.0, monospace: true };

    #[test]
    fn a_long_name_keeps_both_ends_within_its_width() {
        let cut = FONT.cut("a-very-long-name-of-a-service-proxy", 100.0);
        assert!(cut.starts_with("a-very") && cut.ends_with("proxy") && cut.contains('…'), "{cut}");
        assert!(FONT.width(&cut) <= 100.0);
        assert_eq!(FONT.cut("short", 100.0), "short");
    }

    #[test]
    fn a_name_is_broken_where_it_has_a_mark() {
        assert_eq!(FONT.wrap("payment-gateway", 70.0), ["payment-", "gateway"]);
        assert_eq!(FONT.wrap("日本語日本語日本語", 60.0).len(), 2);
    }

    #[test]
    fn a_text_longer_than_a_name_keeps_both_ends() {
        for length in [0, 1, 252, 253] {
            assert_eq!(short(&"é".repeat(length)), "é".repeat(length));
        }
        for length in [254, 255, 100_000] {
            assert_eq!(short(&format!("a{}b", "é".repeat(length - 2))).chars().count(), LONGEST);
        }
    }

    #[test]
    fn what_turns_or_hides_text_becomes_visible() {
        assert_eq!(clean("a\u{202e}b\nc\u{0}d\u{feff}"), "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}");
        assert_eq!(xml("</svg><script>\"'&"), "&lt;/svg&gt;&lt;script&gt;&quot;&#39;&amp;");
    }
}
