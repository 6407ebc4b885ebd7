//! The list of changes, by item where they are about one.

use super::{Change, Claim, Object, Place};
use crate::krm::{Edits, Finding, Item, NewObject};
use indexmap::IndexMap;
use serde_yaml::Value;

/// Everything that becomes of a build. Items without a change leave as they came.
#[derive(Debug, Default)]
pub struct Changes {
    first: usize,
    of_items: IndexMap<usize, Change>,
    new: Vec<Change>,
    removed: Vec<usize>,
}

impl Changes {
    /// Interceptions of the next claims are counted from this one.
    pub fn count_from(&mut self, interception: usize) {
        self.first = interception;
    }

    /// Says what an item is to an interception.
    pub fn claim(&mut self, item: usize, claim: Claim) {
        let claim = Claim { interception: self.first + claim.interception, ..claim };
        let claims = &mut self.of(item).claims;
        if !claims.contains(&claim) {
            claims.push(claim);
        }
    }

    /// Whether an interception needs the item.
    #[must_use]
    pub fn is_claimed(&self, item: usize) -> bool {
        self.of_items.get(&item).is_some_and(|change| !change.claims.is_empty())
    }

    /// Gives an item a new value.
    pub fn rewrite(&mut self, item: usize, value: Value) {
        self.of(item).object = Object::Rewritten(value);
    }

    /// The value that an item will have, to be changed; `original` where nobody has changed it.
    pub fn value_mut(&mut self, item: usize, original: &Value) -> &mut Value {
        self.of(item).object.rewriting(original)
    }

    /// Adds an object after an item.
    pub fn add(&mut self, after: usize, object: NewObject, claim: Claim) {
        self.new.push(Change { place: Place::After(after), object: Object::New(object), claims: vec![claim] });
    }

    /// Takes an item out.
    pub fn remove(&mut self, item: usize) {
        self.removed.push(item);
    }

    /// All changes: those of items first, then new objects in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Change> {
        self.of_items.values().chain(&self.new)
    }

    /// The same, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Change> {
        self.of_items.values_mut().chain(&mut self.new)
    }

    /// The change of an item, made where there is none.
    pub fn of(&mut self, item: usize) -> &mut Change {
        self.of_items.entry(item).or_insert_with(|| Change {
            place: Place::Item(item),
            object: Object::AsItCame,
            claims: Vec::new(),
        })
    }

    /// Adds a change of an item that has none yet, or a new object.
    pub fn push(&mut self, change: Change) {
        match change.place {
            Place::Item(item) => drop(self.of_items.insert(item, change)),
            Place::After(_) => self.new.push(change),
        }
    }

    /// The changes and the items that leave.
    pub fn into_parts(self) -> (impl Iterator<Item = Change>, Vec<usize>) {
        (self.of_items.into_values().chain(self.new), self.removed)
    }

    /// The edits of the input. An item whose new value is the old one has none.
    ///
    /// # Errors
    /// An item with a new value cannot be parsed.
    pub fn into_edits(self, items: &[Item<'_>]) -> Result<Edits, Finding> {
        let (changes, removed) = self.into_parts();
        let mut edits = Edits { removed, ..Edits::default() };
        for change in changes {
            match (change.place, change.object) {
                (Place::Item(item), Object::Rewritten(value)) if *items[item].value()? != value => {
                    edits.replaced.insert(item, value);
                }
                (Place::After(item), Object::New(object)) => edits.after.entry(item).or_default().push(object),
                _ => {}
            }
        }
        Ok(edits)
    }
}
