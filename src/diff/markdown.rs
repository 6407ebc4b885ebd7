//! The difference as a comment on a pull request.
//!
//! What it shows was written by whoever opened the pull request. Names stand in code spans and have
//! only characters that names have ([`super::safe::name`]); everything else stands in fences that are
//! longer than any row of backticks in them.

use super::lines::{Line, Mark};
use super::{Diff, ObjectChange, What, lines, safe};
use std::fmt::Write;

/// Most bytes of a comment. GitHub takes 65,536 characters, and a bot may want to add some.
pub const LIMIT: usize = 60_000;

/// Most bytes of the table, so that some objects are shown in any case.
const TABLE_LIMIT: usize = 20_000;

/// What is kept for the line about what is left out.
const ROOM_FOR_THE_END: usize = 300;

/// A marker for CI to find its comment again, a table with what it means, then each object folded,
/// the biggest change last. What would not fit is left out as whole objects.
///
/// `title` tells several comments apart; `picture` is a Mermaid graph.
#[must_use]
pub fn write(diff: &Diff, title: Option<&str>, picture: Option<&str>) -> String {
    let mut out = head(diff, title);
    table(diff, &mut out);
    writeln!(out, "{}: `{}` → `{}`", diff.summary(), safe::name(&diff.sides.before), safe::name(&diff.sides.after))
        .expect("a String takes all");
    if let Some(picture) = picture {
        let block = format!("\n{}\n", fenced("mermaid", picture.trim_end()));
        let fits = out.len() + block.len() + ROOM_FOR_THE_END <= LIMIT;
        out.push_str(if fits { &block } else { "\nThe picture is too big for a comment.\n" });
    }
    details(diff, &mut out);
    out
}

fn head(diff: &Diff, title: Option<&str>) -> String {
    let mut out = String::from("<!-- proxy-service diff");
    if let Some(title) = title {
        write!(out, ": {}", safe::name(title).replace("--", "-%2D")).expect("a String takes all");
    }
    out.push_str(" -->\n### ");
    out.push_str(&title.map_or_else(|| "What would change".into(), plain));
    out.push_str("\n\n");
    if diff.is_empty() {
        out.push_str("Nothing would change.\n\n");
    }
    for note in &diff.notes {
        writeln!(out, "> {}\n", plain(note)).expect("a String takes all");
    }
    out
}

/// Text in which nothing is markup, a link or a mention.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for (at, character) in safe::visible(&text.replace('\t', " ")).chars().enumerate() {
        match character {
            // `GH-1` is an issue too.
            '-' if out.to_ascii_lowercase().ends_with("gh") => out.push_str("&#45;&#8288;"),
            // No markup but at the beginning of a line.
            '-' | ',' | '(' | ')' | '/' | '=' | '\'' if at > 0 => out.push(character),
            // A word joiner, which nobody sees, where a mention, a number or an address would begin.
            '.' if ends_with_www(&out) => out.push_str("&#8288;&#46;"),
            '@' | '#' | ':' => write!(out, "&#{};&#8288;", u32::from(character)).expect("a String takes all"),
            c if c.is_ascii_punctuation() => write!(out, "&#{};", u32::from(c)).expect("a String takes all"),
            c => out.push(c),
        }
    }
    out
}

fn ends_with_www(text: &str) -> bool {
    text.as_bytes().last_chunk::<3>().is_some_and(|last| last.eq_ignore_ascii_case(b"www"))
}

fn table(diff: &Diff, out: &mut String) {
    if diff.meanings.is_empty() {
        if !diff.is_empty() {
            out.push_str("No interception changes.\n\n");
        }
        return;
    }
    out.push_str("| Service | what it means |\n|---|---|\n");
    let start = out.len();
    for (at, meaning) in diff.meanings.iter().enumerate() {
        let row = format!("| `{}` | {} |\n", safe::name(&meaning.service()), meaning.sentences.join("<br>"));
        if out.len() - start + row.len() > TABLE_LIMIT {
            let left = diff.meanings.len() - at;
            writeln!(out, "| … | and {left} more |").expect("a String takes all");
            break;
        }
        out.push_str(&row);
    }
    out.push('\n');
}

/// The objects, the smallest change first, as many as fit.
fn details(diff: &Diff, out: &mut String) {
    let mut blocks: Vec<String> = diff.objects.iter().map(of_object).collect();
    blocks.sort_by_key(String::len);
    let total = blocks.len();
    let mut shown = 0;
    let all_fit = out.len() + blocks.iter().map(String::len).sum::<usize>() <= LIMIT;
    for block in &blocks {
        if !all_fit && out.len() + block.len() + ROOM_FOR_THE_END > LIMIT {
            break;
        }
        out.push_str(block);
        shown += 1;
    }
    if shown < total {
        let left = total - shown;
        writeln!(
            out,
            "\n{left} of {total} changed objects, the biggest changes, do not fit into a comment and are left out. \
             `proxy-service diff` without `--format markdown` shows all."
        )
        .expect("a String takes all");
    }
}

fn of_object(object: &ObjectChange) -> String {
    let word = match &object.what {
        What::Added(_) => "added".to_string(),
        What::Removed(_) => "removed".to_string(),
        What::Changed(changes) if changes.len() == 1 => "1 change".to_string(),
        What::Changed(changes) => format!("{} changes", changes.len()),
    };
    let name = safe::name(&object.key.to_string());
    let content: Vec<String> = lines::of(object).iter().map(in_fence).collect();
    let fence = fenced("diff", &content.join("\n"));
    format!("\n<details><summary><code>{name}</code> {word}</summary>\n\n{fence}\n\n</details>\n")
}

/// A line as GitHub colours it in a block of `diff`.
fn in_fence(line: &Line) -> String {
    match line.mark {
        Mark::Hunk => line.text.clone(),
        Mark::Changed => format!("! {}", line.text),
        mark => format!("{} {}", mark.sign(), line.text),
    }
}

/// A block of code that its content cannot end.
fn fenced(language: &str, content: &str) -> String {
    let longest = content.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{content}\n{fence}")
}
