//! The items of a list by their keys, and values without what makes no difference.

use super::shape::{List, Order, Shape};
use crate::krm::quantity;
use crate::rendered::at;
use indexmap::IndexMap;
use serde_yaml::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What tells an item from the others: each key with its value.
pub type ItemKey = Vec<(String, String)>;

/// The items by their keys, in their order; `None` where one has no key, or two have the same.
pub fn by_key(items: &[Value], list: List) -> Option<IndexMap<ItemKey, &Value>> {
    let mut keyed = IndexMap::with_capacity(items.len());
    for item in items {
        if keyed.insert(key_of(item, list)?, item).is_some() {
            return None;
        }
    }
    Some(keyed)
}

fn key_of(item: &Value, list: List) -> Option<ItemKey> {
    let value_of = |key: &&str| {
        let (path, default) = key.split_once('=').map_or((*key, None), |(path, default)| (path, Some(default)));
        if path.is_empty() {
            return Some((String::new(), scalar(item)?));
        }
        let path: Vec<&str> = path.split('.').collect();
        item.as_mapping()?;
        let value = match at(item, &path) {
            Some(value) => scalar(value)?,
            None => default?.to_string(),
        };
        Some((path.join("."), value))
    };
    list.keys.iter().map(value_of).collect()
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether the order of these items says something.
pub fn order_counts(items: &[Value], list: List) -> bool {
    match list.order {
        Order::Noise => false,
        Order::Counts => true,
        Order::CountsForReferences => {
            items.iter().any(|item| item.get("value").and_then(Value::as_str).is_some_and(|value| value.contains("$(")))
        }
    }
}

/// The value in one form: two values have the same if, and only if, they mean the same.
pub fn canonical(value: &Value, shape: Shape) -> String {
    let mut out = String::new();
    write(value, shape, None, &mut out);
    out
}

fn write(value: &Value, shape: Shape, list: Option<List>, out: &mut String) {
    match value {
        _ if shape.is_quantity() && quantity::nanos(value).is_some() => {
            write!(out, "quantity {}", quantity::nanos(value).unwrap_or_default()).expect("a String takes all");
        }
        Value::Mapping(mapping) => {
            let sorted: BTreeMap<String, _> = mapping.iter().map(|entry| (format!("{:?}", entry.0), entry)).collect();
            out.push('{');
            for (name, (key, value)) in sorted {
                out.push_str(&name);
                let (shape, list) = shape.field(key.as_str().unwrap_or_default());
                write(value, shape, list, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Sequence(items) => {
            out.push('[');
            let keyed = list.filter(|list| !order_counts(items, *list)).and_then(|list| by_key(items, list));
            let items = match keyed {
                Some(mut keyed) => {
                    keyed.sort_keys();
                    keyed.into_values().collect()
                }
                None => items.iter().collect::<Vec<_>>(),
            };
            for item in items {
                write(item, shape, None, out);
                out.push(',');
            }
            out.push(']');
        }
        other => write!(out, "{other:?}").expect("a String takes all"),
    }
}
