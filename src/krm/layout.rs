//! Where the parts of a list object (ResourceList, List) stand in its text.

use super::blank::trimmed;
use super::{Fragment, ObjectId, parse};
use std::borrow::Cow;

/// A list object, cut into parts that can be written back as they came.
#[derive(Debug, Default)]
pub struct Layout<'a> {
    /// Everything before the first entry: comments, a document marker, the brace of flow style.
    pub head: &'a str,
    /// The entries of the top-level mapping, in their order.
    pub entries: Vec<Entry<'a>>,
    /// Everything after the last entry.
    pub tail: &'a str,
    /// Whether the top-level mapping is in flow style.
    pub flow: bool,
    /// Column of the dashes of a block-style `items`.
    pub dash: usize,
    /// The members of `items`, without those that are null.
    pub members: Vec<Member<'a>>,
}

/// One entry of the top-level mapping.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The key.
    pub key: Cow<'a, str>,
    /// In block style the entry's whole lines, in flow style its value.
    pub raw: &'a str,
    /// The value as a node of its own.
    pub value: Fragment<'a>,
}

/// One member of `items`.
#[derive(Debug)]
pub struct Member<'a> {
    /// Its text.
    pub fragment: Fragment<'a>,
    /// Its identity, where the lines told it.
    pub id: Option<ObjectId<'a>>,
}

impl<'a> Layout<'a> {
    /// The entry with this key.
    pub fn entry(&self, key: &str) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

/// Whether a plain scalar on one line, perhaps with a comment, means null.
pub(super) fn is_null(text: &str) -> bool {
    parse::is_null(trimmed(text.split(" #").next().unwrap_or_default()))
}
