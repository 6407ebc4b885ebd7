//! A policy of the user's with the generated one under it: theirs counts wherever both say something.

use crate::krm::to_yaml;
use serde_yaml::{Mapping, Value};
use std::collections::{HashMap, HashSet};

/// What a port's policy can have (`TrafficPolicy.PortTrafficPolicy`).
const PORT_FIELDS: [&str; 4] = ["connectionPool", "loadBalancer", "outlierDetection", "tls"];

/// A field in which the user's rule says something else than we would.
#[derive(Debug, PartialEq)]
pub struct Conflict {
    pub field: String,
    pub theirs: String,
    pub ours: String,
}

/// Puts our policy under that of a rule and under those of its subsets.
pub fn merge(spec: &mut Mapping, ours: &Mapping) -> Vec<Conflict> {
    let mut merge = Merge::default();
    let policy = spec.entry("trafficPolicy".into()).or_insert_with(|| Mapping::new().into());
    if let Some(policy) = mapping(policy) {
        // A port with settings of ours would lose theirs for all ports: it gets them for itself.
        let general: Mapping = of_a_port(policy).map(|(key, value)| (key.clone(), value.clone())).collect();
        let theirs: HashSet<Value> = ports(policy).into_iter().collect();
        for number in ports(ours) {
            if !theirs.contains(&number) {
                let mut port = Mapping::new();
                port.insert("port".into(), Mapping::from_iter([(Value::from("number"), number)]).into());
                port.extend(general.clone());
                let all = policy.entry("portLevelSettings".into()).or_insert_with(|| Value::Sequence(Vec::new()));
                if let Some(all) = all.as_sequence_mut() {
                    all.push(port.into());
                }
            }
        }
        merge.policy(policy, ours, "spec.trafficPolicy", false);
    }
    let subsets = spec.get_mut("subsets").and_then(Value::as_sequence_mut);
    for (number, subset) in subsets.into_iter().flatten().enumerate() {
        if let Some(policy) = subset.get_mut("trafficPolicy").and_then(mapping) {
            merge.policy(policy, ours, &format!("spec.subsets[{number}].trafficPolicy"), true);
        }
    }
    merge.conflicts
}

/// The numbers of the ports with settings of their own.
fn ports(policy: &Mapping) -> Vec<Value> {
    settings_of_ports(policy).filter_map(|port| port.get("port")?.get("number").cloned()).collect()
}

fn settings_of_ports(policy: &Mapping) -> impl Iterator<Item = &Value> {
    policy.get("portLevelSettings").and_then(Value::as_sequence).into_iter().flatten()
}

fn of_a_port(policy: &Mapping) -> impl Iterator<Item = (&Value, &Value)> {
    policy.iter().filter(|(key, _)| key.as_str().is_some_and(|key| PORT_FIELDS.contains(&key)))
}

#[derive(Default)]
struct Merge {
    conflicts: Vec<Conflict>,
}

impl Merge {
    /// A policy and those of its ports.
    ///
    /// A subset inherits from the rule each component that it leaves out, and replaces the others
    /// as a whole; a port inherits nothing at all (`util.MergeSubsetTrafficPolicy`,
    /// `GetPortLevelTrafficPolicy`).
    fn policy(&mut self, theirs: &mut Mapping, ours: &Mapping, at: &str, inherits: bool) {
        for (key, ours) in ours {
            let name = key.as_str().unwrap_or_default();
            if name != "portLevelSettings" && (!inherits || theirs.contains_key(name)) {
                self.component(theirs, key, ours, &format!("{at}.{name}"));
            }
        }
        let ports = theirs.get_mut("portLevelSettings").and_then(Value::as_sequence_mut);
        let mut of_ours: HashMap<&Value, &Mapping> = HashMap::new();
        for (number, own) in settings_of_ports(ours).filter_map(|own| Some((own.get("port")?, own.as_mapping()?))) {
            of_ours.entry(number).or_insert(own);
        }
        for (position, port) in ports.into_iter().flatten().enumerate() {
            let Some(port) = mapping(port) else { continue };
            let own = port.get("port").and_then(|number| of_ours.get(number)).copied();
            for (key, ours) in of_a_port(own.unwrap_or(ours)) {
                let name = key.as_str().unwrap_or_default();
                self.component(port, key, ours, &format!("{at}.portLevelSettings[{position}].{name}"));
            }
        }
    }

    fn component(&mut self, policy: &mut Mapping, key: &Value, ours: &Value, at: &str) {
        let theirs = policy.entry(key.clone()).or_insert_with(|| Mapping::new().into());
        let (Some(theirs), Some(ours)) = (mapping(theirs), ours.as_mapping()) else { return };
        if key.as_str() == Some("loadBalancer") {
            self.load_balancer(theirs, ours, at);
        } else {
            self.fill(theirs, ours, at);
        }
    }

    /// Another algorithm than ours comes without our settings for ours; locality, which is decided
    /// before any algorithm, is a setting of its own.
    fn load_balancer(&mut self, theirs: &mut Mapping, ours: &Mapping, at: &str) {
        const LOCALITY: &str = "localityLbSetting";
        const ZONES: &str = "zoneAwareLbSetting";
        let chosen = |balancer: &Mapping| match balancer.get("simple").and_then(Value::as_str) {
            Some("LEAST_CONN") => Some("LEAST_REQUEST".to_string()),
            Some("UNSPECIFIED") | None => balancer.get("consistentHash").map(|_| "consistentHash".to_string()),
            Some(simple) => Some(simple.to_string()),
        };
        let (their_choice, our_choice) = (chosen(theirs), chosen(ours));
        if theirs.contains_key(ZONES) {
            // Istio's validation refuses both in one rule, from 1.31 on.
            self.counts(&format!("{at}.{ZONES}"), "the setting for zones", "none, so that all pods are asked");
        } else if let (Some(locality), Some(wanted)) = (theirs.get(LOCALITY), ours.get(LOCALITY)) {
            if locality.get("enabled") != wanted.get("enabled") {
                self.counts(&format!("{at}.{LOCALITY}"), "the setting for localities", "none, so that all pods are asked");
            }
        } else if let Some(locality) = ours.get(LOCALITY) {
            theirs.insert(LOCALITY.into(), locality.clone());
        }
        match (their_choice, our_choice) {
            (Some(theirs), Some(ours)) if theirs != ours => {
                self.counts(
                    &format!("{at}.{}", if theirs == "consistentHash" { "consistentHash" } else { "simple" }),
                    &theirs,
                    &ours,
                );
            }
            (Some(_), _) => {
                let rest = ours.iter().filter(|(key, _)| !matches!(key.as_str(), Some("simple" | "consistentHash" | LOCALITY)));
                self.fill(theirs, &rest.map(|(key, value)| (key.clone(), value.clone())).collect(), at);
            }
            (None, _) => {
                theirs.shift_remove("simple");
                self.fill(
                    theirs,
                    &ours.iter().filter(|(key, _)| key.as_str() != Some(LOCALITY)).map(|(k, v)| (k.clone(), v.clone())).collect(),
                    at,
                );
            }
        }
    }

    /// Adds what is missing, at every depth, and says where there is something else already.
    fn fill(&mut self, theirs: &mut Mapping, ours: &Mapping, at: &str) {
        for (key, ours) in ours {
            let at = format!("{at}.{}", key.as_str().unwrap_or_default());
            match theirs.get_mut(key) {
                None => {
                    theirs.insert(key.clone(), ours.clone());
                }
                Some(Value::Mapping(theirs)) if ours.is_mapping() => {
                    if let Some(ours) = ours.as_mapping() {
                        self.fill(theirs, ours, &at);
                    }
                }
                Some(theirs) if theirs != ours => {
                    let (theirs, ours) = (plain(theirs), plain(ours));
                    self.counts(&at, &theirs, &ours);
                }
                Some(_) => {}
            }
        }
    }

    fn counts(&mut self, field: &str, theirs: &str, ours: &str) {
        self.conflicts.push(Conflict { field: field.to_string(), theirs: theirs.to_string(), ours: ours.to_string() });
    }
}

/// The mapping that a value is; nothing (`trafficPolicy:`) is an empty one.
fn mapping(value: &mut Value) -> Option<&mut Mapping> {
    if value.is_null() {
        *value = Mapping::new().into();
    }
    value.as_mapping_mut()
}

/// A scalar as it is written.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => to_yaml(other, 0).trim_end().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Mapping {
        serde_yaml::from_str(text).unwrap()
    }

    fn fields(conflicts: &[Conflict]) -> Vec<&str> {
        conflicts.iter().map(|conflict| conflict.field.as_str()).collect()
    }

    const OURS: &str = "
loadBalancer: {simple: LEAST_REQUEST, localityLbSetting: {enabled: false}, warmup: {duration: 10s}}
connectionPool: {tcp: {maxConnections: 5}}
portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: RANDOM, localityLbSetting: {enabled: false}}}]";

    #[test]
    fn ours_goes_under_theirs_and_a_second_time_changes_nothing() {
        let mut spec = parse("trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}, http: {maxRetries: 2}}}");
        let conflicts = merge(&mut spec, &parse(OURS));
        assert_eq!(fields(&conflicts), ["spec.trafficPolicy.connectionPool.tcp.maxConnections"]);
        let expected = parse(
            "trafficPolicy:
  connectionPool: {tcp: {maxConnections: 1}, http: {maxRetries: 2}}
  loadBalancer: {simple: LEAST_REQUEST, localityLbSetting: {enabled: false}, warmup: {duration: 10s}}
  portLevelSettings:
  - port: {number: 80}
    connectionPool: {tcp: {maxConnections: 1}, http: {maxRetries: 2}}
    loadBalancer: {simple: RANDOM, localityLbSetting: {enabled: false}}",
        );
        assert_eq!(spec, expected);
        merge(&mut spec, &parse(OURS));
        assert_eq!(spec, expected);
    }

    #[test]
    fn another_algorithm_comes_without_the_settings_of_ours() {
        let mut spec = parse("trafficPolicy: {loadBalancer: {consistentHash: {useSourceIp: true}}}");
        merge(&mut spec, &parse(OURS));
        let balancer = spec["trafficPolicy"]["loadBalancer"].as_mapping().unwrap();
        assert_eq!(*balancer, parse("{consistentHash: {useSourceIp: true}, localityLbSetting: {enabled: false}}"));
    }

    #[test]
    fn a_setting_for_zones_excludes_ours_for_localities() {
        let mut spec = parse("trafficPolicy: {loadBalancer: {zoneAwareLbSetting: {enabled: true}}}");
        let conflicts = merge(&mut spec, &parse("loadBalancer: {simple: LEAST_REQUEST, localityLbSetting: {enabled: false}}"));
        assert_eq!(fields(&conflicts), ["spec.trafficPolicy.loadBalancer.zoneAwareLbSetting"]);
        let balancer = spec["trafficPolicy"]["loadBalancer"].as_mapping().unwrap();
        assert_eq!(*balancer, parse("{zoneAwareLbSetting: {enabled: true}, simple: LEAST_REQUEST}"));
    }

    #[test]
    fn a_subset_keeps_what_it_inherits() {
        let mut spec = parse("subsets: [{name: v1, trafficPolicy: {outlierDetection: {}}}, {name: v2}]");
        merge(&mut spec, &parse(OURS));
        assert_eq!(spec["subsets"], parse("subsets: [{name: v1, trafficPolicy: {outlierDetection: {}}}, {name: v2}]")["subsets"]);
    }
}
