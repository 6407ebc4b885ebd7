//! The names of generated objects, and who has them already.

use super::MANAGER;
use super::index::{Index, namespace_key};
use super::interception::{Front, Interception, Target};
use crate::krm::{Code, Finding, Findings, Item};
use serde_yaml::Value;
use std::collections::HashMap;
use std::rc::Rc;

/// A kind that is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Kind {
    Service,
    ServiceAccount,
    Deployment,
    HorizontalPodAutoscaler,
    PodDisruptionBudget,
    Gateway,
    VirtualService,
    DestinationRule,
    AuthorizationPolicy,
    NetworkPolicy,
    EnvoyFilter,
}

impl Kind {
    /// API group and kind.
    #[must_use]
    pub fn group_kind(self) -> (&'static str, &'static str) {
        match self {
            Kind::Service => ("", "Service"),
            Kind::ServiceAccount => ("", "ServiceAccount"),
            Kind::Deployment => ("apps", "Deployment"),
            Kind::HorizontalPodAutoscaler => ("autoscaling", "HorizontalPodAutoscaler"),
            Kind::PodDisruptionBudget => ("policy", "PodDisruptionBudget"),
            Kind::Gateway => ("networking.istio.io", "Gateway"),
            Kind::VirtualService => ("networking.istio.io", "VirtualService"),
            Kind::DestinationRule => ("networking.istio.io", "DestinationRule"),
            Kind::AuthorizationPolicy => ("security.istio.io", "AuthorizationPolicy"),
            Kind::NetworkPolicy => ("networking.k8s.io", "NetworkPolicy"),
            Kind::EnvoyFilter => ("networking.istio.io", "EnvoyFilter"),
        }
    }
}

/// An object that an interception generates.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Generated {
    /// Its kind.
    pub kind: Kind,
    /// Its name; its namespace is the interception's.
    pub name: String,
}

impl Generated {
    /// What a companion is, by its kind and name.
    #[must_use]
    pub fn of(companion: &Value) -> Option<Self> {
        let kind = match companion.get("kind")?.as_str()? {
            "AuthorizationPolicy" => Kind::AuthorizationPolicy,
            "NetworkPolicy" => Kind::NetworkPolicy,
            _ => return None,
        };
        Some(Generated { kind, name: companion.get("metadata")?.get("name")?.as_str()?.to_string() })
    }
}

impl Interception {
    /// Everything that is generated, in the order of writing.
    #[must_use]
    pub fn generated(&self) -> Vec<Generated> {
        let named = |kind, name: &str| Generated { kind, name: name.to_string() };
        let mut all = Vec::with_capacity(8);
        if self.front == Front::FromTarget {
            all.push(named(Kind::Service, &self.front_name));
        }
        if self.target == Target::FromFront {
            all.push(named(Kind::Service, &self.target_name));
        }
        if self.has_own_service() {
            all.push(named(Kind::Service, &self.proxy_name));
        }
        all.push(named(Kind::ServiceAccount, &self.proxy_name));
        all.push(named(Kind::Deployment, &self.proxy_name));
        all.push(named(Kind::HorizontalPodAutoscaler, &self.proxy_name));
        if self.has_disruption_budget() {
            all.push(named(Kind::PodDisruptionBudget, &self.proxy_name));
        }
        all.push(named(Kind::Gateway, &self.proxy_name));
        all.push(named(Kind::VirtualService, &self.proxy_name));
        if self.rules.on_target.is_none() {
            all.push(named(Kind::DestinationRule, &self.target_name));
        }
        if self.has_rule_of_clients() {
            all.push(named(Kind::DestinationRule, &self.proxy_name));
        }
        if self.carries_http() || self.traffic.raises_choices(&self.ports) {
            all.push(named(Kind::EnvoyFilter, &self.proxy_name));
        }
        all.extend(self.companions.iter().filter_map(Generated::of));
        all
    }

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

/// Refuses generated objects whose name somebody else's object has, in the input or in another
/// interception. Objects of an earlier run are noted, to be replaced in place.
pub fn refuse_taken(interceptions: &mut [Interception], index: &Index<'_, '_>, findings: &mut Findings) {
    let all: Vec<Vec<Generated>> = interceptions.iter().map(Interception::generated).collect();
    let mut owners: HashMap<(&Generated, Rc<str>), usize> = HashMap::with_capacity(all.iter().map(Vec::len).sum());
    for (position, generated) in all.iter().enumerate() {
        let namespace = interceptions[position].namespace.clone();
        let here: Rc<str> = namespace_key(namespace.as_deref()).into();
        let mut rival = None;
        for generated in generated {
            let owner = owners.insert((generated, Rc::clone(&here)), position);
            if owner.is_some() {
                rival = rival.or(owner.map(|owner| (owner, generated)));
                continue;
            }
            let (group, kind) = generated.kind.group_kind();
            for found in index.find(group, kind, namespace.as_deref(), &generated.name) {
                let item = index.item(*found);
                if is_generated(item) {
                    interceptions[position].existing.insert(generated.clone(), *found);
                } else {
                    findings.push(taken(generated, &interceptions[position]).about(item).at("metadata.name"));
                }
            }
        }
        if let Some((owner, Generated { kind, name })) = rival {
            let (owner, kind) = (interceptions[owner].source.object(), kind.group_kind().1);
            let message = format!("\"{owner}\" generates a {kind} \"{name}\" too");
            let finding = Finding::error(Code::NameTaken, message, "give each ProxyService a Service and a target of its own");
            findings.push(interceptions[position].source.point(finding.seen(name.as_str()), "target"));
        }
    }
}

fn taken(generated: &Generated, interception: &Interception) -> Finding {
    let (Generated { name, .. }, kind) = (generated, generated.kind.group_kind().1);
    let message = format!("the name \"{name}\" is that of the {kind} to generate for {}", interception.source.object());
    Finding::error(Code::NameTaken, message, format!("rename or remove this {kind}")).seen(name.as_str())
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
