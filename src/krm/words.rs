//! Names looked for in texts: a look that spares most items the parser.

use std::collections::HashSet;

/// A set of names, each looked for as a word of its own.
#[derive(Debug)]
pub struct Words {
    words: HashSet<Box<str>>,
    /// Which bytes are part of a word.
    part: [bool; 256],
    /// A bit for each fingerprint of a name: most words of a text are none of the names, and this
    /// tells without hashing them.
    known: Box<[u64; KNOWN / 64]>,
}

const KNOWN: usize = 1 << 16;

impl Words {
    /// Names in words of lower-case letters, digits and `-`; upper-case letters too where `upper`.
    #[must_use]
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>, upper: bool) -> Self {
        Words::made_of(names, |byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || (upper && byte.is_ascii_uppercase())
        })
    }

    /// Names in words of other bytes.
    #[must_use]
    pub fn made_of<'n>(names: impl IntoIterator<Item = &'n str>, is_part: impl Fn(u8) -> bool) -> Self {
        let mut part = [false; 256];
        for (byte, part) in (0..=255_u8).zip(&mut part) {
            *part = is_part(byte);
        }
        let words: HashSet<Box<str>> = names.into_iter().map(Box::from).collect();
        let mut known = Box::new([0; KNOWN / 64]);
        for word in &words {
            let bit = fingerprint(word.as_bytes());
            known[bit / 64] |= 1 << (bit % 64);
        }
        Words { words, part, known }
    }

    /// Whether one of the names stands in the text.
    #[must_use]
    pub fn any_in(&self, text: &str) -> bool {
        if self.words.is_empty() {
            return false;
        }
        let bytes = text.as_bytes();
        let mut start = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if !self.part[usize::from(*byte)] {
                if at > start && self.has(&bytes[start..at]) {
                    return true;
                }
                start = at + 1;
            }
        }
        bytes.len() > start && self.has(&bytes[start..])
    }

    /// A dash before a word is punctuation (`${HOST:-cart}`): no name begins with one.
    fn has(&self, mut word: &[u8]) -> bool {
        while let [b'-', rest @ ..] = word {
            word = rest;
        }
        let bit = fingerprint(word);
        self.known[bit / 64] & (1 << (bit % 64)) != 0 && std::str::from_utf8(word).is_ok_and(|word| self.words.contains(word))
    }
}

/// The length, the first and the last bytes of a word, in sixteen bits.
fn fingerprint(word: &[u8]) -> usize {
    let four = |bytes: &[u8]| bytes.iter().fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
    let ends = match (word.first_chunk::<4>(), word.last_chunk::<4>()) {
        (Some(first), Some(last)) => u32::from_le_bytes(*first).wrapping_mul(0x9e37_79b1) ^ u32::from_le_bytes(*last),
        _ => four(word),
    };
    let mixed = (ends ^ u32::try_from(word.len()).unwrap_or(0)).wrapping_mul(0x85eb_ca6b);
    usize::try_from(mixed >> 16).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_as_a_whole_word_only() {
        let words = Words::new(["cart", "a", "order-service"], false);
        for text in ["cart", "name: cart", "http://cart.shop", "x a", "order-service:80", "Xcart", "é cart", "${HOST:-cart}"] {
            assert!(words.any_in(text), "{text}");
        }
        for text in ["", "carts", "cart-ep", "--", "order", "service", "é", "CART"] {
            assert!(!words.any_in(text), "{text}");
        }
        assert!(!Words::new(["cart"], true).any_in("Xcart"));
        let addresses = Words::made_of(["10.0.0.5"], |byte| byte.is_ascii_digit() || byte == b'.');
        assert!(addresses.any_in("http://10.0.0.5:80/") && !addresses.any_in("10.0.0.50") && !addresses.any_in("1.10.0.0.5"));
    }
}
