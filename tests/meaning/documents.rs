//! Manifests as values.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::fs;
use std::path::Path;

/// The documents of a file.
pub fn read(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The documents of a text; empty ones are left out.
pub fn parse(text: &str) -> Result<Vec<Value>, serde_yaml::Error> {
    let documents: Result<Vec<Value>, _> = serde_yaml::Deserializer::from_str(text).map(Value::deserialize).collect();
    Ok(documents?.into_iter().filter(|document| !document.is_null()).collect())
}

/// One typed document.
pub fn typed<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The documents as one text.
pub fn write(documents: &[Value]) -> String {
    let texts: Vec<String> =
        documents.iter().map(|document| serde_yaml::to_string(document).expect("values can be written")).collect();
    texts.join("---\n")
}

/// A string field of `metadata`, or the kind.
pub fn kind(document: &Value) -> &str {
    document["kind"].as_str().unwrap_or_default()
}

/// `metadata.name`.
pub fn name(document: &Value) -> &str {
    document["metadata"]["name"].as_str().unwrap_or_default()
}

/// `metadata.namespace`.
pub fn namespace(document: &Value) -> &str {
    document["metadata"]["namespace"].as_str().unwrap_or_default()
}

/// Whether both are about one object.
pub fn are_one(a: &Value, b: &Value) -> bool {
    kind(a) == kind(b) && name(a) == name(b) && namespace(a) == namespace(b)
}

/// A document takes the place of the one of the same kind, namespace and name, or goes last.
pub fn replace(documents: &mut Vec<Value>, document: Value) {
    match documents.iter_mut().find(|known| are_one(known, &document)) {
        Some(known) => *known = document,
        None => documents.push(document),
    }
}

/// A document is laid over the one of the same kind, namespace and name, or goes last. Lists and
/// scalars take the place of what is there.
pub fn lay_over(documents: &mut Vec<Value>, document: Value) {
    match documents.iter_mut().find(|known| are_one(known, &document)) {
        Some(known) => merge(known, document),
        None => documents.push(document),
    }
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// Every string of a value, keys too, as `change` makes it.
pub fn map_strings(value: &Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(items) => items.iter().map(|item| map_strings(item, change)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (change(key), map_strings(value, change))).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}
