//! Kubernetes' quantities: `1`, `"1"` and `1000m` are the same amount.

use serde_yaml::Value;

/// The amount in billionths, the finest that Kubernetes keeps; `None` for what is no quantity, or
/// too long to be counted exactly.
///
/// The form is that of `resource.ParseQuantity` (k8s.io/apimachinery/pkg/api/resource).
#[must_use]
pub fn nanos(value: &Value) -> Option<i128> {
    match value {
        Value::String(text) => parse(text),
        Value::Number(number) => parse(&number.to_string()),
        _ => None,
    }
}

/// The same of a text.
#[must_use]
pub fn parse(text: &str) -> Option<i128> {
    let (sign, unsigned) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() == 0 || fraction.contains('.') {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let mantissa: i128 = format!("0{whole}{fraction}").parse().ok()?;
    let (ten, two) = factor(suffix)?;
    let places = 9 + ten - i32::try_from(fraction.len()).ok()?;
    let scaled = mantissa.checked_mul(1_i128.checked_shl(two)?)?;
    let power = 10_i128.checked_pow(places.unsigned_abs())?;
    let amount = match places {
        0.. => scaled.checked_mul(power)?,
        _ if scaled % power == 0 => scaled / power,
        _ => return None,
    };
    Some(sign * amount)
}

/// The suffix as a power of ten and a power of two.
fn factor(suffix: &str) -> Option<(i32, u32)> {
    Some(match suffix {
        "n" => (-9, 0),
        "u" => (-6, 0),
        "m" => (-3, 0),
        "" => (0, 0),
        "k" => (3, 0),
        "M" => (6, 0),
        "G" => (9, 0),
        "T" => (12, 0),
        "P" => (15, 0),
        "E" => (18, 0),
        "Ki" => (0, 10),
        "Mi" => (0, 20),
        "Gi" => (0, 30),
        "Ti" => (0, 40),
        "Pi" => (0, 50),
        "Ei" => (0, 60),
        exponent => (exponent.strip_prefix(['e', 'E'])?.parse().ok().filter(|power: &i32| power.abs() <= 30)?, 0),
    })
}

/// An amount as Kubernetes writes it: in powers of two with `Ki` and so on, where it was counted so and
/// is one, else in decimal.
#[must_use]
pub fn written(nanos: i128, binary: bool) -> String {
    const ONE: i128 = 1_000_000_000;
    let in_units = |unit: i128, suffix: &str| (nanos % unit == 0).then(|| format!("{}{suffix}", nanos / unit));
    if binary && nanos != 0 {
        let powers = [("Ei", 60), ("Pi", 50), ("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)];
        if let Some(written) = powers.iter().find_map(|(suffix, two)| in_units(ONE << two, suffix)) {
            return written;
        }
    }
    let decimals = [(ONE, ""), (ONE / 1_000, "m"), (ONE / 1_000_000, "u")];
    decimals.iter().find_map(|(unit, suffix)| in_units(*unit, suffix)).unwrap_or_else(|| format!("{nanos}n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_amount_in_other_words() {
        let same = [
            ["1", "1000m"],
            ["0.5", "500m"],
            ["1Gi", "1024Mi"],
            ["1.5Gi", "1536Mi"],
            ["1k", "1e3"],
            ["100n", "0.1u"],
            ["+1", "1."],
            [".5", "500m"],
            ["1E", "1000P"],
            ["12E2", "1200"],
        ];
        for [one, other] in same {
            assert!(parse(one).is_some() && parse(one) == parse(other), "{one} {other}");
        }
        assert_eq!(nanos(&Value::from(2)), parse("2"));
        assert_ne!(parse("1G"), parse("1Gi"));
        assert_ne!(parse("-1"), parse("1"));
        for wrong in
            ["", ".", "-", "1.1.1", "1x", "m", "1 ", "0x10", "1e99", "99999999999999999999999999999999999999999", "1e-20"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_amount_is_written_as_it_is_read() {
        for text in ["0", "1", "100m", "1500m", "3u", "7n", "-2", "12"] {
            assert_eq!(written(parse(text).unwrap(), false), text);
        }
        for text in ["0", "128Mi", "1Gi", "1536Mi", "3Ki", "1000", "500m"] {
            assert_eq!(written(parse(text).unwrap(), true), text);
        }
        assert_eq!(written(parse("1Gi").unwrap(), false), "1073741824");
    }
}
