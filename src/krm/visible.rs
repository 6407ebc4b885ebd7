//! Text of an input on its way to a terminal, a log or a page: nothing in it acts.

/// Whether a character acts instead of being seen.
///
/// Control characters move cursors, end lines and begin escape sequences; format characters change
/// the writing direction of what follows ("Trojan Source", CVE-2021-42574) or hide; line and
/// paragraph separators end lines for some programs. Unicode's `Default_Ignorable_Code_Point` is part
/// of the class: GitHub's runner compares with .NET's rules for cultures, which skip such characters,
/// so `U+00AD` before `::` would not keep a command from being one.
#[must_use]
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
        // U+FFFE, U+FFFF and their like in other planes are no characters, and XML has no way to write them.
        || u32::from(c) & 0xfffe == 0xfffe
}

/// The text on one line, whatever is in it: what acts stands there as an escape (`\n`, `\u{202e}`),
/// and nothing in it is a command to the program that collects the log.
///
/// GitHub's runner takes a line for a command that begins with `::` after white space, and one that
/// has `##[` anywhere (`Runner.Common/ActionCommand.cs`); Azure's and `TeamCity`'s agents look for
/// `##vso[` and `##teamcity[`.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let command = text.len() - text.trim_start().len();
    for (at, c) in text.char_indices() {
        let escape = match c {
            ':' => at == command && text[at..].starts_with("::"),
            '#' => before == Some('#') && begins_a_command(&text[at + 1..]),
            // The selector of a picture's variant, behind that picture.
            '\u{fe00}'..='\u{fe0f}' => !before.is_some_and(is_picture),
            c => acts(c),
        };
        match c {
            c if !escape => out.push(c),
            c if c.is_ascii_punctuation() => out.extend(c.escape_unicode()),
            c => out.extend(c.escape_default()),
        }
        before = Some(c);
    }
    out
}

/// What stands behind `##`: a word or none, and a bracket.
fn begins_a_command(rest: &str) -> bool {
    rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).starts_with('[')
}

fn is_picture(c: char) -> bool {
    !c.is_ascii() && !c.is_alphanumeric() && !c.is_whitespace() && !acts(c)
}

/// What another program said, line by line as it said it: each line is [`visible`].
#[must_use]
pub fn visible_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        out.push_str(&visible(line.strip_suffix('\r').unwrap_or(line)));
        out.push_str(end);
    }
    out
}

/// A JSON text in which nothing acts: what does stands there as JSON's own escapes, so that every
/// reader of JSON sees the same value.
#[must_use]
pub fn visible_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut before = None;
    for (at, c) in json.char_indices() {
        let command = c == '#' && before == Some('#') && begins_a_command(&json[at + 1..]);
        // Between its texts JSON has line breaks, and no other character that acts.
        if command || acts(c) && c != '\n' {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
        before = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts() {
        assert_eq!(visible("a\u{1b}[31m\u{202e}b\r\n\t"), "a\\u{1b}[31m\\u{202e}b\\r\\n\\t");
        assert_eq!(visible("ü – „é“ 日本語 ❤\u{fe0f}"), "ü – „é“ 日本語 ❤\u{fe0f}");
        assert_eq!(visible("\u{fe0f}a\u{fe0f}"), "\\u{fe0f}a\\u{fe0f}");
    }

    #[test]
    fn nothing_is_a_command_to_the_program_that_collects_the_log() {
        for (text, shown) in [
            ("::error::x", "\\u{3a}:error::x"),
            (" \u{a0}::stop-commands::x", " \u{a0}\\u{3a}:stop-commands::x"),
            ("\u{ad}::error::x", "\\u{ad}::error::x"),
            ("a ##[error]b", "a #\\u{23}[error]b"),
            ("###[group]", "##\\u{23}[group]"),
            ("##vso[task.setvariable]", "#\\u{23}vso[task.setvariable]"),
            ("#\u{200b}#[error]", "#\\u{200b}#[error]"),
            ("fd00::1 ## Heading [a]", "fd00::1 ## Heading [a]"),
        ] {
            assert_eq!(visible(text), shown);
        }
        assert_eq!(visible_lines("a\r\n::b\nc\u{85}d"), "a\n\\u{3a}:b\nc\\u{85}d");
    }

    #[test]
    fn json_stays_the_same_value() {
        let value = serde_json::json!({"a\u{9b}": "##[error]x\u{2028}\u{e0041}\n\u{7f}\\u"});
        let shown = visible_json(&format!("{value:#}"));
        assert!(!shown.contains("##[") && shown.chars().all(|c| c == '\n' || !acts(c)), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }
}
