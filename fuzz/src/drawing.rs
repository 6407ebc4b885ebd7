//! Pictures: what each format takes, and what none may hold.

use roxmltree::Document;

const ELEMENTS: [&str; 8] = ["svg", "title", "style", "rect", "text", "g", "circle", "path"];
const PAGE: [&str; 26] = [
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "div", "fieldset", "legend", "input", "label",
    "table", "thead", "tbody", "tr", "th", "td", "code", "br", "svg", "rect", "text",
];

/// SVG: well-formed XML of shapes and text, without scripts, links and handlers.
pub fn svg(text: &str) {
    let document = Document::parse(text).unwrap_or_else(|error| panic!("SVG: {error} in\n{text}"));
    for element in document.descendants().filter(roxmltree::Node::is_element) {
        let name = element.tag_name().name();
        assert!(ELEMENTS.contains(&name), "<{name}> in\n{text}");
        for attribute in element.attributes() {
            attribute_is_inert(attribute.name(), text);
        }
    }
}

fn attribute_is_inert(name: &str, text: &str) {
    let acts = name.starts_with("on") || matches!(name, "href" | "src" | "style" | "action" | "formaction" | "srcdoc");
    assert!(!acts, "the attribute {name} in\n{text}");
}

/// HTML: every `<` begins a tag of the page's own, and no tag or attribute loads or runs anything.
pub fn html(text: &str) {
    let text = text.strip_prefix("<!DOCTYPE html>").unwrap_or_else(|| panic!("no doctype in\n{text}"));
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, behind) = after.split_once('>').unwrap_or_else(|| panic!("a tag stays open in\n{text}"));
        let tag = tag.trim_start_matches('/').trim_end_matches('/');
        let name = tag.split_ascii_whitespace().next().unwrap_or_default();
        assert!(PAGE.contains(&name) || ELEMENTS.contains(&name), "<{name}> in\n{text}");
        // Outside of the quotes around their values stand the names of attributes.
        for names in tag[name.len()..].split('"').step_by(2) {
            for name in names.split([' ', '=', '\n']).filter(|name| !name.is_empty()) {
                attribute_is_inert(&name.to_ascii_lowercase(), text);
            }
        }
        rest = behind;
    }
}

/// Takes the quoted strings out of a line; `escaped` says whether a backslash keeps a quote from ending one.
fn unquoted(line: &str, escaped: bool) -> (String, Vec<String>) {
    let (mut outside, mut strings) = (String::new(), Vec::new());
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        if c != '"' {
            outside.push(c);
            continue;
        }
        let mut string = String::new();
        loop {
            match characters.next() {
                Some('"') => break,
                Some('\\') if escaped => {
                    string.push('\\');
                    string.extend(characters.next());
                }
                Some(c) => string.push(c),
                None => panic!("a quote stays open: {line:?}"),
            }
        }
        strings.push(string);
    }
    (outside, strings)
}

/// DOT (the grammar of Graphviz's manual): one statement a line, strings closed, braces in pairs.
pub fn dot(text: &str) {
    let mut depth = 0_i32;
    for line in text.lines() {
        let (outside, _) = unquoted(line, true);
        let plain = |c: char| c.is_ascii_alphanumeric() || " _=,.->[]{}".contains(c);
        assert!(outside.chars().all(plain), "DOT: {line:?}");
        depth += outside.chars().map(|c| i32::from(c == '{') - i32::from(c == '}')).sum::<i32>();
    }
    assert_eq!(depth, 0, "DOT: braces in\n{text}");
}

/// Mermaid: one statement a line, and in labels nothing but text, `<br>` and entity codes. GitHub draws
/// no more than 50,000 characters.
pub fn mermaid(text: &str) {
    assert!(text.starts_with("flowchart LR\n") && text.chars().count() <= 50_000, "{}", text.chars().count());
    let mut depth = 0_i32;
    for line in text.lines() {
        let (outside, labels) = unquoted(line, false);
        let plain = |c: char| c.is_ascii_alphanumeric() || " -=.>|[](),:#".contains(c);
        assert!(outside.chars().all(plain), "Mermaid: {line:?}");
        for label in labels {
            assert!(
                !label.replace("<br>", "").contains(['<', '>', '&', '`', '$', '\\', '[', ']', '{', '}', '(', ')']),
                "{line:?}"
            );
            assert!(!label.contains("%%") && !label.contains("fa:fa-"), "Mermaid: {line:?}");
        }
        let statement = outside.trim();
        depth += i32::from(statement.starts_with("subgraph ")) - i32::from(statement == "end");
    }
    assert_eq!(depth, 0, "Mermaid: a subgraph stays open in\n{text}");
}
