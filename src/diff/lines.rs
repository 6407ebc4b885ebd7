//! A change as lines with a mark each: what [`super::text`] and [`super::markdown`] have in common.

use super::path::{Path, Step};
use super::safe::visible;
use super::{Change, Edit, HIDDEN, HiddenEdit, ObjectChange, What};
use crate::krm::to_yaml;
use crate::sequence::align;
use serde_yaml::Value;
use similar::{ChangeTag, group_diff_ops};

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It comes.
    Added,
    /// It goes.
    Removed,
    /// It says what the lines under it are about.
    Changed,
    /// It is there before and after.
    Same,
    /// It says where in a text the lines under it stand.
    Hunk,
}

impl Mark {
    /// As in a unified diff.
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Mark::Added => '+',
            Mark::Removed => '-',
            Mark::Changed => '~',
            Mark::Same | Mark::Hunk => ' ',
        }
    }
}

/// One line. Nothing in its text acts on a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub mark: Mark,
    /// What it says.
    pub text: String,
}

/// Everything that changes about an object.
#[must_use]
pub fn of(object: &ObjectChange) -> Vec<Line> {
    let mut lines = Vec::new();
    match &object.what {
        What::Added(value) => block(Mark::Added, &to_yaml(value, 0), &mut lines),
        What::Removed(value) => block(Mark::Removed, &to_yaml(value, 0), &mut lines),
        What::Changed(changes) => changes.iter().for_each(|change| of_change(change, &mut lines)),
    }
    lines
}

fn block(mark: Mark, text: &str, lines: &mut Vec<Line>) {
    lines.extend(text.split_terminator('\n').map(|line| Line { mark, text: visible(line) }));
}

fn of_change(change: &Change, lines: &mut Vec<Line>) {
    let path = &change.path;
    match &change.edit {
        Edit::Added(value) => at_path(Mark::Added, path, value, lines),
        Edit::Removed(value) => at_path(Mark::Removed, path, value, lines),
        Edit::Replaced { before: Value::String(before), after: Value::String(after) }
            if before.contains('\n') || after.contains('\n') =>
        {
            lines.push(Line { mark: Mark::Changed, text: format!("{path}:") });
            hunks(before, after, lines);
        }
        Edit::Replaced { before, after } => {
            at_path(Mark::Removed, path, before, lines);
            at_path(Mark::Added, path, after, lines);
        }
        Edit::Reordered { before, after } => {
            lines.push(Line { mark: Mark::Changed, text: format!("{path}: in another order") });
            lines.push(Line { mark: Mark::Removed, text: format!("  {}", in_order(before)) });
            lines.push(Line { mark: Mark::Added, text: format!("  {}", in_order(after)) });
        }
        Edit::Hidden(HiddenEdit::Added) => lines.push(Line { mark: Mark::Added, text: format!("{path}: {HIDDEN}") }),
        Edit::Hidden(HiddenEdit::Removed) => lines.push(Line { mark: Mark::Removed, text: format!("{path}: {HIDDEN}") }),
        Edit::Hidden(HiddenEdit::Changed) => lines.push(Line { mark: Mark::Changed, text: format!("{path}: changed {HIDDEN}") }),
    }
}

fn in_order(steps: &[Step]) -> String {
    steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn at_path(mark: Mark, path: &Path, value: &Value, lines: &mut Vec<Line>) {
    let yaml = to_yaml(value, 2);
    let nested = match value {
        Value::Mapping(mapping) => !mapping.is_empty(),
        Value::Sequence(items) => !items.is_empty(),
        _ => false,
    };
    if nested {
        block(mark, &format!("{path}:\n  {yaml}"), lines);
    } else {
        block(mark, &format!("{path}: {yaml}"), lines);
    }
}

/// The lines of a text that change, with three lines around them.
fn hunks(before: &str, after: &str, lines: &mut Vec<Line>) {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    for group in group_diff_ops(align(&old, &new), 3) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let (from, to) = (first.old_range().start..last.old_range().end, first.new_range().start..last.new_range().end);
        let range = |range: &std::ops::Range<usize>| format!("{},{}", range.start + usize::from(!range.is_empty()), range.len());
        lines.push(Line { mark: Mark::Hunk, text: format!("@@ -{} +{} @@", range(&from), range(&to)) });
        for change in group.iter().flat_map(|operation| operation.iter_changes(&old, &new)) {
            let mark = match change.tag() {
                ChangeTag::Delete => Mark::Removed,
                ChangeTag::Insert => Mark::Added,
                ChangeTag::Equal => Mark::Same,
            };
            let line = change.value();
            match line.strip_suffix('\n') {
                Some(line) => lines.push(Line { mark, text: visible(line) }),
                None => lines.push(Line { mark, text: format!("{} (no line break at the end)", visible(line)) }),
            }
        }
    }
}
