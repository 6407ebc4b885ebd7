//! What a scalar means, by the rules of `resolve.go` of `go.yaml.in/yaml/v3`.

use super::number::number;
use super::timestamp::timestamp;
use granit_parser::{ScalarStyle, Tag};
use serde_yaml::{Number, Value};

/// The key that merges other mappings into its own (YAML 1.1, <https://yaml.org/type/merge.html>).
pub const MERGE: &str = "<<";

/// A scalar as it was written.
pub struct Scalar<'s> {
    /// Its text, without quotes and escapes.
    pub text: &'s str,
    /// Its notation.
    pub style: ScalarStyle,
    /// Its tag, where it has one.
    pub tag: Option<&'s Tag>,
}

/// The value of a scalar.
///
/// # Errors
/// Its tag asks for a type that its text does not have, or for `!!binary`.
pub fn resolve(scalar: &Scalar<'_>) -> Result<Value, String> {
    let Some(tag) = scalar.tag.filter(|tag| !is_non_specific(tag)) else {
        let plain = scalar.style == ScalarStyle::Plain;
        return Ok(if plain { untagged(scalar.text) } else { Value::String(scalar.text.into()) });
    };
    // The value is not quoted: it may be that of a Secret.
    let mismatch = |wanted: &str| Err(format!("the tag !!{wanted} on a scalar that is none"));
    match (standard(tag), untagged(scalar.text)) {
        // Of a tag that nobody here knows kyaml keeps the text.
        (None, _) | (Some("str"), _) => Ok(Value::String(scalar.text.into())),
        (Some("int"), value @ Value::Number(_)) if integral(&value) => Ok(value),
        (Some("float"), value @ Value::Number(_)) if is_exact_float(&value) => Ok(value),
        (Some("bool"), value @ Value::Bool(_)) => Ok(value),
        (Some("null"), Value::Null) => Ok(Value::Null),
        // kyaml writes the string `<<` like this where it is a value.
        (Some("merge"), _) if scalar.text == MERGE => Ok(Value::String(MERGE.into())),
        (Some(other), _) => mismatch(other),
    }
}

/// Whether a plain scalar's text means null.
pub fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// `!` alone says nothing: the parsers resolve such a scalar as if it had no tag.
fn is_non_specific(tag: &Tag) -> bool {
    tag.handle().is_empty() && tag.suffix() == "!" || tag.handle() == "!" && tag.suffix().is_empty()
}

/// What follows `tag:yaml.org,2002:`; `None` for tags of other origins.
pub fn standard(tag: &Tag) -> Option<&str> {
    const PREFIX: &str = "tag:yaml.org,2002:";
    if tag.handle() == PREFIX {
        return Some(tag.suffix());
    }
    tag.handle().is_empty().then(|| tag.suffix().strip_prefix(PREFIX)).flatten()
}

fn integral(value: &Value) -> bool {
    matches!(value, Value::Number(number) if !number.is_f64())
}

/// Whether a number stays what it is as a 64-bit float.
fn is_exact_float(value: &Value) -> bool {
    const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
    value.as_i64().map(i64::unsigned_abs).or(value.as_u64()).is_none_or(|magnitude| magnitude <= EXACT)
}

fn untagged(text: &str) -> Value {
    let Some(first) = text.as_bytes().first() else { return Value::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text),
        b'.' | b'+' | b'-' | b'0'..=b'9' => special_float(text)
            .or_else(|| timestamp(text).map(Value::String))
            .or_else(|| number(text).map(Value::Number))
            .unwrap_or_else(|| Value::String(text.into())),
        _ => Value::String(text.into()),
    }
}

fn word(text: &str) -> Value {
    match text {
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        text if is_null(text) => Value::Null,
        text => Value::String(text.into()),
    }
}

fn special_float(text: &str) -> Option<Value> {
    let float = match text {
        ".nan" | ".NaN" | ".NAN" => f64::NAN,
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => f64::INFINITY,
        "-.inf" | "-.Inf" | "-.INF" => f64::NEG_INFINITY,
        _ => return None,
    };
    Some(Value::Number(Number::from(float)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Value {
        resolve(&Scalar { text, style: ScalarStyle::Plain, tag: None }).unwrap()
    }

    #[test]
    fn plain_scalars_mean_what_kyaml_makes_of_them() {
        for (text, integer) in [
            ("014", 12),
            ("1_000", 1000),
            ("0o7", 7),
            ("0x_1F", 31),
            ("-0b101", -5),
            ("089", 89),
            ("1e3", 1000),
            ("+1", 1),
            ("5.", 5),
            ("1_", 1),
            ("-0o17", -15),
            ("0B1", 1),
        ] {
            assert_eq!(plain(text), Value::from(integer), "{text}");
        }
        for (text, float) in
            [(".5", 0.5), ("1.10", 1.1), ("-.5e-3", -0.0005), ("18446744073709551616", 18_446_744_073_709_551_616.0)]
        {
            assert_eq!(plain(text), Value::from(float), "{text}");
        }
        for text in
            ["yes", "No", "on", "y", "12:34:56", "0b102", "1e999", "-", "+", ".", "1.2.3", "0x", "1e", "..5", "._5", "2001-13-01"]
        {
            assert_eq!(plain(text), Value::from(text), "{text}");
        }
        assert_eq!(plain("18446744073709551615"), Value::from(u64::MAX));
        assert_eq!(plain("2001-1-2"), Value::from("2001-01-02T00:00:00Z"));
        assert_eq!([plain("True"), plain("FALSE"), plain("~"), plain("")], [true.into(), false.into(), Value::Null, Value::Null]);
    }
}
