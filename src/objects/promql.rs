//! What a text of PromQL says about labels, as far as a look at its characters tells.

use crate::krm::beginning;

/// Most bytes of a value: without a bound, quotes that nobody closes would be looked for again and again.
const LONGEST: usize = 4096;

/// A label matcher within braces: `destination_workload="cart"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matcher<'t> {
    /// The label.
    pub label: &'t str,
    /// `=`, `!=`, `=~` or `!~`.
    pub operator: &'t str,
    /// The value, without its quotes.
    pub value: &'t str,
}

/// The matchers within one pair of braces.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Selector<'t> {
    /// Its matchers, in their order.
    pub matchers: Vec<Matcher<'t>>,
    /// The line on which it begins, from 0.
    pub line: usize,
}

/// What a text holds.
#[derive(Debug, Default)]
pub struct Query<'t> {
    /// Everything within braces.
    pub selectors: Vec<Selector<'t>>,
    /// Labels outside of braces that begin with `source_`, each with its line: `by (source_workload)`.
    pub grouped: Vec<(&'t str, usize)>,
}

/// Reads a text; what is no PromQL in it, such as the rest of a dashboard, comes to nothing.
pub fn read(text: &str) -> Query<'_> {
    let (mut query, mut open, mut line) = (Query::default(), None::<Selector<'_>>, 0);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        if word == 0 {
            match first {
                '{' => open = Some(Selector { matchers: Vec::new(), line }),
                '}' => query.selectors.extend(open.take().filter(|selector| !selector.matchers.is_empty())),
                '\n' => line += 1,
                _ => {}
            }
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (label, after) = rest.split_at(word);
        rest = after;
        match &mut open {
            Some(selector) => {
                if let Some((operator, value, after)) = matched(after) {
                    selector.matchers.push(Matcher { label, operator, value });
                    line += value.matches('\n').count();
                    rest = after;
                }
            }
            None if label.starts_with("source_") => query.grouped.push((label, line)),
            None => {}
        }
    }
    query
}

/// Operator and value behind a label, and what follows. Quotes may be escaped, as within JSON.
fn matched(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.trim_start_matches(' ');
    let operator = ["=~", "!~", "!=", "="].into_iter().find(|operator| text.starts_with(operator))?;
    let text = text[operator.len()..].trim_start_matches(' ');
    let escapes = text.len() - text.trim_start_matches('\\').len();
    let quote = text[escapes..].chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'))?;
    let (closing, value) = (&text[..=escapes], &text[escapes + quote.len_utf8()..]);
    let end = beginning(value, LONGEST).find(closing)?;
    Some((operator, &value[..end], &value[end + closing.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_are_found_with_plain_and_with_escaped_quotes() {
        let query =
            read("sum by (source_workload) (\n  rate(a{b=\"x,}\", c =~ 'y|z'}[1m]))\n{\"expr\": \"d{e!=\\\"f\\\"}\"} g{} h{i=\"");
        let matcher = |label, operator, value| Matcher { label, operator, value };
        assert_eq!(query.grouped, [("source_workload", 0)]);
        assert_eq!(
            query.selectors,
            [
                Selector { matchers: vec![matcher("b", "=", "x,}"), matcher("c", "=~", "y|z")], line: 1 },
                Selector { matchers: vec![matcher("e", "!=", "f")], line: 2 },
            ]
        );
    }

    #[test]
    fn any_text_is_read_to_its_end() {
        for text in ["", "{", "}", "{a", "{a=", "{a=\\", "{a=\\\\\"b\\\\\"}", "ä{ö=\"ü\"}", "{{a=\"b\"}}", "source_"] {
            read(text);
        }
        assert_eq!(read("{a=\\\\\"b\\\\\"}").selectors[0].matchers[0].value, "b");
    }
}
