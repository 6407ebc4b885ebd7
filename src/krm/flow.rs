//! The entries of a flow-style mapping on one line, where they are plain enough to be certain.

use super::block::quoted_length;

/// The keys of the mapping and the text of their values. `None` where a parser has to tell: other
/// keys than letters and digits, quotes or a `: ` in the midst of a scalar, a comment, anything
/// unusual at all.
pub fn entries(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut rest = text.strip_prefix('{')?;
    let mut entries = Vec::new();
    loop {
        rest = rest.trim_start_matches(' ');
        if let Some(after) = rest.strip_prefix('}') {
            return after.is_empty().then_some(entries);
        }
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).filter(|end| *end > 0)?;
        let (key, after) = rest.split_at(end);
        let value = after.strip_prefix(": ")?.trim_start_matches(' ');
        let length = value_length(value)?;
        entries.push((key, value[..length].trim_end_matches(' ')));
        rest = &value[length..];
        match rest.as_bytes().first()? {
            b',' => rest = &rest[1..],
            b'}' => {}
            _ => return None,
        }
    }
}

/// The length of a value: to the comma or brace that ends it.
fn value_length(value: &str) -> Option<usize> {
    let bytes = value.as_bytes();
    let (mut at, mut depth) = (0_usize, 0_usize);
    // Whether a new scalar may begin here.
    let mut fresh = true;
    while at < bytes.len() {
        match bytes[at] {
            b',' | b'}' | b']' if depth == 0 => return (at > 0).then_some(at),
            b'"' | b'\'' if fresh => {
                at += quoted_length(&value[at..])?;
                let after = value[at..].trim_start_matches(' ');
                // Between a quoted scalar and what ends it there is nothing else; a colon would
                // make it a key.
                let ended = after.starts_with([',', '}', ']']) || (depth > 0 && after.starts_with(": "));
                if !ended {
                    return None;
                }
                fresh = false;
                continue;
            }
            b'"' | b'\'' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`' | b'?' | b'\t' => return None,
            b'{' | b'[' if fresh => depth += 1,
            b'{' | b'[' => return None,
            b'}' | b']' => {
                depth -= 1;
                fresh = false;
                at += 1;
                continue;
            }
            b':' if depth == 0 && matches!(bytes.get(at + 1), None | Some(b' ' | b',' | b'}' | b']')) => return None,
            _ => {}
        }
        fresh = matches!(bytes[at], b'{' | b'[' | b',')
            || (fresh && bytes[at] == b' ')
            || (bytes[at] == b':' && bytes.get(at + 1) == Some(&b' '));
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_where_they_are_certain() {
        assert_eq!(entries("{name: a, namespace: b}"), Some(vec![("name", "a"), ("namespace", "b")]));
        assert_eq!(
            entries("{ name: \"a\" , labels: {x/y: \"a, b\", z: [c, 'd''e']}, }"),
            Some(vec![("name", "\"a\""), ("labels", "{x/y: \"a, b\", z: [c, 'd''e']}")])
        );
        for unsure in [
            "{name}",
            "{name: a: b}",
            "{\"name\": a}",
            "{name: &a b}",
            "{name: a} # c",
            "{name: it's, b: 'c'}",
            "{<<: a}",
            "{name: a",
        ] {
            assert_eq!(entries(unsure), None, "{unsure}");
        }
    }
}
