//! `same-objects ONE OTHER`: whether two ResourceLists hold the same objects, in whichever order.
//!
//! The order of keys and items, comments and spelling do not count; everything else does.

use serde_yaml::Value;
use std::collections::BTreeMap;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(one), Some(other)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: same-objects ONE OTHER");
        return ExitCode::from(2);
    };
    let (one, other) = (objects(&one), objects(&other));
    let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
    let different: Vec<_> = names.filter(|name| one.get(*name) != other.get(*name)).collect();
    for name in different.iter().take(5) {
        eprintln!("different: {name}\n--- {:#?}\n+++ {:#?}", one.get(*name), other.get(*name));
    }
    println!("{} objects, {} of them different", one.len(), different.len());
    if different.is_empty() && !one.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn objects(file: &str) -> BTreeMap<String, Value> {
    let text = std::fs::read_to_string(file).expect("the file can be read");
    let list: Value = serde_yaml::from_str(&text).expect("it is YAML");
    let mut objects = BTreeMap::new();
    for item in list["items"].as_sequence().expect("it has items") {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let metadata = &item["metadata"];
        let name = format!(
            "{} {} {}/{}",
            text(&item["apiVersion"]),
            text(&item["kind"]),
            text(&metadata["namespace"]),
            text(&metadata["name"])
        );
        let twice = objects.insert(name, item.clone());
        assert!(twice.is_none(), "an object stands twice in {file}");
    }
    objects
}
