//! What a JSON Schema accepts, as a table that needs no compilation.

use super::Pattern;
use serde_json::{Number, Value as Json};

/// The values that a schema accepts.
///
/// `accepts` is the fast answer for what is right; what it refuses is for the schema itself to judge,
/// which can say why.
#[derive(Debug)]
pub enum Shape {
    /// A mapping with these fields, sorted by name, and no others; the required ones last.
    Fields(&'static [(&'static str, &'static Shape)], &'static [&'static str]),
    /// A mapping of any keys to such values.
    Map(&'static Shape),
    /// Any mapping.
    Object,
    /// A sequence of such values.
    List(&'static Shape),
    /// A string of so many characters, from and to, and its pattern.
    Text(usize, usize, Option<Pattern>),
    /// One of these strings.
    Words(&'static [&'static str]),
    /// A whole number, from and to.
    Integer(i64, i64),
    /// A number, from and to.
    Number(f64, f64),
    /// true or false.
    Flag,
    /// A whole number or a string.
    IntegerOrText,
}

impl Shape {
    /// Whether the value is one of them.
    #[must_use]
    pub fn accepts(&self, value: &Json) -> bool {
        match (self, value) {
            (Shape::Fields(fields, required), Json::Object(object)) => {
                required.iter().all(|name| object.contains_key(*name))
                    && object.iter().all(|(name, value)| {
                        let field = fields.binary_search_by(|(field, _)| (*field).cmp(name.as_str()));
                        field.is_ok_and(|at| fields[at].1.accepts(value))
                    })
            }
            (Shape::Map(shape), Json::Object(object)) => object.values().all(|value| shape.accepts(value)),
            (Shape::List(shape), Json::Array(items)) => items.iter().all(|item| shape.accepts(item)),
            (Shape::Text(least, most, pattern), Json::String(text)) => {
                let length = text.chars().count();
                length >= *least && length <= *most && pattern.is_none_or(|pattern| pattern.matches(text))
            }
            (Shape::Words(words), Json::String(text)) => words.contains(&text.as_str()),
            (Shape::Integer(least, most), Json::Number(number)) => {
                number.as_i64().is_some_and(|number| number >= *least && number <= *most)
            }
            (Shape::Number(least, most), Json::Number(number)) => {
                number.as_f64().is_some_and(|number| number >= *least && number <= *most)
            }
            (Shape::IntegerOrText, Json::Number(number)) => Number::is_i64(number),
            (Shape::Object, Json::Object(_)) | (Shape::Flag, Json::Bool(_)) | (Shape::IntegerOrText, Json::String(_)) => true,
            _ => false,
        }
    }
}
