//! Each check fails: good manifests are broken in one way after the other, and the one code comes,
//! with no other error.

use super::program::{Found, checkout, findings};
use proxy_service::findings::Code;
use serde::Deserialize;
use serde_yaml::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::ops::RangeInclusive;

/// One entry of `faults.yaml`.
#[derive(Debug, serde::Deserialize)]
struct Fault {
    /// What is wrong then.
    what: String,
    /// The manifests that it is done to.
    base: String,
    #[serde(flatten)]
    edit: Edit,
    /// More that has to be so for the fault to show.
    also: Option<Edit>,
    severity: String,
    code: String,
}

/// What is done to an object, or before it.
#[derive(Debug, serde::Deserialize)]
struct Edit {
    object: String,
    /// Values by path.
    #[serde(default)]
    set: BTreeMap<String, Value>,
    unset: Option<String>,
    #[serde(default)]
    remove: bool,
    add: Option<Value>,
}

fn faults() -> Vec<Fault> {
    let text = fs::read_to_string(checkout().join("tests/validate/faults.yaml")).unwrap();
    let table: Value = serde_yaml::from_str(&text).unwrap();
    table["faults"].as_sequence().unwrap().iter().map(|fault| serde_yaml::from_value(fault.clone()).expect("a fault")).collect()
}

fn documents(text: &str) -> Vec<Value> {
    let read = |document| Value::deserialize(document).unwrap();
    let documents: Vec<Value> = serde_yaml::Deserializer::from_str(text).map(read).collect();
    let lists = |document: Value| match document.get("items").and_then(Value::as_sequence) {
        Some(items) => items.clone(),
        None => vec![document],
    };
    documents.into_iter().flat_map(lists).collect()
}

fn stream(documents: &[Value]) -> String {
    documents.iter().map(|document| format!("---\n{}", serde_yaml::to_string(document).unwrap())).collect()
}

fn is(document: &Value, object: &str) -> bool {
    let (name, kind) = object.split_once(' ').unwrap();
    document["metadata"]["name"].as_str() == Some(name) && document["kind"].as_str() == Some(kind)
}

/// The keys of a path; a dot of a key is written `\.`.
fn keys(path: &str) -> Vec<String> {
    path.replace("\\.", "\u{0}").split('.').map(|key| key.replace('\u{0}', ".")).collect()
}

fn set(document: &mut Value, path: &str, value: Option<&Value>) {
    let keys = keys(path);
    let (last, parents) = keys.split_last().unwrap();
    let parent = parents.iter().fold(document, |value, key| match key.parse::<usize>() {
        Ok(index) => &mut value[index],
        Err(_) => &mut value[key.as_str()],
    });
    match (value, last.parse::<usize>()) {
        (Some(value), Ok(index)) => parent[index] = value.clone(),
        (Some(value), Err(_)) => parent[last.as_str()] = value.clone(),
        (None, _) => drop(parent.as_mapping_mut().unwrap().remove(last.as_str()).expect("there is something to unset")),
    }
}

fn edit(all: &mut Vec<Value>, edit: &Edit) {
    let position = all.iter().position(|document| is(document, &edit.object)).unwrap_or_else(|| panic!("no {}", edit.object));
    for (path, value) in &edit.set {
        set(&mut all[position], path, Some(value));
    }
    if let Some(path) = &edit.unset {
        set(&mut all[position], path, None);
    }
    if edit.remove {
        all.remove(position);
    }
    if let Some(object) = &edit.add {
        all.insert(position, object.clone());
    }
}

fn broken(fault: &Fault) -> String {
    let mut all = documents(&fs::read_to_string(checkout().join(&fault.base)).unwrap());
    edit(&mut all, &fault.edit);
    if let Some(also) = &fault.also {
        edit(&mut all, also);
    }
    stream(&all)
}

#[test]
fn each_fault_is_found_and_no_other_error() {
    let mut wrong = Vec::new();
    let mut good: HashMap<String, Vec<Found>> = HashMap::new();
    for fault in faults() {
        let text = broken(&fault);
        if let Some(folder) = std::env::var_os("PROXY_SERVICE_FAULTS") {
            let file = format!("{} {}.yaml", fault.code, fault.what).replace(' ', "-");
            fs::write(std::path::Path::new(&folder).join(file), &text).unwrap();
        }
        let found = findings(&text);
        let is_found = found.iter().any(|one| one.code == fault.code && one.severity == fault.severity);
        let others: Vec<_> = found.iter().filter(|one| one.severity == "error" && one.code != fault.code).collect();
        let already = good
            .entry(fault.base.clone())
            .or_insert_with(|| findings(&fs::read_to_string(checkout().join(&fault.base)).unwrap()));
        let before = already.iter().filter(|one| one.code == fault.code).count();
        let now = found.iter().filter(|one| one.code == fault.code).count();
        if !is_found || !others.is_empty() || now <= before {
            wrong.push(format!(
                "{} ({}, {}): {} of {before} before, others {others:#?}",
                fault.what, fault.code, fault.severity, now
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What rendering says of the mesh, and of limits and quotas.
const OF_THE_FUNCTION: RangeInclusive<u16> = 123..=129;

#[test]
fn every_code_of_rendered_manifests_has_a_fault() {
    let covered: BTreeSet<String> = faults().iter().map(|fault| fault.code.clone()).collect();
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|code| (100..130).contains(&(**code as u16)) && !OF_THE_FUNCTION.contains(&(**code as u16)))
        .map(ToString::to_string)
        .filter(|code| !covered.contains(code))
        .collect();
    assert!(missing.is_empty(), "no fault for {missing:?}");
}
