//! Numbers, by the rules of Go's `strconv` as `resolve.go` of `go.yaml.in/yaml/v3` applies them.

use serde_yaml::Number;

/// Beyond this, Go's `encoding/json` writes a float with an exponent.
const EXPONENT_FROM: f64 = 1e21;

/// The number that a plain scalar means, if it means one.
pub fn number(text: &str) -> Option<Number> {
    if text.starts_with('.') {
        return float(text);
    }
    let text: String = text.chars().filter(|c| *c != '_').collect();
    integer(&text).or_else(|| float(&text))
}

/// `strconv.ParseInt(text, 0, 64)`, else `ParseUint`.
fn integer(text: &str) -> Option<Number> {
    let (negative, magnitude) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = radix(magnitude);
    if digits.is_empty() && magnitude != "0" || !digits.bytes().all(|digit| char::from(digit).is_digit(radix)) {
        return None;
    }
    let magnitude = if digits.is_empty() { 0 } else { u64::from_str_radix(digits, radix).ok()? };
    if !negative {
        // A sign is for ParseInt only.
        let signed = text.starts_with('+');
        return (!signed || i64::try_from(magnitude).is_ok()).then(|| Number::from(magnitude));
    }
    0_i64.checked_sub_unsigned(magnitude).map(Number::from)
}

/// The radix of a prefix of Go's integer literals, and the digits after it.
fn radix(text: &str) -> (u32, &str) {
    let Some(rest) = text.strip_prefix('0') else { return (10, text) };
    match rest.as_bytes() {
        [b'b' | b'B', _, ..] => (2, &rest[1..]),
        [b'o' | b'O', _, ..] => (8, &rest[1..]),
        [b'x' | b'X', _, ..] => (16, &rest[1..]),
        _ => (8, rest),
    }
}

/// A decimal float that is finite. One without a fraction leaves kustomize as an integer, because
/// every object is JSON on its way.
fn float(text: &str) -> Option<Number> {
    if !is_float(text) {
        return None;
    }
    let float: f64 = text.parse().ok().filter(|float: &f64| float.is_finite())?;
    if float.fract() == 0.0 && float.abs() < EXPONENT_FROM {
        let digits = format!("{float}");
        if let Ok(integer) = digits.parse::<i64>() {
            return Some(Number::from(integer));
        }
        if let Ok(integer) = digits.parse::<u64>() {
            return Some(Number::from(integer));
        }
    }
    Some(Number::from(float))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) =
        unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa && exponent
}
