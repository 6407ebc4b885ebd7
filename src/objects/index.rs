//! Finds objects of the input by what identifies them.

use crate::krm::{Item, ObjectId};

type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

/// The items of an input by group, kind, namespace and name.
#[derive(Debug)]
pub struct Index<'l, 'a> {
    items: &'l [Item<'a>],
    /// The items' indices in the order of their hashes and keys, those of one key in their own order;
    /// a table of keys would take many times as much.
    order: Vec<usize>,
    hashes: Vec<u64>,
}

impl<'l, 'a> Index<'l, 'a> {
    /// Reads the items' identities; nothing is parsed.
    #[must_use]
    pub fn new(items: &'l [Item<'a>]) -> Self {
        let mut sorted: Vec<(u64, usize)> = items.iter().enumerate().map(|(at, item)| (hash(&key_of(item.id())), at)).collect();
        sorted.sort_unstable_by(|(one, a), (other, b)| {
            let keys = || key_of(items[*a].id()).cmp(&key_of(items[*b].id()));
            one.cmp(other).then_with(keys).then(a.cmp(b))
        });
        let (hashes, order) = sorted.into_iter().unzip();
        Index { items, order, hashes }
    }

    /// The item with this index.
    #[must_use]
    pub fn item(&self, index: usize) -> &'l Item<'a> {
        &self.items[index]
    }

    /// Every object with this identity: none, one or, in a faulty input, several.
    #[must_use]
    pub fn find(&self, group: &str, kind: &str, namespace: Option<&str>, name: &str) -> &[usize] {
        let key = (group, kind, namespace_key(namespace), name);
        let wanted = hash(&key);
        let start = self.hashes.partition_point(|hash| *hash < wanted);
        let end = start + self.hashes[start..].partition_point(|hash| *hash == wanted);
        let same = &self.order[start..end];
        let first = same.partition_point(|at| key_of(self.items[*at].id()) < key);
        let last = same.partition_point(|at| key_of(self.items[*at].id()) <= key);
        &same[first..last]
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

/// FNV-1a, 64 bits, of the kind, namespace and name. Keys of one hash are compared, so that the worst
/// input makes this slow by a logarithm, and never wrong.
fn hash((_, kind, namespace, name): &Key<'_>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in [kind, namespace, name] {
        for byte in part.as_bytes() {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        // Else `a` and `bc` were the same as `ab` and `c`.
        hash = hash.wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

/// kustomize and kubectl: no namespace and `default` are the same.
pub fn namespace_key(namespace: Option<&str>) -> &str {
    namespace.unwrap_or("default")
}
