//! The stages between reading and writing, one by one: what a spec becomes (an interception), and what an interception
//! becomes (changes). A golden case with a file `stages.yaml` is tried; `PROXY_SERVICE_UPDATE=1` writes it anew.

use proxy_service::changes::{Change, Object, Place};
use proxy_service::function::changes_of;
use proxy_service::krm::{Documents, Item, to_yaml};
use serde_yaml::{Mapping, Value};
use std::fs;
use std::path::{Path, PathBuf};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut cases: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.join("stages.yaml").exists());
    cases.sort();
    cases
}

fn mapping<const N: usize>(entries: [(&str, Value); N]) -> Value {
    entries.into_iter().map(|(key, value)| (Value::from(key), value)).collect::<Mapping>().into()
}

fn described(change: &Change, items: &[Item<'_>]) -> Value {
    let (what, object) = match (&change.object, change.place) {
        (Object::New(object), _) => {
            let text = |path: &[&str]| path.iter().try_fold(object.head(), |value, key| value.get(*key)).and_then(Value::as_str);
            let name = text(&["metadata", "name"]).unwrap_or_default();
            ("new", format!("{} {name}", text(&["kind"]).unwrap_or_default()))
        }
        (Object::Rewritten(value), Place::Item(item)) if items[item].value().is_ok_and(|old| old != value) => {
            ("rewritten", items[item].id().to_ref().to_string())
        }
        (_, Place::Item(item)) => ("as it came", items[item].id().to_ref().to_string()),
        (_, Place::After(_)) => panic!("an object after an item is new"),
    };
    let claims = change.claims.iter().map(|claim| {
        let (role, step, owner) = (claim.role, claim.role.step(), claim.owner);
        Value::from(format!("interception {}: {role:?} at {step:?}, of the {owner:?}", claim.interception))
    });
    let place = match change.place {
        Place::Item(item) => format!("item {item}"),
        Place::After(item) => format!("after item {item}"),
    };
    mapping([
        ("object", object.into()),
        ("what", what.into()),
        ("place", place.into()),
        ("claims", claims.collect::<Vec<_>>().into()),
    ])
}

/// The interceptions and the changes of a case.
fn stages(case: &Path) -> String {
    let text = fs::read_to_string(case.join("input.yaml")).unwrap();
    let mut documents = Documents::default();
    documents.read("input.yaml", &text).unwrap_or_else(|findings| panic!("{}: {findings}", case.display()));
    let items = documents.items();
    let configs: Vec<_> = documents.function_configs().iter().collect();
    let (changes, interceptions, _) =
        changes_of(items, &configs, |requests| requests).unwrap_or_else(|found| panic!("{}: {found}", case.display()));
    let changes: Vec<Value> = changes.iter().map(|change| described(change, items)).collect();
    let interceptions = serde_yaml::to_value(&interceptions).expect("an interception can be printed");
    to_yaml(&mapping([("interceptions", interceptions), ("changes", changes.into())]), 0)
}

#[test]
fn every_stage_gives_what_it_gave() {
    let cases = cases();
    assert!(cases.len() >= 6, "only {} cases", cases.len());
    for case in cases {
        let (file, stages) = (case.join("stages.yaml"), stages(&case));
        if std::env::var_os("PROXY_SERVICE_UPDATE").is_some() {
            fs::write(&file, &stages).unwrap();
        }
        let due = fs::read_to_string(&file).unwrap();
        if due != stages {
            let diff = similar::TextDiff::from_lines(&due, &stages);
            panic!("{}:\n{}", case.display(), diff.unified_diff().header("stages.yaml", "what the stages gave"));
        }
    }
}
