//! Markdown as GitHub reads it: what in a comment could act.

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, parse_document};

/// Panics where the comment holds a link, an image, markup or a mention that the program's own frame
/// does not have, or where what is opened stays open.
pub fn inert(markdown: &str) {
    let mut options = Options::default();
    let extension = &mut options.extension;
    (extension.table, extension.autolink, extension.strikethrough, extension.tasklist) = (true, true, true, true);
    extension.footnotes = true;
    let arena = Arena::new();
    let mut depth = 0_i32;
    for node in parse_document(&arena, markdown, &options).descendants() {
        depth += node_depth(node, markdown);
    }
    assert_eq!(depth, 0, "a <details> stays open in\n{markdown}");
}

/// What a node adds to the depth of folded blocks.
fn node_depth<'a>(node: &'a AstNode<'a>, markdown: &str) -> i32 {
    match &node.data.borrow().value {
        NodeValue::Document
        | NodeValue::Paragraph
        | NodeValue::Heading(_)
        | NodeValue::BlockQuote
        | NodeValue::Table(_)
        | NodeValue::TableRow(_)
        | NodeValue::TableCell
        | NodeValue::SoftBreak
        | NodeValue::Code(_)
        | NodeValue::CodeBlock(_) => 0,
        NodeValue::Text(text) => {
            assert!(!mentions(text), "{text:?} mentions somebody or something in\n{markdown}");
            0
        }
        NodeValue::HtmlInline(html) if html == "<br>" => 0,
        NodeValue::HtmlBlock(block) => block.literal.lines().map(|line| html_depth(line, markdown)).sum(),
        other => panic!("{other:?} in\n{markdown}"),
    }
}

/// The lines of HTML that the program writes: the marker, and what folds an object.
fn html_depth(line: &str, markdown: &str) -> i32 {
    let inside = |start: &str, end: &str| line.strip_prefix(start)?.strip_suffix(end);
    if line.is_empty() {
        0
    } else if line == "</details>" {
        -1
    } else if let Some(comment) = inside("<!-- proxy-service diff", " -->") {
        assert!(!comment.contains("--") && !comment.contains('>'), "the marker ends early: {line}");
        0
    } else if let Some((name, words)) =
        inside("<details><summary><code>", "</summary>").and_then(|rest| rest.split_once("</code> "))
    {
        assert!(!name.contains(['<', '>', '&', '"']), "markup in a name: {line}");
        assert!(words.chars().all(|c| c.is_ascii_alphanumeric() || c == ' '), "{line}");
        1
    } else {
        panic!("HTML that is not the program's: {line:?} in\n{markdown}");
    }
}

/// `@name`, and `#1` as a reference to an issue.
fn mentions(text: &str) -> bool {
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let next = characters.peek();
        if (c == '@' && next.is_some_and(|next| next.is_alphanumeric())) || (c == '#' && next.is_some_and(char::is_ascii_digit)) {
            return true;
        }
    }
    false
}
