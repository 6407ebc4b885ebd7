//! Lists: by the keys of their items where they have some, else by what they have in common.

use super::change::{Change, Edit, Place};
use super::keys::{ItemKey, by_key, canonical, order_counts};
use super::path::Step;
use crate::sequence::align;
use indexmap::IndexMap;
use serde_yaml::Value;
use similar::DiffOp;
use std::collections::HashSet;
use std::ops::Range;

/// Compares two values at a place.
type Compare = fn(&Place, &Value, &Value, &mut Vec<Change>);

/// Compares two lists, by `compare` what stands in both.
pub fn compare(place: &Place, before: &[Value], after: &[Value], compare: Compare, found: &mut Vec<Change>) {
    let keyed = place.list.and_then(|list| Some((list, by_key(before, list)?, by_key(after, list)?)));
    match keyed {
        Some((list, old, new)) => {
            by_keys(place, &old, &new, compare, found);
            if order_counts(before, list) || order_counts(after, list) {
                order(place, &old, &new, found);
            }
        }
        None => by_position(place, before, after, compare, found),
    }
}

type Keyed<'v> = IndexMap<ItemKey, &'v Value>;

fn by_keys(place: &Place, before: &Keyed<'_>, after: &Keyed<'_>, compare: Compare, found: &mut Vec<Change>) {
    for (key, old) in before {
        let item = place.item(Step::Item(key.clone()));
        match after.get(key) {
            Some(new) => compare(&item, old, new, found),
            None => item.note(Some(old), None, found),
        }
    }
    for (key, new) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
        place.item(Step::Item(key.clone())).note(None, Some(new), found);
    }
}

/// New items count as appended; the order is told where that is not so, or others moved.
fn order(place: &Place, before: &Keyed<'_>, after: &Keyed<'_>, found: &mut Vec<Change>) {
    let kept = before.keys().filter(|key| after.contains_key(*key));
    let unmoved: Vec<_> = kept.chain(after.keys().filter(|key| !before.contains_key(*key))).collect();
    if !unmoved.iter().copied().eq(after.keys()) {
        let steps = |keys: &mut dyn Iterator<Item = &ItemKey>| keys.map(|key| Step::Item(key.clone())).collect();
        let edit = Edit::Reordered { before: steps(&mut unmoved.into_iter()), after: steps(&mut after.keys()) };
        found.push(Change { path: place.path.clone(), edit });
    }
}

fn by_position(place: &Place, before: &[Value], after: &[Value], compare: Compare, found: &mut Vec<Change>) {
    let in_one_form = |items: &[Value]| items.iter().map(|item| canonical(item, place.shape)).collect::<Vec<_>>();
    for operation in align(&in_one_form(before), &in_one_form(after)) {
        match operation {
            DiffOp::Equal { .. } => {}
            operation => replaced(place, (before, operation.old_range()), (after, operation.new_range()), compare, found),
        }
    }
}

/// Items in the place of others: compared where they have something in common.
fn replaced(
    place: &Place,
    before: (&[Value], Range<usize>),
    after: (&[Value], Range<usize>),
    compare: Compare,
    found: &mut Vec<Change>,
) {
    let (old, new) = (before.1.clone(), after.1.clone());
    for at in 0..old.len().max(new.len()) {
        let (old, new) = (old.clone().nth(at), new.clone().nth(at));
        let (before, after) = (old.map(|index| &before.0[index]), new.map(|index| &after.0[index]));
        match (before, after) {
            (Some(before), Some(after)) if have_something_in_common(before, after) => {
                compare(&place.item(Step::At { before: old, after: new }), before, after, found);
            }
            (before, after) => {
                place.item(Step::At { before: old, after: None }).note(before, None, found);
                place.item(Step::At { before: None, after: new }).note(None, after, found);
            }
        }
    }
}

fn have_something_in_common(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Mapping(before), Value::Mapping(after)) => {
            let same_keys = before.len() == after.len() && before.keys().all(|key| after.contains_key(key));
            same_keys || before.iter().any(|(key, value)| after.get(key) == Some(value))
        }
        (Value::Sequence(before), Value::Sequence(after)) => {
            let known: HashSet<&Value> = after.iter().collect();
            before.iter().any(|item| known.contains(item))
        }
        (Value::Mapping(_) | Value::Sequence(_), _) | (_, Value::Mapping(_) | Value::Sequence(_)) => false,
        _ => true,
    }
}
