//! What is reported is the difference, no more and no less: over every example, and over every small
//! change of objects that have one of everything.

use crate::apply::apply;
use crate::golden::cases;
use crate::program::checkout;
use proxy_service::diff::{Change, Sides, What, compare};
use proxy_service::rendered::Inventory;
use serde_yaml::Value;
use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// Lists of which the order is noise, by the field that holds them.
const NOISE: [&str; 12] = [
    "containers",
    "volumes",
    "volumeMounts",
    "subsets",
    "portLevelSettings",
    "servers",
    "listeners",
    "topologySpreadConstraints",
    "imagePullSecrets",
    "headers",
    "finalizers",
    "env",
];

fn inventory(value: &Value) -> Inventory {
    Inventory::read("a.yaml", &proxy_service::krm::to_yaml(value, 0)).unwrap()
}

/// What is said about an object, with its identity the same on both sides.
fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let sides = Sides { before: "a".into(), after: "b".into() };
    let mut diff = compare(&inventory(before), &inventory(after), sides, Vec::new());
    assert!(diff.objects.len() <= 1);
    match diff.objects.pop().map(|object| object.what) {
        None => Vec::new(),
        Some(What::Changed(changes)) => {
            assert!(!changes.is_empty());
            changes
        }
        Some(other) => panic!("{other:?}"),
    }
}

/// The value with lists in one order where it is noise.
fn normal(value: &Value, field: &str) -> Value {
    match value {
        Value::Mapping(mapping) => {
            let fields = mapping.iter().map(|(key, value)| (key.clone(), normal(value, key.as_str().unwrap_or_default())));
            Value::Mapping(fields.collect())
        }
        Value::Sequence(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| normal(item, "")).collect();
            let container_ports = field == "ports" && items.iter().any(|item| item.get("containerPort").is_some());
            let references = field == "env" && items.iter().any(|item| text(item).contains("$("));
            if (NOISE.contains(&field) || container_ports) && !references && all_have_other_keys(&items) {
                items.sort_by_key(text);
            }
            Value::Sequence(items)
        }
        other => other.clone(),
    }
}

/// serde_json's maps are sorted.
fn text(value: &Value) -> String {
    proxy_service::krm::to_json(value).unwrap().to_string()
}

fn all_have_other_keys(items: &[Value]) -> bool {
    let key = |item: &Value| match item {
        Value::Mapping(item) => {
            let number = item.get("port").and_then(|port| port.get("number"));
            let fields = ["topologyKey", "whenUnsatisfiable", "containerPort", "mountPath"].map(|field| item.get(field));
            let protocol = item.get("containerPort").map(|_| item.get("protocol").map_or("\"TCP\"".into(), text));
            let name = item.get("name").filter(|_| fields.iter().all(Option::is_none) && number.is_none());
            let key = [fields.to_vec(), vec![name, number]].concat().into_iter().flatten().map(text).collect::<String>();
            Some(key + &protocol.unwrap_or_default())
        }
        Value::String(_) | Value::Number(_) => Some(text(item)),
        _ => None,
    };
    let keys: Option<HashSet<String>> = items.iter().map(key).collect();
    keys.is_some_and(|keys| keys.len() == items.len() && !keys.contains(""))
}

/// The fields without what stands in them.
fn skeleton(value: &Value) -> String {
    match value {
        Value::Mapping(mapping) => {
            let mut fields: Vec<String> = mapping.iter().map(|(key, value)| format!("{key:?} {}", skeleton(value))).collect();
            fields.sort();
            format!("{{{}}}", fields.join(","))
        }
        Value::Sequence(items) => format!("[{}]", items.iter().map(skeleton).collect::<Vec<_>>().join(",")),
        _ => String::new(),
    }
}

/// Every object of the examples and of the cases, one of those that look the same, Secrets left out: their values are not told.
fn objects() -> Vec<Value> {
    let mut files: Vec<std::path::PathBuf> =
        cases().into_iter().flat_map(|case| [case.join("before.yaml"), case.join("after.yaml")]).collect();
    find(&checkout().join("kustomization-examples"), &mut files);
    files.push(checkout().join("tests/diff/everything.yaml"));
    let mut objects: Vec<Value> = Vec::new();
    let mut skeletons = HashSet::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for object in Inventory::read("a.yaml", &text).unwrap().objects() {
            let known = !skeletons.insert(skeleton(&object.value));
            let has_noise = object.at(&["metadata", "annotations", "config.kubernetes.io/index"]).is_some();
            if !text.contains("Secret") && !known && !has_noise {
                objects.push(object.value.clone());
            }
        }
    }
    objects
}

fn find(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            find(&path, files);
        } else if path.ends_with("expected/build.yaml") {
            files.push(path);
        }
    }
}

/// Every place in a value, as indices down from the root.
fn places(value: &Value, here: &mut Vec<usize>, all: &mut Vec<Vec<usize>>) {
    let children: Vec<&Value> = match value {
        Value::Mapping(mapping) => mapping.values().collect(),
        Value::Sequence(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    for (index, child) in children.into_iter().enumerate() {
        here.push(index);
        all.push(here.clone());
        places(child, here, all);
        here.pop();
    }
}

fn at_mut<'v>(value: &'v mut Value, place: &[usize]) -> &'v mut Value {
    place.iter().fold(value, |value, index| match value {
        Value::Mapping(mapping) => mapping.values_mut().nth(*index).unwrap(),
        Value::Sequence(items) => &mut items[*index],
        _ => unreachable!(),
    })
}

/// A small change at a place; `None` where that kind of change is none there.
fn mutate(value: &Value, place: &[usize], kind: usize) -> Option<Value> {
    let mut mutated = value.clone();
    let (parent, last) = (&place[..place.len() - 1], place[place.len() - 1]);
    match kind {
        // Another scalar or type.
        0 => {
            let target = at_mut(&mut mutated, place);
            *target = match target {
                Value::String(text) => Value::from(format!("{text}-changed")),
                Value::Number(number) => Value::from(number.as_i64().unwrap_or(0) + 7),
                Value::Bool(flag) => Value::from(!*flag),
                _ => Value::from("a scalar"),
            };
        }
        // The number as a string: not the same, but for quantities.
        1 => {
            let target = at_mut(&mut mutated, place);
            let Value::Number(number) = target else { return None };
            *target = Value::from(number.to_string());
        }
        // Gone.
        2 => match at_mut(&mut mutated, parent) {
            Value::Mapping(mapping) => {
                let key = mapping.keys().nth(last).unwrap().clone();
                mapping.shift_remove(&key);
            }
            Value::Sequence(items) => drop(items.remove(last)),
            _ => unreachable!(),
        },
        // One more.
        3 => match at_mut(&mut mutated, place) {
            Value::Mapping(mapping) => drop(mapping.insert("new/field".into(), Value::Sequence(vec![1.into()]))),
            Value::Sequence(items) => items.insert(0, Value::from("new item")),
            _ => return None,
        },
        // The same item twice, which no key tells apart.
        4 => match at_mut(&mut mutated, place) {
            Value::Sequence(items) if !items.is_empty() => items.push(items[0].clone()),
            _ => return None,
        },
        // In another order.
        5 => match at_mut(&mut mutated, place) {
            Value::Sequence(items) if items.len() > 1 => items.reverse(),
            _ => return None,
        },
        6 => match at_mut(&mut mutated, place) {
            Value::Mapping(mapping) => {
                let mut entries: Vec<_> = mapping.clone().into_iter().collect();
                entries.reverse();
                *mapping = entries.into_iter().collect();
            }
            _ => return None,
        },
        _ => unreachable!(),
    }
    Some(mutated).filter(|mutated| identity(mutated) == identity(value))
}

fn identity(object: &Value) -> Option<(String, &str, &str, &str)> {
    let metadata = object.get("metadata")?.as_mapping()?;
    let text = |field: &str| metadata.get(field).map_or(Some(""), Value::as_str);
    let group = object.get("apiVersion")?.as_str()?.split_once('/').map_or("", |(group, _)| group);
    Some((group.into(), object.get("kind")?.as_str()?, text("namespace")?, text("name")?))
}

fn check(before: &Value, after: &Value, what: &str) {
    let told = changes(before, after);
    let same = normal(before, "") == normal(after, "");
    if same {
        assert!(told.is_empty(), "{what}: {told:?}");
    } else {
        assert!(!told.is_empty() || same_quantity(before, after), "{what}: nothing is told");
        let applied = apply(before, &told);
        if !told.is_empty() {
            assert!(normal(&applied, "") == normal(after, "") || same_quantity(&applied, after), "{what}: {told:?}");
        }
    }
    // What was applied is the same, for the program too.
    assert!(changes(&apply(before, &told), after).is_empty(), "{what}");
}

/// Whether only numbers and the strings of them differ, below `resources`.
fn same_quantity(before: &Value, after: &Value) -> bool {
    let bare = |value: &Value| text(&normal(value, "")).replace('"', "");
    bare(before) == bare(after) && bare(before).contains("resources")
}

#[test]
fn every_small_change_is_told_and_what_is_told_makes_it() {
    let objects = objects();
    let mut tried = 0;
    for object in &objects {
        assert!(changes(object, object).is_empty());
        let mut all = Vec::new();
        places(object, &mut Vec::new(), &mut all);
        for place in &all {
            for kind in 0..7 {
                let Some(mutated) = mutate(object, place, kind) else { continue };
                check(object, &mutated, &format!("{:?}, change {kind} at {place:?}", identity(object)));
                tried += 1;
            }
        }
    }
    println!("{} objects, {tried} changes", objects.len());
    assert!(objects.len() > 30 && tried > 3_000, "{} objects, {tried} changes", objects.len());
}

#[test]
fn many_changes_at_once_are_told_and_what_is_told_makes_them() {
    // Any sequence of numbers will do, as long as it is always the same (Knuth's MMIX generator).
    let mut state: u64 = 1;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for object in &objects() {
        for round in 0..6 {
            let mut mutated = object.clone();
            for _ in 0..2 + next(5) {
                let mut all = Vec::new();
                places(&mutated, &mut Vec::new(), &mut all);
                if let Some(further) = mutate(&mutated, &all[next(all.len())], next(7)) {
                    mutated = further;
                }
            }
            check(object, &mutated, &format!("{:?}, round {round}", identity(object)));
            check(&mutated, object, &format!("{:?}, round {round}, back", identity(object)));
        }
    }
}
