//! The patterns of the schema, without a regular expression engine.

use crate::api::duration::{DURATION, DURATION_OR_ZERO, KEEPALIVE};

/// A pattern that strings of the schema have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Pattern {
    Duration,
    DurationOrZero,
    Keepalive,
    AbsolutePath,
    IstioVersion,
    DnsName,
}

/// Each with its regular expression.
const PATTERNS: [(Pattern, &str); 6] = [
    (Pattern::Duration, DURATION),
    (Pattern::DurationOrZero, DURATION_OR_ZERO),
    (Pattern::Keepalive, KEEPALIVE),
    (Pattern::AbsolutePath, "^/"),
    (Pattern::IstioVersion, r"^1\.[0-9]{1,3}$"),
    (Pattern::DnsName, r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"),
];

impl Pattern {
    /// The pattern with this regular expression.
    #[must_use]
    pub fn of(expression: &str) -> Option<Self> {
        PATTERNS.into_iter().find(|(_, known)| *known == expression).map(|(pattern, _)| pattern)
    }

    /// Whether the text has this pattern.
    #[must_use]
    pub fn matches(self, text: &str) -> bool {
        match self {
            Pattern::Duration => is_duration(text),
            Pattern::DurationOrZero => text == "0s" || is_duration(text),
            Pattern::Keepalive => text.strip_suffix('s').and_then(|seconds| number(seconds, 5)).is_some_and(|n| n <= 32_767),
            Pattern::AbsolutePath => text.starts_with('/'),
            Pattern::DnsName => is_dns_name(text),
            Pattern::IstioVersion => text.strip_prefix("1.").is_some_and(|minor| minor.len() <= 3 && are_digits(minor)),
        }
    }
}

/// Hours, minutes, seconds and milliseconds in this order, the last of them at least; or seconds
/// with a fraction, alone.
fn is_duration(text: &str) -> bool {
    if let Some((seconds, fraction)) = text.strip_suffix('s').and_then(|text| text.split_once('.')) {
        let whole = seconds == "0" || number(seconds, 9).is_some();
        return whole && fraction.len() <= 3 && are_digits(fraction) && !fraction.ends_with('0');
    }
    let (mut rest, mut last) = (text, None);
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (value, after) = rest.split_at(digits);
        let Some((order, unit, longest)) = UNITS.into_iter().find(|(_, unit, _)| {
            after.strip_prefix(unit).is_some_and(|after| after.is_empty() || after.starts_with(|c: char| c.is_ascii_digit()))
        }) else {
            return false;
        };
        if last.is_some_and(|last| last >= order) || number(value, longest).is_none() {
            return false;
        }
        (rest, last) = (&after[unit.len()..], Some(order));
    }
    last.is_some()
}

/// Order, name and longest number of each.
const UNITS: [(u8, &str, usize); 4] = [(0, "h", 6), (1, "m", 6), (2, "s", 9), (3, "ms", 9)];

/// A number of so many digits at the most, the first of which is not zero.
fn number(text: &str, longest: usize) -> Option<u64> {
    let sound = text.len() <= longest && are_digits(text) && !text.starts_with('0');
    if sound { text.parse().ok() } else { None }
}

/// Lower-case letters, digits, dots and dashes, with a letter or a digit at both ends.
fn is_dns_name(text: &str) -> bool {
    let is_end = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    (1..=253).contains(&bytes.len())
        && is_end(bytes[0])
        && is_end(bytes[bytes.len() - 1])
        && bytes.iter().all(|byte| is_end(*byte) || matches!(byte, b'.' | b'-'))
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
