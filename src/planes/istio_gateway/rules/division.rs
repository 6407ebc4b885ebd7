//! A DestinationRule in two parts: the hop from the clients to the proxies, and that to the application's
//! pods.
//!
//! Each component of a policy is one or the other, or is about connections of both. istiod takes the
//! components of a rule, a port and a subset one by one (`util.MergeSubsetTrafficPolicy`,
//! `GetPortLevelTrafficPolicy`), so that each part means what it meant in the whole.

use serde_yaml::{Mapping, Value};

/// Components that stay on the front: TLS between clients and proxies, and the limits of each client. All other
/// components choose pods, judge pods, or set the protocol to a pod.
const OF_CLIENTS: [&str; 3] = ["tls", "connectionPool", "retryBudget"];

/// Fields of a connection pool, by `tcp` and `http`.
pub type Settings = [(&'static str, &'static [&'static str]); 2];

/// Fields of a connection pool that are no limit of a client's, but say how a connection is kept: an
/// application that closes idle connections, or speaks HTTP/2 only, needs that of the proxies too.
pub const OF_CONNECTIONS: Settings = [
    ("tcp", &["connectTimeout", "tcpKeepalive", "maxConnectionDuration", "idleTimeout"]),
    ("http", &["h2UpgradePolicy", "useClientProtocol", "idleTimeout", "maxRequestsPerConnection"]),
];

const PORTS: &str = "portLevelSettings";

/// Whether a DestinationRule says something that only the proxies can follow: labels of a subset, or how
/// pods are chosen and judged.
#[must_use]
pub fn is_about_pods(rule: &Value) -> bool {
    let Some(spec) = rule.get("spec") else { return false };
    let policy = |value: &Value| value.get("trafficPolicy").and_then(Value::as_mapping).is_some_and(chooses_pods);
    let labels = |subset: &Value| subset.get("labels").and_then(Value::as_mapping).is_some_and(|labels| !labels.is_empty());
    let mut subsets = spec.get("subsets").and_then(Value::as_sequence).into_iter().flatten();
    policy(spec) || subsets.any(|subset| labels(subset) || policy(subset))
}

fn chooses_pods(policy: &Mapping) -> bool {
    let own = policy.keys().filter_map(Value::as_str).any(|key| key != PORTS && key != "port" && !OF_CLIENTS.contains(&key));
    own || ports(policy).any(chooses_pods)
}

fn ports(policy: &Mapping) -> impl Iterator<Item = &Mapping> {
    policy.get(PORTS).and_then(Value::as_sequence).into_iter().flatten().filter_map(Value::as_mapping)
}

/// The spec of the rule that stays on the front. `tls`: whether clients reach the proxies by TLS; where
/// not, what the rule says of TLS is for the hop to the pods alone.
#[must_use]
pub fn of_clients(spec: &Mapping, tls: bool) -> Mapping {
    let mut part = spec.clone();
    let general = take_policy(&mut part).map(|policy| clients_policy(&policy, &Mapping::new(), tls)).unwrap_or_default();
    for subset in part.get_mut("subsets").and_then(Value::as_sequence_mut).into_iter().flatten() {
        let Some(subset) = subset.as_mapping_mut() else { continue };
        subset.shift_remove("labels");
        if let Some(policy) = take_policy(subset) {
            put_policy(subset, clients_policy(&policy, &general, tls));
        }
    }
    put_policy(&mut part, general);
    part
}

/// `inherited`: the policy of the rule, of that of a subset.
fn clients_policy(policy: &Mapping, inherited: &Mapping, tls: bool) -> Mapping {
    let stays = |key: &Value| key.as_str().is_some_and(|key| OF_CLIENTS.contains(&key) && (tls || key != "tls"));
    let kept = |policy: &Mapping| -> Mapping {
        policy.iter().filter(|(key, _)| stays(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let mut part = kept(policy);
    let mut of_ports = Vec::new();
    for port in ports(policy) {
        let mut own = kept(port);
        if own.is_empty() && !(part.is_empty() && inherited.is_empty()) {
            // A port with settings takes no others, neither the policy's own nor the rule's for a subset
            // (`MergeTrafficPolicy`, `hasPortLevel`); and settings may not be empty.
            own.insert("connectionPool".into(), no_limits());
        }
        if !own.is_empty() {
            let mut entry = Mapping::new();
            entry.extend(port.get("port").map(|number| (Value::from("port"), number.clone())));
            entry.extend(own);
            of_ports.push(entry.into());
        }
    }
    if !of_ports.is_empty() {
        part.insert(PORTS.into(), Value::Sequence(of_ports));
    }
    part
}

/// A connection pool that says nothing.
fn no_limits() -> Value {
    Mapping::from_iter([(Value::from("tcp"), Mapping::new().into())]).into()
}

/// What the rule of the target takes: the policy and the subsets, each where there is something in it.
/// Limits of a client are none of the proxies, which serve many.
#[must_use]
pub fn of_pods(spec: &Mapping) -> Mapping {
    let mut part: Mapping = spec
        .iter()
        .filter(|(key, _)| matches!(key.as_str(), Some("trafficPolicy" | "subsets")))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if let Some(policy) = take_policy(&mut part) {
        put_policy(&mut part, pods_policy(&policy));
    }
    for subset in part.get_mut("subsets").and_then(Value::as_sequence_mut).into_iter().flatten() {
        if let Some(subset) = subset.as_mapping_mut()
            && let Some(policy) = take_policy(subset)
        {
            put_policy(subset, pods_policy(&policy));
        }
    }
    part
}

fn pods_policy(policy: &Mapping) -> Mapping {
    let mut part = Mapping::new();
    for (key, value) in policy {
        match key.as_str() {
            Some("retryBudget") => {}
            Some("loadBalancer") => {
                let balancer = without_passthrough(value);
                if balancer.as_mapping().is_none_or(|balancer| !balancer.is_empty()) {
                    part.insert(key.clone(), balancer);
                }
            }
            Some("connectionPool") => {
                let pool = of_connections(value);
                if !pool.is_empty() {
                    part.insert(key.clone(), pool.into());
                }
            }
            Some(PORTS) => {
                let ports = ports(policy).map(|port| pods_policy(port).into()).collect();
                part.insert(key.clone(), Value::Sequence(ports));
            }
            _ => {
                part.insert(key.clone(), value.clone());
            }
        }
    }
    part
}

/// Proxies have no address of the client's choice to pass on to.
fn without_passthrough(balancer: &Value) -> Value {
    let mut balancer = balancer.clone();
    if let Some(fields) = balancer.as_mapping_mut()
        && fields.get("simple").and_then(Value::as_str) == Some("PASSTHROUGH")
    {
        fields.shift_remove("simple");
    }
    balancer
}

fn of_connections(pool: &Value) -> Mapping {
    let mut part = Mapping::new();
    for (family, fields) in OF_CONNECTIONS {
        let settings = pool.get(family).and_then(Value::as_mapping).into_iter().flatten();
        let kept: Mapping = settings
            .filter(|(key, _)| key.as_str().is_some_and(|key| fields.contains(&key)))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if !kept.is_empty() {
            part.insert(family.into(), kept.into());
        }
    }
    part
}

fn take_policy(mapping: &mut Mapping) -> Option<Mapping> {
    match mapping.get_mut("trafficPolicy")? {
        Value::Mapping(policy) => Some(std::mem::take(policy)),
        _ => Some(Mapping::new()),
    }
}

/// Puts a policy where one was taken; without anything in it, Istio refuses it.
fn put_policy(mapping: &mut Mapping, policy: Mapping) {
    if policy.is_empty() {
        mapping.shift_remove("trafficPolicy");
    } else {
        mapping.insert("trafficPolicy".into(), policy.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Mapping {
        serde_yaml::from_str(text).unwrap()
    }

    const RULE: &str = "
host: cart
trafficPolicy:
  tls: {mode: ISTIO_MUTUAL}
  connectionPool: {tcp: {maxConnections: 9, connectTimeout: 1s}, http: {http2MaxRequests: 7, idleTimeout: 5s}}
  outlierDetection: {consecutive5xxErrors: 3}
  portLevelSettings:
  - port: {number: 80}
    loadBalancer: {simple: RANDOM}
subsets:
- {name: v1, labels: {version: v1}}
- name: v2
  labels: {version: v2}
  trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}";

    #[test]
    fn each_part_has_what_it_is_about() {
        let rule = parse(RULE);
        let clients = "
host: cart
trafficPolicy:
  tls: {mode: ISTIO_MUTUAL}
  connectionPool: {tcp: {maxConnections: 9, connectTimeout: 1s}, http: {http2MaxRequests: 7, idleTimeout: 5s}}
  portLevelSettings: [{port: {number: 80}, connectionPool: {tcp: {}}}]
subsets: [{name: v1}, {name: v2}]";
        assert_eq!(of_clients(&rule, true), parse(clients));
        let pods = "
trafficPolicy:
  tls: {mode: ISTIO_MUTUAL}
  connectionPool: {tcp: {connectTimeout: 1s}, http: {idleTimeout: 5s}}
  outlierDetection: {consecutive5xxErrors: 3}
  portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: RANDOM}}]
subsets:
- {name: v1, labels: {version: v1}}
- {name: v2, labels: {version: v2}, trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}}";
        assert_eq!(of_pods(&rule), parse(pods));
    }

    #[test]
    fn what_stays_on_the_front_is_about_no_pods() {
        let whole = Value::Mapping(Mapping::from_iter([("spec".into(), parse(RULE).into())]));
        assert!(is_about_pods(&whole));
        let part = Value::Mapping(Mapping::from_iter([("spec".into(), of_clients(&parse(RULE), true).into())]));
        assert!(!is_about_pods(&part));
    }

    #[test]
    fn without_tls_to_the_proxies_clients_keep_none() {
        let part = of_clients(&parse("{host: cart, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}"), false);
        assert_eq!(part, parse("{host: cart}"));
    }
}
