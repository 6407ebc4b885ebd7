//! The difference for a terminal.

use super::lines::Mark;
use super::safe::visible;
use super::{Diff, ObjectChange, What, lines};
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

/// What it means first, then every object, then the count.
#[must_use]
pub fn write(diff: &Diff, colored: bool) -> String {
    let mut out = String::new();
    for note in &diff.notes {
        writeln!(out, "note: {}", visible(note)).expect("a String takes all");
    }
    for meaning in &diff.meanings {
        writeln!(out, "{}", visible(&meaning.to_string().replace('`', ""))).expect("a String takes all");
    }
    if !out.is_empty() {
        out.push('\n');
    }
    for object in &diff.objects {
        let mark = mark_of(object);
        paint(&mut out, colored, Some(style(mark).bold()), &format!("{} {}", mark.sign(), visible(&object.key.to_string())));
        for line in lines::of(object) {
            let text = format!("    {} {}", line.mark.sign(), line.text);
            paint(&mut out, colored, Some(style(line.mark)).filter(|_| line.mark != Mark::Same), &text);
        }
        out.push('\n');
    }
    if diff.is_empty() {
        out.push_str("no difference: ");
    }
    writeln!(out, "{}", diff.summary()).expect("a String takes all");
    out
}

fn mark_of(object: &ObjectChange) -> Mark {
    match object.what {
        What::Added(_) => Mark::Added,
        What::Removed(_) => Mark::Removed,
        What::Changed(_) => Mark::Changed,
    }
}

fn style(mark: Mark) -> Style {
    let color = match mark {
        Mark::Added => AnsiColor::Green,
        Mark::Removed => AnsiColor::Red,
        Mark::Changed => AnsiColor::Yellow,
        Mark::Same | Mark::Hunk => AnsiColor::Cyan,
    };
    color.on_default()
}

fn paint(out: &mut String, colored: bool, style: Option<Style>, text: &str) {
    match style.filter(|_| colored) {
        Some(style) => writeln!(out, "{style}{text}{style:#}"),
        None => writeln!(out, "{text}"),
    }
    .expect("a String takes all");
}
