//! The comment on a pull request, read as GitHub reads it: nothing of what a pull request says is a link,
//! an image, a mention or HTML.

use super::hostile::{MARKUP, Scene, scenes};
use crate::shell::bash;
use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, parse_document};
use std::fs;

/// The HTML that comments are made of.
const OWN: [&str; 6] = ["<details>", "<summary>", "<code>", "</code>", "</summary>", "</details>"];

/// What GitHub makes of plain text: mentions, numbers of issues, addresses.
const ACTING: [&str; 7] = ["@octocat", "@evil", "#1", "GH-1", "://", "www.", "a@evil.example"];

fn options() -> Options<'static> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    (extension.table, extension.autolink, extension.strikethrough, extension.tasklist) = (true, true, true, true);
    (extension.footnotes, extension.alerts, extension.math_dollars) = (true, true, true);
    options
}

/// Every node of a comment that acts.
fn acting(markdown: &str) -> Vec<String> {
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &options());
    root.descendants().filter_map(|node| acts(node)).collect()
}

fn acts<'a>(node: &'a AstNode<'a>) -> Option<String> {
    let data = node.data.borrow();
    let value = &data.value;
    match value {
        NodeValue::Text(text) => ACTING.iter().any(|acting| text.contains(acting)).then(|| format!("{value:?}")),
        // The line of a folded object; a marker by which CI finds its comment.
        NodeValue::HtmlBlock(block) => {
            let mut rest = block.literal.trim().to_string();
            for own in OWN {
                rest = rest.replace(own, "");
            }
            let is_marker = rest.starts_with("<!-- proxy-service diff") && rest.find("-->") == Some(rest.len() - 3);
            (!is_marker && rest.contains(['<', '>', '@', '&'])).then(|| format!("{value:?}"))
        }
        NodeValue::HtmlInline(html) => (html != "<br>").then(|| format!("{value:?}")),
        NodeValue::Document
        | NodeValue::Paragraph
        | NodeValue::Heading(_)
        | NodeValue::BlockQuote
        | NodeValue::Code(_)
        | NodeValue::CodeBlock(_)
        | NodeValue::Table(_)
        | NodeValue::TableRow(_)
        | NodeValue::TableCell
        | NodeValue::SoftBreak => None,
        _ => Some(format!("{value:?}")),
    }
}

#[test]
fn nothing_in_a_comment_is_more_than_text() {
    let folder = tempfile::tempdir().unwrap();
    for text in MARKUP {
        for Scene { name, before, after } in scenes(&[text.to_string()]) {
            fs::write(folder.path().join("before.yaml"), before).unwrap();
            fs::write(folder.path().join("after.yaml"), after).unwrap();
            let title = text.replace('\'', r"'\''");
            let line = format!("$P diff before.yaml after.yaml --format markdown --graph --title '{title}'");
            let output = bash(folder.path(), &line);
            // As functions/ci have it: a comment, or why there is none, as a block of code.
            let comment = match output.status.code() {
                Some(0 | 1) => String::from_utf8(output.stdout).unwrap(),
                _ => {
                    let said = String::from_utf8(output.stderr).unwrap();
                    format!(
                        "### a\n\nCould not be compared:\n\n{}",
                        said.lines().map(|line| format!("    {line}\n")).collect::<String>()
                    )
                }
            };
            let acting = acting(&comment);
            assert!(acting.is_empty(), "{text:?} in {name}: {acting:#?}\n{comment}");
        }
    }
}

/// The test above is worth something: each of these texts acts where nothing is done about it.
#[test]
fn the_texts_act_as_they_stand() {
    for text in MARKUP {
        // In a paragraph, or in a block of code that it ends.
        let acts = |comment: String| !acting(&comment).is_empty();
        assert!(acts(format!("a {text}\n")) || acts(format!("```\n{text}\n```\n")), "{text:?}");
    }
}
