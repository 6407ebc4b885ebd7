//! The fields in which two versions of an object differ.

use super::change::{Change, Place};
use super::list;
use super::path::Path;
use super::secret::Sight;
use super::shape::Shape;
use crate::krm::quantity;
use crate::rendered::Key;
use serde_yaml::{Mapping, Value};
use std::collections::BTreeMap;

/// All that differs, by path.
pub fn changes(key: &Key, before: &Value, after: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    let place = Place { path: Path::default(), shape: Shape::of(key), list: None, sight: Sight::Open };
    compare(&place, before, after, &mut found);
    found
}

/// Compares two values at a place.
pub fn compare(place: &Place, before: &Value, after: &Value, found: &mut Vec<Change>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Mapping(before), Value::Mapping(after)) => mappings(place, before, after, found),
        // Items stand in a path by their keys, which are values.
        (Value::Sequence(old), Value::Sequence(new)) if !place.sight.hides(before) => {
            list::compare(place, old, new, compare, found);
        }
        _ if place.shape.is_quantity() && same_amount(before, after) => {}
        _ => place.note(Some(before), Some(after), found),
    }
}

fn same_amount(before: &Value, after: &Value) -> bool {
    quantity::nanos(before).is_some_and(|before| quantity::nanos(after) == Some(before))
}

fn mappings(place: &Place, before: &Mapping, after: &Mapping, found: &mut Vec<Change>) {
    if place.sight.hides_mappings() {
        return place.note(Some(&Value::Mapping(before.clone())), Some(&Value::Mapping(after.clone())), found);
    }
    // A Secret before or after is one on both sides.
    let (old, new) = (place.sight.of(before), place.sight.of(after));
    let sight = if matches!(old, Sight::Secret | Sight::Secrets) { old } else { new };
    // A set in the order of the names: that of the source is no difference, and makes none here.
    let keys: BTreeMap<String, &Value> = before
        .keys()
        .chain(after.keys())
        .map(|key| (key.as_str().map_or_else(|| format!("{key:?}"), str::to_string), key))
        .collect();
    for key in keys.into_values() {
        let place = place.field(sight, key);
        match (before.get(key), after.get(key)) {
            (Some(before), Some(after)) => compare(&place, before, after, found),
            (before, after) => place.note(before, after, found),
        }
    }
}
