//! YAML values as JSON values, for schemas and for flow-style lists.

use serde_json::{Map, Value as Json};
use serde_yaml::Value;

/// The same value as JSON.
///
/// # Errors
/// The path of the first key that is not a string, or of the first tagged value or number that
/// JSON cannot hold.
pub fn to_json(value: &Value) -> Result<Json, String> {
    convert(value, true)
}

/// `outermost`: whether nothing stands around the value. The path of an error is made on the way out.
fn convert(value: &Value, outermost: bool) -> Result<Json, String> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::String(text) => Json::String(text.clone()),
        Value::Number(number) => serde_json::to_value(number).ok().filter(Json::is_number).ok_or_else(String::new)?,
        Value::Sequence(items) => {
            let convert = |(index, item)| convert(item, false).map_err(|path| format!("[{index}]{path}"));
            Json::Array(items.iter().enumerate().map(convert).collect::<Result<_, _>>()?)
        }
        Value::Mapping(mapping) => {
            let mut object = Map::with_capacity(mapping.len());
            for (key, value) in mapping {
                let Some(key) = key.as_str() else {
                    return Err(format!(".{}", super::yaml::to_yaml(key, 0).trim_end()));
                };
                let dot = if outermost { "" } else { "." };
                object.insert(key.to_string(), convert(value, false).map_err(|path| format!("{dot}{key}{path}"))?);
            }
            Json::Object(object)
        }
        Value::Tagged(_) => return Err(String::new()),
    })
}
