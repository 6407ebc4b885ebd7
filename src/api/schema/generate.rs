//! The JSON Schema of the custom resources, generated from their types. No run does this: the
//! program carries the result, and `tests/schema` proves that it is the same.

use crate::api::{GROUP, ProxyService, ProxyServiceConfig, VERSION};
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Value as Json, json};

/// The JSON Schema (draft 2020-12) of a kind of this API group: `ProxyService` or
/// `ProxyServiceConfig`. Fields that it does not name are refused.
#[must_use]
pub fn generated_schema(kind: &str) -> Option<Json> {
    let mut schema = match kind {
        "ProxyService" => generate::<ProxyService>(kind),
        "ProxyServiceConfig" => generate::<ProxyServiceConfig>(kind),
        _ => return None,
    };
    schema["properties"]["apiVersion"] = json!({
        "type": "string", "const": format!("{GROUP}/{VERSION}"), "description": "Group and version.",
    });
    schema["properties"]["kind"] = json!({"type": "string", "const": kind, "description": "The kind."});
    schema["properties"]["metadata"] = json!({"type": "object", "description": schema["properties"]["metadata"]["description"]});
    Some(schema)
}

fn generate<T: JsonSchema>(title: &str) -> Json {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.with_transform(Strict).into_generator().into_root_schema_for::<T>();
    schema.insert("title".into(), json!(title));
    schema.to_value()
}

/// Makes the generated schema say what a user should hear: an unknown field is an error, an absent
/// field is absent rather than null, and an enumeration is one list of words.
#[derive(Clone)]
struct Strict;

impl Transform for Strict {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        if let Some(Json::Array(types)) = object.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                object.insert("type".into(), only);
            }
        }
        object.retain(|key, value| !(value.is_null() && (key == "default" || key == "const")));
        if let Some(Json::Array(words)) = object.get_mut("enum") {
            words.retain(|word| !word.is_null());
        }
        unwrap_single(object, "anyOf");
        merge_words(object);
        let unsigned = object.get("format").and_then(Json::as_str).is_some_and(|format| format.starts_with("uint"));
        if unsigned {
            object.remove("format");
        }
        if object.get("x-kubernetes-int-or-string").is_some() {
            object.insert("anyOf".into(), json!([{"type": "integer"}, {"type": "string"}]));
        }
        if object.contains_key("properties") && !object.contains_key("additionalProperties") {
            object.insert("additionalProperties".into(), json!(false));
        }
    }
}

type Object = serde_json::Map<String, Json>;

/// `anyOf: [T, null]`, as generated for an optional T, is T.
fn unwrap_single(object: &mut Object, key: &str) {
    let Some(Json::Array(options)) = object.get_mut(key) else { return };
    options.retain(|option| option.get("type").is_none_or(|name| name != "null"));
    if let [Json::Object(only)] = options.as_slice() {
        let only = only.clone();
        object.remove(key);
        for (key, value) in only {
            object.entry(key).or_insert(value);
        }
    }
}

/// `oneOf` of documented constants is one `enum`, with what the constants mean in its description.
fn merge_words(object: &mut Object) {
    let Some(Json::Array(options)) = object.get("oneOf") else { return };
    let mut words = Vec::new();
    let mut meanings = Vec::new();
    for option in options {
        let listed = option.get("const").cloned().map(|word| vec![word]);
        let Some(these) = listed.or_else(|| option.get("enum").and_then(Json::as_array).cloned()) else { return };
        let meaning = option.get("description").and_then(Json::as_str).unwrap_or("");
        meanings.extend(these.iter().filter_map(Json::as_str).map(|word| format!("{word}: {meaning}")));
        words.extend(these);
    }
    let own = object.get("description").and_then(Json::as_str).unwrap_or("");
    let description = format!("{own} {}", meanings.join(" "));
    object.remove("oneOf");
    object.insert("type".into(), json!("string"));
    object.insert("enum".into(), Json::Array(words));
    object.insert("description".into(), json!(description.trim()));
}
