//! The inverse of a comparison: applies what was reported.

use proxy_service::diff::{Change, Edit, Path, Step};
use serde_yaml::{Mapping, Value};

/// The value after the changes. Panics on a change that does not fit the value.
pub fn apply(value: &Value, changes: &[Change]) -> Value {
    let changes: Vec<(&[Step], &Edit)> = changes.iter().map(|Change { path: Path(steps), edit }| (&steps[..], edit)).collect();
    apply_at(value, &changes)
}

type Changes<'c> = [(&'c [Step], &'c Edit)];

fn apply_at(value: &Value, changes: &Changes<'_>) -> Value {
    match (value, changes) {
        (_, []) => value.clone(),
        (_, [([], Edit::Replaced { before, after })]) => {
            assert_eq!(before, value);
            after.clone()
        }
        (Value::Mapping(mapping), _) => Value::Mapping(to_mapping(mapping, changes)),
        (Value::Sequence(items), _) if matches!(changes, [([Step::At { .. }, ..], _), ..]) => {
            Value::Sequence(by_index(items, changes))
        }
        (Value::Sequence(items), _) => Value::Sequence(by_key(items, changes)),
        _ => panic!("{changes:?} does not fit {value:?}"),
    }
}

fn to_mapping(mapping: &Mapping, changes: &Changes<'_>) -> Mapping {
    let mut result = mapping.clone();
    for name in firsts(changes) {
        let Step::Field(name) = name else { panic!("{name:?} in a mapping") };
        let key = Value::from(name.as_str());
        let of_field = below(changes, &Step::Field(name.clone()));
        match of_field[..] {
            [([], Edit::Added(new))] => assert!(result.insert(key, new.clone()).is_none(), "{name} was there"),
            [([], Edit::Removed(old))] => assert_eq!(result.shift_remove(&key).as_ref(), Some(old)),
            _ => {
                let changed = apply_at(&mapping[&key], &of_field);
                result.insert(key, changed);
            }
        }
    }
    result
}

fn by_index(items: &[Value], changes: &Changes<'_>) -> Vec<Value> {
    let mut kept: Vec<Option<Value>> = items.iter().cloned().map(Some).collect();
    let mut new: Vec<(usize, Value)> = Vec::new();
    for step in firsts(changes) {
        let of_item = below(changes, step);
        match (step, &of_item[..]) {
            (Step::At { before: Some(before), after: None }, [([], Edit::Removed(old))]) => {
                assert_eq!(kept[*before].take().as_ref(), Some(old));
            }
            (Step::At { before: None, after: Some(after) }, [([], Edit::Added(value))]) => new.push((*after, value.clone())),
            (Step::At { before: Some(before), after: Some(_) }, nested) => {
                kept[*before] = Some(apply_at(&items[*before], nested))
            }
            other => panic!("{other:?} in a list"),
        }
    }
    let mut result: Vec<Value> = kept.into_iter().flatten().collect();
    new.sort_by_key(|(index, _)| *index);
    new.into_iter().for_each(|(index, value)| result.insert(index, value));
    result
}

fn by_key(items: &[Value], changes: &Changes<'_>) -> Vec<Value> {
    let mut result: Vec<Value> = items.to_vec();
    let mut order = None;
    for step in changes
        .iter()
        .filter_map(|(steps, edit)| {
            if steps.is_empty() {
                order = Some(*edit);
                None
            } else {
                steps.first()
            }
        })
        .collect::<Vec<_>>()
    {
        let of_item = below(changes, step);
        let at = result.iter().position(|item| has_key(item, step));
        match (at, &of_item[..]) {
            (None, [([], Edit::Added(value))]) => result.push(value.clone()),
            (Some(at), [([], Edit::Removed(old))]) => assert_eq!(result.remove(at), *old),
            (None, [([], Edit::Removed(_))]) | (Some(_), [([], Edit::Added(_))]) => panic!("{step:?} in {result:?}"),
            // The same item may be the first step of several changes: applied once, from the original.
            (Some(at), nested) => {
                let original = items.iter().find(|item| has_key(item, step)).unwrap();
                result[at] = apply_at(original, nested);
            }
            (None, nested) => panic!("{nested:?} of {step:?}, which is not there"),
        }
    }
    if let Some(Edit::Reordered { before, after }) = order {
        assert!(before.iter().zip(&result).all(|(step, item)| has_key(item, step)), "{before:?}");
        result = after.iter().map(|step| result.iter().find(|item| has_key(item, step)).unwrap().clone()).collect();
    }
    result
}

fn has_key(item: &Value, step: &Step) -> bool {
    let Step::Item(keys) = step else { panic!("{step:?} in a keyed list") };
    keys.iter().all(|(path, wanted)| {
        let value = path.split('.').filter(|part| !part.is_empty()).try_fold(item, |value, part| value.get(part));
        match value {
            Some(Value::String(text)) => text == wanted,
            Some(Value::Number(number)) => number.to_string() == *wanted,
            None => path == "protocol" && wanted == "TCP",
            Some(_) => false,
        }
    })
}

/// The different first steps, in their order.
fn firsts<'c>(changes: &Changes<'c>) -> Vec<&'c Step> {
    let mut firsts: Vec<&Step> = Vec::new();
    for (steps, _) in changes {
        let first = steps.first().expect("a mapping or list that is replaced has no other change");
        if !firsts.contains(&first) {
            firsts.push(first);
        }
    }
    firsts
}

/// The changes below a step.
fn below<'c>(changes: &Changes<'c>, step: &Step) -> Vec<(&'c [Step], &'c Edit)> {
    changes.iter().filter(|(steps, _)| steps.first() == Some(step)).map(|(steps, edit)| (&steps[1..], *edit)).collect()
}
