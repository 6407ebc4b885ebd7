//! The comment on GitHub: what a hostile pull request can do to it, and how long it gets.

use crate::golden::cases;
use crate::program::{diff, stdout};
use comrak::{Options, markdown_to_html};
use std::fs;

/// As GitHub renders it, before it filters HTML: tables, autolinks, HTML as it stands.
fn rendered(markdown: &str) -> String {
    let mut options = Options::default();
    let extension = &mut options.extension;
    (extension.table, extension.autolink, extension.strikethrough, extension.tasklist) = (true, true, true, true);
    extension.footnotes = true;
    options.render.r#unsafe = true;
    markdown_to_html(markdown, &options)
}

/// The names of the elements, in their order, and what stands outside of `code`.
fn elements(html: &str) -> (Vec<String>, String) {
    let (mut names, mut outside, mut code) = (Vec::new(), String::new(), 0);
    for part in html.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        let name = tag.split([' ', '\n']).next().unwrap_or_default().to_string();
        match name.as_str() {
            "code" => code += 1,
            "/code" => code -= 1,
            _ => {}
        }
        if code == 0 {
            outside.push_str(text);
        }
        names.push(name);
    }
    (names, outside)
}

#[test]
fn nothing_of_a_hostile_pull_request_acts() {
    let known =
        ["!--", "h3", "table", "thead", "tbody", "tr", "th", "td", "p", "code", "pre", "details", "summary", "br", "blockquote"];
    let titles = [
        "plain",
        "--> <b>@octocat</b> | a | `x` #1 https://evil.example www.evil.example a@evil.example\n# b",
        "- [ ] x",
        "![a](b)",
    ];
    for case in cases() {
        for title in titles {
            let mut command = diff();
            command
                .current_dir(&case)
                .args(["before.yaml", "after.yaml", "--format", "markdown"])
                .arg(format!("--title={title}"));
            let markdown = stdout(&command.output().unwrap());
            let html = rendered(&markdown);
            let (names, outside) = elements(&html);
            for name in &names {
                assert!(known.contains(&name.trim_start_matches('/').trim_end_matches('/')), "<{name}> in {html}");
            }
            for acting in ["@octocat", "@evil", "#1", "://", "www."] {
                assert!(!outside.replace("&amp;", "&").contains(acting), "{acting} outside of code in {outside}");
            }
            let objects = markdown.matches("<details><summary><code>").count();
            let count = |name: &str| names.iter().filter(|found| *found == name).count();
            assert_eq!((count("details"), count("/details"), count("pre")), (objects, objects, objects), "{html}");
            assert_eq!(count("!--"), 1, "{html}");
        }
    }
}

#[test]
fn a_change_of_3000_objects_fits_and_says_what_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let objects = |colour: &str| {
        let object = |number: usize| {
            let text = "é".repeat(number % 50);
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{number}}}\ndata: {{colour: {colour}, text: \"{colour}{text}\"}}\n"
            )
        };
        (0..3_000).map(object).collect::<Vec<_>>().join("---\n")
    };
    let (before, after) = (folder.path().join("a.yaml"), folder.path().join("b.yaml"));
    fs::write(&before, objects("blue")).unwrap();
    fs::write(&after, objects("grey")).unwrap();
    let output = diff().args(["--format", "markdown"]).arg(&before).arg(&after).output().unwrap();
    let markdown = stdout(&output);
    assert!(markdown.len() <= 60_000 && markdown.len() > 55_000, "{}", markdown.len());
    let shown = markdown.matches("<details>").count();
    let left = format!("{} of 3000 changed objects, the biggest changes, do not fit", 3_000 - shown);
    assert!(shown > 100 && markdown.contains(&left), "{shown} shown: {}", &markdown[markdown.len() - 300..]);
    assert_eq!(markdown.matches("</details>").count(), shown);
    let sizes: Vec<usize> = markdown.split("<details>").skip(1).take(shown - 1).map(str::len).collect();
    assert!(sizes.is_sorted(), "the biggest change is last");
    // All of it is in the other formats.
    let output = diff().arg(&before).arg(&after).output().unwrap();
    assert!(stdout(&output).ends_with("3000 objects changed\n"));
}

#[test]
fn thousands_of_fronts_and_a_picture_fit_too() {
    use proxy_service::diff::{Sides, compare, markdown};
    use proxy_service::rendered::Inventory;
    let deployment = |number: usize| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: p{number}}}\nspec: {{template: {{metadata: {{labels: {{msvcbench.io/front: f{number}}}}}}}}}\n"
        )
    };
    let text = (0..2_000).map(deployment).collect::<Vec<_>>().join("---\n");
    let after = Inventory::read("b", &text).unwrap();
    let sides = || Sides { before: "a".into(), after: "b".into() };
    let diff = compare(&Inventory::default(), &after, sides(), Vec::new());
    let small = markdown::write(&diff, None, Some("graph LR\n  a --> b"));
    assert!(small.len() <= markdown::LIMIT && small.contains("```mermaid\ngraph LR\n  a --> b\n```"), "{}", small.len());
    assert!(small.contains(" more |"), "the table is cut");
    let big = markdown::write(&diff, None, Some(&"a --> b\n".repeat(10_000)));
    assert!(big.len() <= markdown::LIMIT && big.contains("The picture is too big for a comment."));
}
