//! Finds objects of the input by what identifies them.

use crate::krm::{Item, ObjectId};
use std::collections::HashMap;

type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

/// The items of an input by group, kind, namespace and name.
#[derive(Debug)]
pub struct Index<'l, 'a> {
    items: &'l [Item<'a>],
    by_key: HashMap<Key<'l>, Vec<usize>>,
}

impl<'l, 'a> Index<'l, 'a> {
    /// Reads the items' identities; nothing is parsed.
    #[must_use]
    pub fn new(items: &'l [Item<'a>]) -> Self {
        let mut by_key: HashMap<Key<'l>, Vec<usize>> = HashMap::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            by_key.entry(key_of(item.id())).or_default().push(index);
        }
        Index { items, by_key }
    }

    /// The item with this index.
    #[must_use]
    pub fn item(&self, index: usize) -> &'l Item<'a> {
        &self.items[index]
    }

    /// Every object with this identity: none, one or, in a faulty input, several.
    #[must_use]
    pub fn find<'s>(&'s self, group: &'s str, kind: &'s str, namespace: Option<&'s str>, name: &'s str) -> &'s [usize] {
        self.by_key.get(&(group, kind, namespace_key(namespace), name)).map_or(&[], Vec::as_slice)
    }

    /// Every object of this kind, of whichever version.
    pub fn of_kind(&self, group: &'static str, kind: &'static str) -> impl Iterator<Item = (usize, &'l Item<'a>)> + use<'l, 'a> {
        self.items.iter().enumerate().filter(move |(_, item)| item.id().is(group, kind))
    }

    /// Every item of the input, with its index.
    pub fn items(&self) -> impl Iterator<Item = (usize, &'l Item<'a>)> + '_ {
        self.items.iter().enumerate()
    }

    /// Every Service of the input.
    pub fn services(&self) -> impl Iterator<Item = (usize, &'l Item<'a>)> + '_ {
        self.items.iter().enumerate().filter(|(_, item)| item.id().is("", "Service"))
    }
}

fn key_of<'i>(id: &'i ObjectId<'_>) -> Key<'i> {
    (id.group(), &id.kind, namespace_key(id.namespace.as_deref()), &id.name)
}

/// kustomize and kubectl: no namespace and `default` are the same.
pub fn namespace_key(namespace: Option<&str>) -> &str {
    namespace.unwrap_or("default")
}
