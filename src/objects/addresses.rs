//! Addresses of Services: those that the input says, and ranges of them.

use super::Index;
use super::value::{at, sequence};
use crate::interception::Interception;
use crate::krm::Words;
use serde_yaml::Value;
use std::net::IpAddr;

/// The addresses that a front's Service has in the input, as they stand there: `clusterIP`, `clusterIPs`.
pub fn written<'i>(front: &Interception, index: &Index<'i, '_>) -> impl Iterator<Item = &'i str> + use<'i> {
    let service = front.pairing.front().map(|position| index.item(position));
    let service = service.filter(|item| item.fragment().text().contains("clusterIP")).and_then(|item| item.value().ok());
    let one = service.and_then(|service| at(service, &["spec", "clusterIP"])?.as_str());
    let all = service.map_or(&[][..], |service| sequence(service, &["spec", "clusterIPs"]));
    one.into_iter().chain(all.iter().filter_map(Value::as_str).filter(move |other| Some(*other) != one))
}

/// The address before a port, if any: `10.0.0.5:80`, `[fd00::1]:80`, `fd00::1`.
pub fn of_authority(authority: &str) -> Option<IpAddr> {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None if authority.matches(':').count() == 1 => authority.split(':').next()?,
        None => authority,
    };
    host.parse().ok()
}

/// Whether one of the ranges of a list (`10.0.0.0/8, fd00::/8`) has an address.
pub fn within(ranges: &str, address: IpAddr) -> bool {
    ranges.split(',').any(|range| is_in(range.trim(), address).unwrap_or(false))
}

fn is_in(range: &str, address: IpAddr) -> Option<bool> {
    let (start, bits) = range.split_once('/')?;
    let bits: u32 = bits.parse().ok()?;
    Some(match (start.parse().ok()?, address) {
        (IpAddr::V4(start), IpAddr::V4(address)) => {
            (u32::from(start) ^ u32::from(address)).checked_shr(32_u32.checked_sub(bits)?).unwrap_or(0) == 0
        }
        (IpAddr::V6(start), IpAddr::V6(address)) => {
            (u128::from(start) ^ u128::from(address)).checked_shr(128_u32.checked_sub(bits)?).unwrap_or(0) == 0
        }
        _ => false,
    })
}

/// Addresses looked for in texts.
#[derive(Debug)]
pub struct Spelling([Words; 2]);

impl Spelling {
    /// Addresses as they may stand in a text.
    pub fn of<'n>(addresses: impl Iterator<Item = &'n str>) -> Self {
        let (six, four): (Vec<&str>, Vec<&str>) = addresses.partition(|address| address.contains(':'));
        let four = Words::made_of(four, |byte| byte.is_ascii_digit() || byte == b'.');
        let six = Words::made_of(six, |byte| byte.is_ascii_hexdigit() || byte == b':');
        Spelling([four, six])
    }

    /// Whether one of them stands in the text.
    pub fn any_in(&self, text: &str) -> bool {
        self.0.iter().any(|words| words.any_in(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_what_its_bits_say() {
        for (ranges, address, expected) in [
            ("10.0.0.0/8", "10.9.8.7", true),
            ("10.1.2.3/8", "10.9.8.7", true),
            ("10.0.0.0/16", "10.9.8.7", false),
            ("10.0.0.0/16, 10.9.8.7/32", "10.9.8.7", true),
            ("0.0.0.0/0", "10.9.8.7", true),
            ("0.0.0.0/0", "fd00::1", false),
            ("fd00::/8", "fd00::1", true),
            ("::/0", "fd00::1", true),
            ("fe00::/8", "fd00::1", false),
            ("10.9.8.7", "10.9.8.7", false),
            ("10.0.0.0/33,*,/8,10.0.0.0/x", "10.9.8.7", false),
            ("", "10.9.8.7", false),
        ] {
            assert_eq!(within(ranges, address.parse().unwrap()), expected, "{ranges} {address}");
        }
    }

    #[test]
    fn an_address_may_stand_before_a_port() {
        let found = |text| of_authority(text).map(|address| address.to_string());
        assert_eq!(found("10.0.0.5:80").as_deref(), Some("10.0.0.5"));
        assert_eq!(found("[fd00::1]:80").as_deref(), Some("fd00::1"));
        assert_eq!(found("fd00::1").as_deref(), Some("fd00::1"));
        assert!(["cart.shop:80", "", "[", "10.0.0"].iter().all(|text| of_authority(text).is_none()));
        let spelling = Spelling::of(["10.0.0.5", "fd00::1"].into_iter());
        assert!(spelling.any_in("http://10.0.0.5:80/") && spelling.any_in("http://[fd00::1]:80/"));
        assert!(!spelling.any_in("10.0.0.50, fd00::11"));
    }
}
