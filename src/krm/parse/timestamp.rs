//! Timestamps: `parseTimestamp` of `go.yaml.in/yaml/v3`, and what `encoding/json` writes of one.

/// What kustomize makes of a plain scalar that is a date, or a date and a time: RFC 3339.
///
/// The formats are those of `allowedTimestampFormats`: `2006-1-2T15:4:5.999999999Z07:00` (with `T` or
/// `t`), `2006-1-2 15:4:5.999999999` and `2006-1-2`.
pub fn timestamp(text: &str) -> Option<String> {
    let mut rest = Rest(text);
    let year = rest.digits(4, 4)?;
    rest.one_of("-")?;
    let month = rest.digits(1, 2).filter(|month| (1..=12).contains(month))?;
    rest.one_of("-")?;
    let day = rest.digits(1, 2).filter(|day| (1..=days(year, month)).contains(day))?;
    let date = format!("{year:04}-{month:02}-{day:02}");
    if rest.0.is_empty() {
        return Some(format!("{date}T00:00:00Z"));
    }
    let zoned = match rest.one_of("Tt ")? {
        ' ' => {
            rest.0 = rest.0.trim_start_matches(' ');
            false
        }
        _ => true,
    };
    let time = time(&mut rest)?;
    let zone = if zoned { zone(&mut rest)? } else { "Z".into() };
    rest.0.is_empty().then(|| format!("{date}T{time}{zone}"))
}

struct Rest<'t>(&'t str);

impl Rest<'_> {
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let length = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if length < least {
            return None;
        }
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        digits.parse().ok()
    }

    fn one_of(&mut self, characters: &str) -> Option<char> {
        let first = self.0.chars().next().filter(|c| characters.contains(*c))?;
        self.0 = &self.0[first.len_utf8()..];
        Some(first)
    }
}

/// Hours, minutes and seconds, perhaps with a fraction; its zeros at the end are not written.
fn time(rest: &mut Rest<'_>) -> Option<String> {
    let hour = rest.digits(1, 2).filter(|hour| *hour < 24)?;
    rest.one_of(":")?;
    let minute = rest.digits(1, 2).filter(|minute| *minute < 60)?;
    rest.one_of(":")?;
    let second = rest.digits(1, 2).filter(|second| *second < 60)?;
    let mut time = format!("{hour:02}:{minute:02}:{second:02}");
    if rest.one_of(".,").is_some() {
        let length = rest.0.bytes().take_while(u8::is_ascii_digit).count();
        if !(1..=9).contains(&length) {
            return None;
        }
        let (fraction, after) = rest.0.split_at(length);
        rest.0 = after;
        let fraction = fraction.trim_end_matches('0');
        if !fraction.is_empty() {
            time.push('.');
            time.push_str(fraction);
        }
    }
    Some(time)
}

fn zone(rest: &mut Rest<'_>) -> Option<String> {
    let sign = rest.one_of("Z+-")?;
    if sign == 'Z' {
        return Some("Z".into());
    }
    let hours = rest.digits(2, 2).filter(|hours| *hours < 24)?;
    rest.one_of(":")?;
    let minutes = rest.digits(2, 2).filter(|minutes| *minutes < 60)?;
    Some(if hours == 0 && minutes == 0 { "Z".into() } else { format!("{sign}{hours:02}:{minutes:02}") })
}

fn days(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
