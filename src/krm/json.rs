//! YAML values as JSON values, for schemas and for flow-style lists.

use serde_json::{Map, Value as Json};
use serde_yaml::Value;

/// The same value as JSON.
///
/// # Errors
/// The path of the first key that is not a string, or of the first tagged value or number that
/// JSON cannot hold.
pub fn to_json(value: &Value) -> Result<Json, String> {
    convert(value, &mut String::new())
}

fn convert(value: &Value, path: &mut String) -> Result<Json, String> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::String(text) => Json::String(text.clone()),
        Value::Number(number) => serde_json::to_value(number).ok().filter(|n| n.is_number()).ok_or_else(|| path.clone())?,
        Value::Sequence(items) => {
            let converted: Result<Vec<_>, _> = items
                .iter()
                .enumerate()
                .map(|(index, item)| within(path, &format!("[{index}]"), |path| convert(item, path)))
                .collect();
            Json::Array(converted?)
        }
        Value::Mapping(mapping) => {
            let mut object = Map::with_capacity(mapping.len());
            for (key, value) in mapping {
                let Some(key) = key.as_str() else {
                    return Err(format!("{path}.{}", super::yaml::to_yaml(key, 0).trim_end()));
                };
                let dot = if path.is_empty() { "" } else { "." };
                let step = format!("{dot}{key}");
                object.insert(key.to_string(), within(path, &step, |path| convert(value, path))?);
            }
            Json::Object(object)
        }
        Value::Tagged(_) => return Err(path.clone()),
    })
}

fn within<T>(path: &mut String, step: &str, work: impl FnOnce(&mut String) -> T) -> T {
    let length = path.len();
    path.push_str(step);
    let result = work(path);
    path.truncate(length);
    result
}
