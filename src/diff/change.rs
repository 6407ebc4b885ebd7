//! A difference between two versions of an object, and where the comparison stands.

use super::path::{Path, Step};
use super::secret::{Sight, redacted_at};
use super::shape::{List, Shape};
use crate::krm::to_yaml;
use serde_yaml::Value;

/// One field or item that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Where.
    pub path: Path,
    /// How.
    pub edit: Edit,
}

/// How a field or an item differs.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// It is new.
    Added(Value),
    /// It goes.
    Removed(Value),
    /// It has another value.
    Replaced {
        /// The value now.
        before: Value,
        /// The value to come.
        after: Value,
    },
    /// The items of a list whose order counts, by their keys.
    Reordered {
        /// The order now, as it would be with items that go and come, but none moved.
        before: Vec<Step>,
        /// The order to come.
        after: Vec<Step>,
    },
    /// A value that nobody may see.
    Hidden(HiddenEdit),
}

/// What becomes of a value that nobody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum HiddenEdit {
    Added,
    Removed,
    Changed,
}

/// Where the comparison stands.
#[derive(Debug, Clone)]
pub struct Place {
    /// The way down.
    pub path: Path,
    /// What is known about what stands here, or about the items of the list.
    pub shape: Shape,
    /// How the items are told apart.
    pub list: Option<List>,
    /// What may be seen.
    pub sight: Sight,
}

impl Place {
    /// A field of the mapping that stands here.
    pub fn field(&self, sight: Sight, key: &Value) -> Place {
        let name = key.as_str().map_or_else(|| to_yaml(key, 0).trim_end().to_string(), str::to_string);
        let (shape, list) = self.shape.field(&name);
        Place { sight: sight.field(&name), path: self.path.then(Step::Field(name)), shape, list }
    }

    /// An item of the list that stands here.
    pub fn item(&self, step: Step) -> Place {
        Place { path: self.path.then(step), list: None, ..*self }
    }

    /// Notes an edit of the whole value.
    pub fn note(&self, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Change>) {
        let hidden = before.is_some_and(|value| self.sight.hides(value)) || after.is_some_and(|value| self.sight.hides(value));
        let shown = |value| redacted_at(value, self.sight);
        let edit = match (before, after) {
            (None, None) => return,
            (None, Some(_)) if hidden => Edit::Hidden(HiddenEdit::Added),
            (Some(_), None) if hidden => Edit::Hidden(HiddenEdit::Removed),
            (Some(_), Some(_)) if hidden => Edit::Hidden(HiddenEdit::Changed),
            (None, Some(after)) => Edit::Added(shown(after)),
            (Some(before), None) => Edit::Removed(shown(before)),
            (Some(before), Some(after)) => Edit::Replaced { before: shown(before), after: shown(after) },
        };
        found.push(Change { path: self.path.clone(), edit });
    }
}
