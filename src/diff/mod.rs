//! What changes between two sets of manifests: objects rather than lines, and what it means.
//!
//! [`compare`] is pure; [`text`], [`markdown`] and [`json`] write what it found. Order is no
//! difference where Kubernetes makes none of it, and no value of a Secret leaves [`compare`].

mod change;
mod effect;
mod fields;
pub mod json;
mod keys;
mod lines;
mod list;
pub mod markdown;
mod meaning;
mod noise;
mod path;
mod pool_change;
mod pool_words;
mod safe;
mod secret;
mod shape;
pub mod text;

pub use change::{Change, Edit, HiddenEdit};
pub use effect::{Effect, Meaning};
pub use path::{Path, Step};

use crate::rendered::{Inventory, Key, Object};
use indexmap::IndexMap;
use serde_yaml::Value;
use std::collections::HashMap;

/// What stands in the place of a value that nobody may see.
pub const HIDDEN: &str = "(value hidden)";

/// Everything that changes.
#[derive(Debug)]
pub struct Diff {
    /// What is compared with what, in words: a path, or a path at a git ref.
    pub sides: Sides,
    /// What else a reader has to know.
    pub notes: Vec<String>,
    /// What it means for the Services that are or were intercepted.
    pub meanings: Vec<Meaning>,
    /// The objects that change, by namespace, name and kind.
    pub objects: Vec<ObjectChange>,
    /// How many objects are the same on both sides.
    pub same: usize,
}

/// The names of the two sides.
#[derive(Debug, Clone)]
pub struct Sides {
    /// What is there now.
    pub before: String,
    /// What is to come.
    pub after: String,
}

/// One object that is not the same on both sides.
#[derive(Debug)]
pub struct ObjectChange {
    /// What it is called.
    pub key: Key,
    /// Its `apiVersion`; after the change where it exists then.
    pub api_version: String,
    /// What becomes of it.
    pub what: What,
}

/// What becomes of an object.
#[derive(Debug)]
pub enum What {
    /// It is new. Values of Secrets are hidden.
    Added(Value),
    /// It goes. Values of Secrets are hidden.
    Removed(Value),
    /// Some fields change.
    Changed(Vec<Change>),
}

impl Diff {
    /// Whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// How many objects are new, go, and change.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        self.objects.iter().fold((0, 0, 0), |(added, removed, changed), object| match object.what {
            What::Added(_) => (added + 1, removed, changed),
            What::Removed(_) => (added, removed + 1, changed),
            What::Changed(_) => (added, removed, changed + 1),
        })
    }

    /// `8 objects added, 1 changed, 28 unchanged`.
    #[must_use]
    pub fn summary(&self) -> String {
        let (added, removed, changed) = self.counts();
        let counts = [(added, "added"), (removed, "removed"), (changed, "changed"), (self.same, "unchanged")];
        let named: Vec<_> = counts.into_iter().filter(|(count, _)| *count > 0).collect();
        let objects = |count| if count == 1 { " object" } else { " objects" };
        let parts = named.iter().enumerate();
        let parts = parts.map(|(at, (count, word))| format!("{count}{} {word}", if at == 0 { objects(*count) } else { "" }));
        if named.is_empty() { "no objects".into() } else { parts.collect::<Vec<_>>().join(", ") }
    }
}

/// Compares what is there with what is to come.
#[must_use]
pub fn compare(before: &Inventory, after: &Inventory, sides: Sides, notes: Vec<String>) -> Diff {
    let mut same = 0;
    let mut objects = Vec::new();
    for (key, (before, after)) in pairs(before, after) {
        let repeated = before.len().max(after.len());
        for at in 0..repeated {
            match object_change(key, before.get(at).copied(), after.get(at).copied()) {
                Some(change) => objects.push(change),
                None => same += 1,
            }
        }
    }
    objects.sort_by(|a, b| place(&a.key).cmp(&place(&b.key)));
    let meanings = meaning::of(before, after, &objects);
    Diff { sides, notes, meanings, objects, same }
}

fn place(key: &Key) -> (&str, &str, &str, &str) {
    (&key.namespace, &key.name, &key.kind, &key.group)
}

type Occurrences<'i> = (Vec<&'i Object>, Vec<&'i Object>);

/// The objects of both sides by their key. Several of one key are compared one after the other.
fn pairs<'i>(before: &'i Inventory, after: &'i Inventory) -> IndexMap<&'i Key, Occurrences<'i>> {
    let mut pairs: IndexMap<&Key, Occurrences<'_>> = IndexMap::new();
    for object in before.objects() {
        pairs.entry(&object.key).or_default().0.push(object);
    }
    for object in after.objects() {
        pairs.entry(&object.key).or_default().1.push(object);
    }
    pairs
}

fn object_change(key: &Key, before: Option<&Object>, after: Option<&Object>) -> Option<ObjectChange> {
    let what = match (before, after) {
        (None, None) => return None,
        (None, Some(after)) => What::Added(secret::redacted(&noise::without(&after.value))),
        (Some(before), None) => What::Removed(secret::redacted(&noise::without(&before.value))),
        (Some(before), Some(after)) if before.value == after.value => return None,
        (Some(before), Some(after)) => {
            let changes = fields::changes(key, &noise::without(&before.value), &noise::without(&after.value));
            if changes.is_empty() {
                return None;
            }
            What::Changed(changes)
        }
    };
    let api_version = after.or(before).map_or_else(String::new, |object| object.api_version.clone());
    Some(ObjectChange { key: key.clone(), api_version, what })
}

/// The fields that change, of each object that is there before and after.
fn changed_fields(objects: &[ObjectChange]) -> HashMap<&Key, &[Change]> {
    let changed = objects.iter().filter_map(|object| match &object.what {
        What::Changed(changes) => Some((&object.key, changes.as_slice())),
        _ => None,
    });
    changed.collect()
}
