//! What a JSON Schema refuses, and why.
//!
//! The schemas of this program have few keywords (`tests/schema/shapes.rs` refuses others): a validator for
//! all of JSON Schema would be a fifth of the program. `tests/schema/differential.rs` compares with one.

use super::Pattern;
use serde_json::{Map, Value as Json};

/// Something that a schema refuses.
#[derive(Debug)]
pub struct Fault<'s, 'v> {
    /// Where it stands: a JSON pointer.
    pub pointer: String,
    /// The value that is refused.
    pub value: &'v Json,
    /// The part of the schema that refuses it.
    pub schema: &'s Json,
    /// Why.
    pub why: Why<'s, 'v>,
}

/// The keyword that refuses a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Why<'s, 'v> {
    /// `additionalProperties`: this field.
    Unknown(&'v str),
    /// `required`: this field.
    Missing(&'s str),
    /// `type`.
    Type(&'s str),
    /// `enum`: these are accepted.
    Words(&'s [Json]),
    /// `const`: this is accepted.
    Const(&'s Json),
    /// `minimum`.
    Less(&'s Json),
    /// `maximum`.
    Greater(&'s Json),
    /// `minLength`.
    Short,
    /// `maxLength`.
    Long(&'s Json),
    /// `pattern`.
    Pattern(&'s str),
    /// `anyOf`.
    AnyOf,
}

/// Everything in the value that the schema refuses.
#[must_use]
pub fn faults<'s, 'v>(schema: &'s Json, value: &'v Json) -> Vec<Fault<'s, 'v>> {
    let mut found = Vec::new();
    judge(schema, value, "", &mut found);
    found
}

fn judge<'s, 'v>(schema: &'s Json, value: &'v Json, pointer: &str, found: &mut Vec<Fault<'s, 'v>>) {
    let mut refuse = |why| found.push(Fault { pointer: pointer.to_string(), value, schema, why });
    if let Some(kind) = schema.get("type").and_then(Json::as_str).filter(|kind| !is_of_type(value, kind)) {
        refuse(Why::Type(kind));
    }
    if let Some(words) = schema.get("enum").and_then(Json::as_array).filter(|words| !words.contains(value)) {
        refuse(Why::Words(words));
    }
    if let Some(only) = schema.get("const").filter(|only| *only != value) {
        refuse(Why::Const(only));
    }
    if let Some(options) = schema.get("anyOf").and_then(Json::as_array)
        && !options.iter().any(|option| faults(option, value).is_empty())
    {
        refuse(Why::AnyOf);
    }
    match value {
        Json::Number(number) => {
            let number = number.as_f64().unwrap_or_default();
            let bound = |key| schema.get(key).and_then(|bound| Some((bound, bound.as_f64()?)));
            if let Some((least, _)) = bound("minimum").filter(|(_, least)| number < *least) {
                refuse(Why::Less(least));
            }
            if let Some((most, _)) = bound("maximum").filter(|(_, most)| number > *most) {
                refuse(Why::Greater(most));
            }
        }
        Json::String(text) => judge_text(schema, text, refuse),
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate().filter(|_| schema.get("items").is_some()) {
                judge(&schema["items"], item, &format!("{pointer}/{index}"), found);
            }
        }
        Json::Object(object) => judge_object(schema, value, object, pointer, found),
        Json::Null | Json::Bool(_) => {}
    }
}

fn is_of_type(value: &Json, kind: &str) -> bool {
    match (kind, value) {
        ("integer", Json::Number(number)) => !number.is_f64() || number.as_f64().is_some_and(|number| number.fract() == 0.0),
        ("number", Json::Number(_))
        | ("string", Json::String(_))
        | ("boolean", Json::Bool(_))
        | ("array", Json::Array(_))
        | ("object", Json::Object(_)) => true,
        _ => false,
    }
}

fn judge_text<'s, 'v>(schema: &'s Json, text: &str, mut refuse: impl FnMut(Why<'s, 'v>)) {
    let length = text.chars().count() as u64;
    let bound = |key| schema.get(key).and_then(|bound| Some((bound, bound.as_u64()?)));
    if bound("minLength").is_some_and(|(_, least)| length < least) {
        refuse(Why::Short);
    }
    if let Some((most, _)) = bound("maxLength").filter(|(_, most)| length > *most) {
        refuse(Why::Long(most));
    }
    let pattern = schema.get("pattern").and_then(Json::as_str);
    if let Some(expression) = pattern.filter(|known| Pattern::of(known).is_some_and(|pattern| !pattern.matches(text))) {
        refuse(Why::Pattern(expression));
    }
}

fn judge_object<'s, 'v>(
    schema: &'s Json,
    value: &'v Json,
    object: &'v Map<String, Json>,
    pointer: &str,
    found: &mut Vec<Fault<'s, 'v>>,
) {
    let own = |why| Fault { pointer: pointer.to_string(), value, schema, why };
    let required = schema.get("required").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let missing = required.iter().filter_map(Json::as_str).filter(|name| !object.contains_key(*name));
    let mut missing: Vec<_> = missing.map(|name| own(Why::Missing(name))).collect();
    // The order in which jsonschema tells them.
    if required.len() > 1 {
        found.append(&mut missing);
    }
    let fields = schema.get("properties").and_then(Json::as_object);
    let (others, mut unknown) = (schema.get("additionalProperties"), Vec::new());
    for (name, value) in object {
        match (fields.and_then(|fields| fields.get(name)), others) {
            (Some(field), _) | (None, Some(field @ Json::Object(_))) => {
                let step = name.replace('~', "~0").replace('/', "~1");
                judge(field, value, &format!("{pointer}/{step}"), found);
            }
            (None, Some(Json::Bool(false))) => unknown.push(own(Why::Unknown(name))),
            (None, _) => {}
        }
    }
    found.append(&mut unknown);
    found.append(&mut missing);
}
