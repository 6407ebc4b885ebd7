//! Values of Secrets.

use proxy_service::rendered::Inventory;
use serde_yaml::Value;

/// Where a Secret keeps what nobody may see.
const HIDDEN: [&str; 2] = ["data", "stringData"];

/// Shorter values stand in every text by chance.
const TELLING: usize = 8;

/// Panics where the output holds a value of a Secret that stands nowhere else in the manifests.
pub fn hidden(output: &str, sides: &[&Inventory], open: &str) {
    let (mut values, mut known) = (Vec::new(), vec![open.to_string()]);
    for object in sides.iter().flat_map(|inventory| inventory.objects()) {
        let is_secret = object.key.is("", "Secret");
        let Value::Mapping(fields) = &object.value else { continue };
        for (key, value) in fields {
            let hides = is_secret && key.as_str().is_some_and(|key| HIDDEN.contains(&key));
            collect(value, hides, &mut values, &mut known);
        }
    }
    for value in values.iter().filter(|value| value.len() >= TELLING) {
        let told = output.contains(value.as_str()) && !known.iter().any(|known| known.contains(value.as_str()));
        assert!(!told, "the value {value:?} of a Secret is in\n{output}");
    }
}

fn collect(value: &Value, hides: bool, values: &mut Vec<String>, known: &mut Vec<String>) {
    match value {
        Value::Mapping(mapping) => {
            for (key, value) in mapping {
                known.extend(key.as_str().map(str::to_string));
                collect(value, hides, values, known);
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, hides, values, known)),
        Value::Tagged(tagged) => collect(&tagged.value, hides, values, known),
        Value::String(text) if hides => values.push(text.clone()),
        Value::String(text) => known.push(text.clone()),
        _ => {}
    }
}
