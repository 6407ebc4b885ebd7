//! What kustomize notes on an item about the layers that renamed it.

use super::Item;

/// The annotations of `api/internal/utils/annotations.go` in kustomize, all of this domain.
const DOMAIN: &str = "internal.config.kubernetes.io/";

/// The longest name of an object (Kubernetes, "Object Names and IDs").
const LONGEST_NAME: usize = 253;

/// What the layers below have made of an item's name. Where nothing was renamed, all is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layers {
    /// The names that the item had, the first one first.
    pub names: Vec<String>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

impl Layers {
    /// Reads the annotations. Items whose text does not speak of them are not parsed.
    #[must_use]
    pub fn of(item: &Item<'_>) -> Self {
        let text = item.fragment().text();
        if !text.contains("previousNames") {
            return Layers::default();
        }
        let list = |key: &str| {
            let value = item.text_at(&["metadata", "annotations", &format!("{DOMAIN}{key}")]);
            value.into_iter().flat_map(|names| names.split(',')).map(str::to_string).collect()
        };
        Layers { names: list("previousNames"), prefixes: list("prefixes"), suffixes: list("suffixes") }
    }

    /// Whether no prefix and no suffix was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty() && self.suffixes.is_empty()
    }

    /// Whether both can have come out of one kustomization: from the outermost layer inwards,
    /// prefixes and suffixes are the same as far as both go (kustomize, `PrefixesSuffixesEquals`).
    #[must_use]
    pub fn meets(&self, other: &Layers) -> bool {
        let same = |one: &[String], other: &[String]| one.iter().rev().zip(other.iter().rev()).all(|(one, other)| one == other);
        same(&self.prefixes, &other.prefixes) && same(&self.suffixes, &other.suffixes)
    }

    /// Whether the same layers renamed both.
    #[must_use]
    pub fn equals(&self, other: &Layers) -> bool {
        self.prefixes == other.prefixes && self.suffixes == other.suffixes
    }

    /// What the layers that made `current` of `previous` would make of `name`; `None` where
    /// prefixes and suffixes do not explain `current`.
    #[must_use]
    pub fn rename(&self, previous: &str, current: &str, name: &str) -> Option<String> {
        // No Service has a longer name, and layers may be many.
        let current = Some(current).filter(|current| current.len() <= LONGEST_NAME)?;
        current.match_indices(previous).find_map(|(at, _)| {
            let (before, after) = (&current[..at], &current[at + previous.len()..]);
            // The outermost layer's prefix comes first, its suffix last.
            let prefixes =
                self.prefixes.iter().rev().fold(before, |rest, prefix| rest.strip_prefix(prefix.as_str()).unwrap_or(rest));
            let suffixes =
                self.suffixes.iter().rev().fold(after, |rest, suffix| rest.strip_suffix(suffix.as_str()).unwrap_or(rest));
            (prefixes.is_empty() && suffixes.is_empty()).then(|| format!("{before}{name}{after}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(prefixes: &[&str], suffixes: &[&str]) -> Layers {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Layers { names: Vec::new(), prefixes: owned(prefixes), suffixes: owned(suffixes) }
    }

    #[test]
    fn other_names_are_renamed_alike() {
        let both = layers(&["a-", "eu-"], &["-v1"]);
        assert_eq!(both.rename("sn0-ep", "eu-a-sn0-ep-v1", "sn0").as_deref(), Some("eu-a-sn0-v1"));
        // From the name between the layers, too.
        assert_eq!(both.rename("a-sn0-ep", "eu-a-sn0-ep-v1", "a-sn0").as_deref(), Some("eu-a-sn0-v1"));
        assert_eq!(both.rename("sn0-ep", "something-else", "sn0"), None);
        assert_eq!(both.rename("sn0-ep", "my-sn0-ep", "sn0"), None);
    }

    #[test]
    fn layers_are_compared_from_the_outermost_inwards() {
        assert!(layers(&["a-", "eu-"], &[]).meets(&layers(&["eu-"], &[])));
        assert!(layers(&["a-"], &[]).meets(&layers(&[], &[])));
        assert!(!layers(&["a-"], &[]).meets(&layers(&["b-"], &[])));
        assert!(!layers(&["a-"], &["-x"]).meets(&layers(&["a-"], &["-y"])));
    }
}
