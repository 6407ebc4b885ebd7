//! The names of generated objects, and who has them already.

use super::{Interception, MANAGER};
use crate::krm::Item;

impl Interception {
    /// A budget helps only where one proxy can go while another stays; with a single one it would
    /// block every node drain.
    #[must_use]
    pub fn has_disruption_budget(&self) -> bool {
        self.pool.min_replicas >= 2 || self.proxy.disruption_budget.is_some()
    }
}

/// Whether an earlier run generated the item.
#[must_use]
pub fn is_generated(item: &Item<'_>) -> bool {
    item.text_at(&["metadata", "labels", "app.kubernetes.io/managed-by"]) == Some(MANAGER)
}

/// The longest name of a Service, and of a label value.
const MAX_NAME: usize = 63;

/// `base` with `suffix`; where that is too long, `base` is cut and a hash of it keeps names apart.
#[must_use]
pub fn derived(base: &str, suffix: &str) -> String {
    if base.len() + suffix.len() <= MAX_NAME {
        return format!("{base}{suffix}");
    }
    let hash = format!("{:08x}", fnv1a(base.as_bytes()));
    let room = MAX_NAME - suffix.len() - hash.len() - 1;
    let cut: String = base.chars().take(room).collect();
    format!("{}-{hash}{suffix}", cut.trim_end_matches(['-', '.']))
}

/// FNV-1a, 32 bits (RFC draft "The FNV Non-Cryptographic Hash Algorithm").
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// Whether a name can be that of a Service (RFC 1035 label).
#[must_use]
pub fn is_service_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    !name.is_empty()
        && name.len() <= MAX_NAME
        && bytes[0].is_ascii_lowercase()
        && bytes[bytes.len() - 1] != b'-'
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let (a, b) = (format!("{}a", "x".repeat(60)), format!("{}b", "x".repeat(60)));
        let (a, b) = (derived(&a, "-proxy"), derived(&b, "-proxy"));
        assert_eq!((a.len(), b.len()), (63, 63));
        assert_ne!(a, b);
        assert!(is_service_name(&a));
        assert_eq!(derived("sn0", "-ep"), "sn0-ep");
    }
}
