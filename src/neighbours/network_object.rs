//! A NetworkPolicy, as it is read and as it is written.

use super::generated_policy::{GeneratedPolicy, companion};
use super::network_rule::{Peer, peers};
use crate::changes::Kind;
use crate::findings::Code;
use crate::interception::Interception;
use crate::interception::names::is_generated;
use crate::krm::{Finding, Item};
use crate::objects::index::namespace_key;
use crate::objects::selector::Selector;
use crate::objects::value::{at, sequence};
use serde_yaml::{Mapping, Value};

const KIND: Kind = Kind { group: "networking.k8s.io", kind: "NetworkPolicy" };

/// A NetworkPolicy of the user's.
pub struct Policy<'i, 'a> {
    pub index: usize,
    pub item: &'i Item<'a>,
    pub value: &'i Value,
    pub namespace: String,
    pub selector: Selector,
    /// Whether it restricts who may reach its pods, and what they may reach.
    pub of_ingress: bool,
    pub of_egress: bool,
    /// Whether each rule of ingress is for all ports.
    pub ingress_of_all_ports: bool,
    /// The destinations of each egress rule, and whether it is for all ports.
    pub egress: Vec<(Vec<Peer>, bool)>,
}

/// Kubernetes: without `policyTypes` a policy is one of ingress, and of egress if it has rules.
fn is_of(policy: &Value, kind: &str) -> bool {
    let types = sequence(policy, &["spec", "policyTypes"]);
    if types.is_empty() {
        return kind == "Ingress" || at(policy, &["spec", "egress"]).is_some();
    }
    types.iter().any(|one| one.as_str() == Some(kind))
}

impl<'i, 'a> Policy<'i, 'a> {
    /// One of the user's; none that is generated.
    pub fn of((index, item): (usize, &'i Item<'a>)) -> Option<Self> {
        let value = item.value().ok().filter(|_| !is_generated(item))?;
        let namespace = namespace_key(item.id().namespace.as_deref()).to_string();
        let of_all_ports = |rule: &Value| sequence(rule, &["ports"]).is_empty();
        let ingress_of_all_ports = sequence(value, &["spec", "ingress"]).iter().all(of_all_ports);
        let egress = sequence(value, &["spec", "egress"]).iter().map(|rule| (peers(rule), of_all_ports(rule))).collect();
        let selector = Selector::read(at(value, &["spec", "podSelector"]));
        let (of_ingress, of_egress) = (is_of(value, "Ingress"), is_of(value, "Egress"));
        Some(Policy { index, item, value, namespace, selector, of_ingress, of_egress, ingress_of_all_ports, egress })
    }
}

/// A port of a rule that the input does not resolve.
pub fn unresolved(policy: &Policy<'_, '_>, place: String, port: &str) -> Finding {
    let message = format!("\"{port}\": the input does not tell which port of the application this is");
    let remedy = "write the number, or add the workload that names the port to the same build";
    Finding::error(Code::NetworkPolicyNotAdapted, message, remedy).about(policy.item).at(place).seen(port)
}

/// A policy beside the user's.
pub fn written(
    interception: &Interception,
    name: &str,
    selected: Value,
    ingress: Option<Vec<Value>>,
    egress: Option<Vec<Value>>,
) -> GeneratedPolicy {
    let types = [("Ingress", ingress.is_some()), ("Egress", egress.is_some())];
    let types: Vec<Value> = types.into_iter().filter(|(_, is)| *is).map(|(name, _)| name.into()).collect();
    let mut spec = Mapping::new();
    spec.insert("podSelector".into(), selected);
    spec.insert("policyTypes".into(), types.into());
    for (field, rules) in [("ingress", ingress), ("egress", egress)] {
        if let Some(rules) = rules.filter(|rules| !rules.is_empty()) {
            spec.insert(field.into(), rules.into());
        }
    }
    companion(interception, "v1", KIND, name, spec)
}
