//! Images of functions that the user allows.

use std::fmt;
use std::str::FromStr;

/// An image by its digest: whoever pushes to the registry cannot exchange it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image(String);

impl FromStr for Image {
    type Err = String;

    /// `NAME[:TAG]@sha256:DIGEST`, of the characters that the reference grammar of
    /// github.com/distribution/reference has.
    fn from_str(text: &str) -> Result<Self, String> {
        let known = |c: char| c.is_ascii_alphanumeric() || "._-/:".contains(c);
        let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        match text.split_once("@sha256:") {
            Some((name, digest))
                if name.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && name.chars().all(known)
                    && digest.len() == 64
                    && digest.chars().all(hexadecimal) =>
            {
                Ok(Image(text.into()))
            }
            _ => Err("write IMAGE@sha256:DIGEST, the digest as 64 digits of 0-9 and a-f".into()),
        }
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which functions may run beside ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// None, and the user cannot allow one.
    Never,
    /// The containers of these images.
    Images(Vec<Image>),
}

impl Allowed {
    /// Whether a declaration names one of the images, digest and all.
    #[must_use]
    pub fn has(&self, image: &str) -> bool {
        matches!(self, Allowed::Images(images) if images.iter().any(|allowed| allowed.0 == image))
    }
}

#[cfg(test)]
mod tests {
    use super::Image;

    #[test]
    fn an_image_without_a_whole_digest_and_what_could_be_an_option_is_none() {
        let digest = "0123456789abcdef".repeat(4);
        for good in ["alpine", "ghcr.io/a/b-c_d:1.0", "localhost:5000/x"] {
            assert!(format!("{good}@sha256:{digest}").parse::<Image>().is_ok(), "{good}");
        }
        for wrong in ["", "-v", "--privileged", "/x", "a b", "a\n", "ü"] {
            assert!(format!("{wrong}@sha256:{digest}").parse::<Image>().is_err(), "{wrong}");
        }
        for wrong in ["alpine", "alpine:3", "alpine@sha256:", "alpine@sha256:0123"] {
            assert!(wrong.parse::<Image>().is_err(), "{wrong}");
        }
        assert!(format!("alpine@sha256:{}", digest.to_uppercase()).parse::<Image>().is_err());
        assert!(format!("alpine@sha256:{digest}0").parse::<Image>().is_err());
        assert!(format!("alpine@sha512:{digest}").parse::<Image>().is_err());
    }
}
