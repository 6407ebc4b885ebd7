//! Mutual TLS that DestinationRules have to ask for, because sidecars of the mesh do not choose it by themselves
//! (`meshConfig.enableAutoMtls: false`).
//!
//! istiod gives such a cluster TLS only where the rule's policy has `tls` (`buildUpstreamTLSSettings`). Settings of
//! a port take the place of the general ones as a whole, in a subset too (`GetPortLevelTrafficPolicy`,
//! `MergeTrafficPolicy`), so that each of them has to say it again.

use serde_yaml::{Mapping, Value};
use std::borrow::Cow;

/// Which hops need a rule, and who was known without proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TlsByRule {
    /// From clients to the proxies.
    pub to_proxies: bool,
    /// From the proxies to the application's pods, which its clients have called so.
    pub to_pods: bool,
    /// Whether the application knows its callers by their certificates.
    pub known_callers: bool,
}

impl TlsByRule {
    /// Whether requests of clients were in plaintext, without proxies, which STRICT refuses.
    #[must_use]
    pub fn refused_by_strict(self) -> bool {
        !self.known_callers
    }
}

impl Default for TlsByRule {
    /// Sidecars choose by each endpoint.
    fn default() -> Self {
        TlsByRule { to_proxies: false, to_pods: false, known_callers: true }
    }
}

/// Annotation of a rule of the user's with the policies to which `tls` was added. Another run must know what the user
/// has written: the hop to the pods has the mode that clients had.
const ADDED: &str = "msvcbench.io/added-tls";

/// Where the policies of a spec are: that of the rule or of a subset, and in it that of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    subset: Option<usize>,
    port: Option<usize>,
}

impl Place {
    /// The policies that need `tls` of their own: those of ports, and where `general` the rule's own.
    fn all(spec: &Mapping, general: bool) -> Vec<Place> {
        let ports = |policy: Option<&Value>| policy.map_or(0, |policy| sequence(policy.get(PORTS)).len());
        let mut places: Vec<Place> = general.then_some(Place { subset: None, port: None }).into_iter().collect();
        places.extend((0..ports(spec.get(POLICY))).map(|port| Place { subset: None, port: Some(port) }));
        for (number, subset) in sequence(spec.get("subsets")).iter().enumerate() {
            let of_ports = 0..ports(subset.get(POLICY));
            places.extend(of_ports.map(|port| Place { subset: Some(number), port: Some(port) }));
        }
        places
    }

    /// The policy here; one that is not there is made.
    fn of(self, spec: &mut Mapping) -> Option<&mut Mapping> {
        let owner = match self.subset {
            Some(number) => spec.get_mut("subsets")?.get_mut(number)?.as_mapping_mut()?,
            None => spec,
        };
        let policy = owner.entry(POLICY.into()).or_insert_with(|| Mapping::new().into());
        if policy.is_null() {
            *policy = Mapping::new().into();
        }
        match self.port {
            Some(port) => policy.get_mut(PORTS)?.get_mut(port)?.as_mapping_mut(),
            None => policy.as_mapping_mut(),
        }
    }

    fn write(self) -> String {
        let number = |number: Option<usize>| number.map_or("*".to_string(), |number| number.to_string());
        format!("{}/{}", number(self.subset), number(self.port))
    }

    fn read(text: &str) -> Option<Self> {
        let number = |text: &str| if text == "*" { Some(None) } else { text.parse().ok().map(Some) };
        let (subset, port) = text.split_once('/')?;
        Some(Place { subset: number(subset)?, port: number(port)? })
    }
}

const POLICY: &str = "trafficPolicy";
const PORTS: &str = "portLevelSettings";

fn sequence(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_sequence).map_or(&[], Vec::as_slice)
}

/// The policy that asks for the certificate of the mesh.
#[must_use]
pub fn istio_mutual() -> Value {
    Mapping::from_iter([(Value::from("mode"), Value::from("ISTIO_MUTUAL"))]).into()
}

/// A rule as the user wrote it: without what an earlier run has added.
#[must_use]
pub fn as_written(rule: &Value) -> Cow<'_, Value> {
    let annotations = rule.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let Some(added) = annotations.and_then(|annotations| annotations.get(ADDED)?.as_str()) else { return Cow::Borrowed(rule) };
    let places: Vec<Place> = added.split(',').filter_map(Place::read).collect();
    let mut rule = rule.clone();
    if let Some(spec) = rule.get_mut("spec").and_then(Value::as_mapping_mut) {
        for place in places {
            place.of(spec).map(|policy| policy.shift_remove("tls"));
        }
        if spec.get(POLICY).and_then(Value::as_mapping).is_some_and(Mapping::is_empty) {
            spec.shift_remove(POLICY);
        }
    }
    if let Some(metadata) = rule.get_mut("metadata").and_then(Value::as_mapping_mut)
        && let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_mapping_mut)
    {
        annotations.shift_remove(ADDED);
        if annotations.is_empty() {
            metadata.shift_remove("annotations");
        }
    }
    Cow::Owned(rule)
}

/// Whether a rule asks for mutual TLS on each port, `general` for those without settings of their own.
#[must_use]
pub fn is_mutual(rule: &Value, general: bool) -> bool {
    let Some(mut spec) = rule.get("spec").and_then(Value::as_mapping).cloned() else { return false };
    Place::all(&spec, general).into_iter().all(|place| {
        let mode = place.of(&mut spec).and_then(|policy| policy.get("tls")?.get("mode"));
        mode.and_then(Value::as_str) == Some("ISTIO_MUTUAL")
    })
}

/// Whether a rule has a policy for all ports.
#[must_use]
pub fn has_policy(rule: &Value) -> bool {
    rule.get("spec").is_some_and(|spec| spec.get(POLICY).is_some_and(|policy| !policy.is_null()))
}

/// Adds `tls` to each policy of a rule that lacks it, and notes where.
pub fn ask(rule: &mut Value, general: bool) {
    let mut added = Vec::new();
    if let Some(spec) = rule.get_mut("spec").and_then(Value::as_mapping_mut) {
        for place in Place::all(spec, general) {
            let Some(policy) = place.of(spec).filter(|policy| !policy.contains_key("tls")) else { continue };
            policy.insert("tls".into(), istio_mutual());
            added.push(place.write());
        }
    }
    let metadata = rule.get_mut("metadata").and_then(Value::as_mapping_mut).filter(|_| !added.is_empty());
    let Some(metadata) = metadata else { return };
    let annotations = metadata.entry("annotations".into()).or_insert_with(|| Mapping::new().into());
    if annotations.is_null() {
        *annotations = Mapping::new().into();
    }
    if let Some(annotations) = annotations.as_mapping_mut() {
        annotations.insert(ADDED.into(), added.join(",").into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "
metadata: {name: cart}
spec:
  host: cart
  trafficPolicy:
    portLevelSettings: [{port: {number: 80}, tls: {mode: ISTIO_MUTUAL}}, {port: {number: 90}, loadBalancer: {simple: RANDOM}}]
  subsets:
  - {name: v1, trafficPolicy: {loadBalancer: {simple: RANDOM}}}
  - {name: v2, trafficPolicy: {portLevelSettings: [{port: {number: 80}}]}}";

    #[test]
    fn each_policy_that_inherits_nothing_asks_and_the_way_back_is_known() {
        let written: Value = serde_yaml::from_str(RULE).unwrap();
        let mut rule = written.clone();
        ask(&mut rule, true);
        assert!(is_mutual(&rule, true) && !is_mutual(&written, true) && !is_mutual(&written, false));
        assert_eq!(rule["metadata"]["annotations"][ADDED], "*/*,*/1,1/0");
        assert!(rule["spec"]["subsets"][0]["trafficPolicy"].get("tls").is_none(), "a subset inherits");
        assert_eq!(*as_written(&rule), written);
    }

    #[test]
    fn a_rule_that_asks_already_stays() {
        let written: Value = serde_yaml::from_str("{metadata: {}, spec: {trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}}").unwrap();
        let mut rule = written.clone();
        ask(&mut rule, true);
        assert_eq!(rule, written);
        let mut empty: Value = serde_yaml::from_str("{metadata: {}, spec: {host: cart}}").unwrap();
        ask(&mut empty, true);
        assert_eq!(*as_written(&empty), serde_yaml::from_str::<Value>("{metadata: {}, spec: {host: cart}}").unwrap());
    }
}
