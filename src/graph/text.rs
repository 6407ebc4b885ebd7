//! Names as they may be drawn: what no reader could see is made visible, and what is too long for
//! its place is cut. Widths are those of a wide font, so that no other runs over its box.

use crate::krm::acts;

/// The text with a sign in the place of everything in it that acts: what is invisible, ends a line, turns
/// the direction of what follows, or is no character to XML.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if acts(c) { '\u{fffd}' } else { c }).collect()
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
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '|' | '!' | '\'' | ' ' | '(' | ')' | '[' | ']' | '/' => 0.4,
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
        let characters: Vec<char> = text.chars().collect();
        let mut kept = characters.len();
        while kept > 0 {
            kept -= 1;
            let tail = kept / 2;
            let parts = characters[..kept - tail].iter().chain(['…'].iter()).chain(&characters[characters.len() - tail..]);
            let shorter: String = parts.collect();
            if self.width(&shorter) <= width {
                return shorter;
            }
        }
        "…".to_string()
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
    fn what_turns_or_hides_text_becomes_visible() {
        assert_eq!(clean("a\u{202e}b\nc\u{0}d\u{feff}"), "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}");
        assert_eq!(xml("</svg><script>\"'&"), "&lt;/svg&gt;&lt;script&gt;&quot;&#39;&amp;");
    }
}
