//! Checks a resource against its schema, and says what is wrong in a user's words.

use super::duration::{DURATION, DURATION_OR_ZERO, KEEPALIVE};
use super::schema::{Pattern, json_schema, shape};
use crate::findings::Code;
use crate::krm::{Finding, Findings, Item, to_json};
use crate::spelling;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value as Json;
use std::collections::HashMap;

/// The compiled schemas of one run: compiled when something of a kind is wrong, to say what.
#[derive(Default)]
pub struct Checker {
    compiled: HashMap<String, (Json, Validator)>,
}

impl Checker {
    /// The resource as JSON without its null fields, if the schema accepts it.
    ///
    /// # Errors
    /// Everything that the schema refuses, a finding each.
    pub fn check(&mut self, item: &Item<'_>) -> Result<Json, Findings> {
        let mut json = to_json(item.value()?).map_err(|path| {
            Finding::error(Code::InvalidValue, "a key is not a string, or a value has a tag", "write plain JSON-like YAML")
                .about(item)
                .at(path)
        })?;
        normalise(&mut json);
        let kind = item.id().kind.as_ref();
        if shape(kind).is_some_and(|shape| shape.accepts(&json)) {
            return Ok(json);
        }
        let (schema, validator) = self.compiled.entry(kind.to_string()).or_insert_with(|| {
            let schema = json_schema(kind).expect("the caller asks for kinds of this group only");
            let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
            (schema, validator)
        });
        let mut findings = Findings::default();
        for error in validator.iter_errors(&json) {
            for finding in explain(&error, schema) {
                findings.push(finding.about(item));
            }
        }
        if findings.is_empty() { Ok(json) } else { Err(findings) }
    }
}

/// `field:` without a value means that the field is not set, and 2.0 is 2.
fn normalise(json: &mut Json) {
    match json {
        Json::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(normalise);
        }
        Json::Array(items) => items.iter_mut().for_each(normalise),
        // JSON Schema takes 2.0 for an integer (draft 2020-12, 6.1.1); the types do not.
        Json::Number(number) => {
            if let Some(float) = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15) {
                *number = (float as i64).into();
            }
        }
        _ => {}
    }
}

fn explain(error: &ValidationError<'_>, schema: &Json) -> Vec<Finding> {
    let pointer = error.instance_path().to_string();
    let field = field_path(&pointer);
    let value = error.instance();
    let shown = show(value);
    let invalid = |message: String, remedy: String| {
        vec![Finding::error(Code::InvalidValue, message, remedy).at(field.clone()).seen(value.as_ref().clone())]
    };
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            unexpected.iter().map(|name| unknown_field(&field, name, value.get(name), schema_at(schema, &pointer))).collect()
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let path = join(&field, name);
            let meaning = schema_at(schema, &format!("{pointer}/{name}"))
                .and_then(|node| node.get("description")?.as_str())
                .map_or(String::new(), |text| format!(": {}", text.trim_end_matches('.')));
            vec![Finding::error(Code::InvalidValue, "a required field is missing", format!("add `{name}`{meaning}")).at(path)]
        }
        ValidationErrorKind::Type { kind } => {
            let wanted = match kind {
                TypeKind::Single(name) => name.to_string(),
                TypeKind::Multiple(names) => names.iter().map(|name| name.to_string()).collect::<Vec<_>>().join(" or "),
            };
            let remedy = match (&**value, wanted.as_str()) {
                (Json::String(text), "integer") if text.parse::<i64>().is_ok() => "remove the quotes".to_string(),
                (Json::Number(_) | Json::Bool(_), "string") => "put it in quotes".to_string(),
                _ => format!("write a value of type {wanted}"),
            };
            invalid(format!("{shown} is not of type {wanted}"), remedy)
        }
        ValidationErrorKind::Enum { options } => {
            let options: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
            invalid(format!("{shown} is not a known value"), one_of(&options, value.as_str().unwrap_or_default()))
        }
        ValidationErrorKind::Minimum { limit } => {
            invalid(format!("{shown} is less than {limit}"), format!("write {limit} or more"))
        }
        ValidationErrorKind::Maximum { limit } => {
            invalid(format!("{shown} is greater than {limit}"), format!("write {limit} or less"))
        }
        ValidationErrorKind::MaxLength { limit } => {
            invalid(format!("{shown} is longer than {limit} characters"), "shorten it".to_string())
        }
        ValidationErrorKind::MinLength { .. } => {
            invalid("the value is empty".to_string(), "write a value or remove the field".into())
        }
        ValidationErrorKind::Pattern { pattern } if pattern == DURATION || pattern == DURATION_OR_ZERO => {
            let zero = if pattern == DURATION { "not zero" } else { "0s for none" };
            let remedy = format!("write it with its unit, such as 1m30s, 5s, 0.5s or 250ms; no finer than 1ms, and {zero}");
            invalid(format!("{shown} is not a duration"), remedy)
        }
        ValidationErrorKind::Pattern { pattern } if pattern == KEEPALIVE => {
            invalid(format!("{shown} is not a number of seconds from 1s to 32767s"), "write such as 75s".to_string())
        }
        ValidationErrorKind::Pattern { pattern } if Pattern::of(pattern) == Some(Pattern::DnsName) => {
            let remedy = "write lower-case letters, digits, `.` and `-`, without a dot at either end".to_string();
            invalid(format!("{shown} is no name of DNS"), remedy)
        }
        ValidationErrorKind::Pattern { pattern } if pattern == "^/" => {
            invalid(format!("{shown} does not begin with \"/\""), "write an absolute path".to_string())
        }
        _ => invalid(error.to_string(), "correct the value".to_string()),
    }
}

fn unknown_field(parent: &str, name: &str, value: Option<&Json>, schema: Option<&Json>) -> Finding {
    let known: Vec<&str> = schema
        .and_then(|node| node.get("properties")?.as_object())
        .map(|properties| properties.keys().map(String::as_str).collect())
        .unwrap_or_default();
    let shown = value.map_or(String::new(), |value| format!(" with the value {}", show(value)));
    let remedy = match nearest(name, &known) {
        Some(near) => format!("did you mean `{near}`? Correct or remove it"),
        None => format!("remove it; the fields here are {}", known.join(", ")),
    };
    let finding = Finding::error(Code::UnknownField, format!("there is no field `{name}`{shown}"), remedy).at(join(parent, name));
    match value {
        Some(value) => finding.seen(value.clone()),
        None => finding,
    }
}

fn one_of(options: &[&str], seen: &str) -> String {
    let all = options.join(", ");
    match nearest(seen, options) {
        Some(near) => format!("did you mean {near}? It is one of {all}"),
        None => format!("write one of {all}"),
    }
}

/// Bytes beyond which a word is not compared; those of the schemas have half of that.
const LONGEST_WORD: usize = 64;

/// The word that a typing mistake most likely stands for.
pub(crate) fn nearest<'w>(seen: &str, words: &[&'w str]) -> Option<&'w str> {
    let lower = seen.to_lowercase();
    if let Some(same) = words.iter().find(|word| word.to_lowercase() == lower) {
        return Some(same);
    }
    // What is so long is no typing mistake, and to compare takes the longer.
    let likely = seen.len() <= LONGEST_WORD;
    likely.then(|| spelling::closest(seen, words, 1, 0.6).into_iter().next()).flatten()
}

/// The part of the schema that describes the value at a JSON pointer.
fn schema_at<'s>(schema: &'s Json, pointer: &str) -> Option<&'s Json> {
    pointer.split('/').filter(|step| !step.is_empty()).try_fold(schema, |node, step| {
        let property = node.get("properties").and_then(|properties| properties.get(step));
        property.or_else(|| node.get("items"))
    })
}

/// `/spec/ports/0/port` as `spec.ports[0].port`.
fn field_path(pointer: &str) -> String {
    pointer.split('/').filter(|step| !step.is_empty()).fold(String::new(), |path, step| {
        let step = step.replace("~1", "/").replace("~0", "~");
        if step.bytes().all(|byte| byte.is_ascii_digit()) { format!("{path}[{step}]") } else { join(&path, &step) }
    })
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_string() } else { format!("{parent}.{name}") }
}

/// A value in a message: whole if short, else its beginning.
fn show(value: &Json) -> String {
    let text = value.to_string();
    if text.chars().count() <= 80 { text } else { format!("{}…", text.chars().take(77).collect::<String>()) }
}
