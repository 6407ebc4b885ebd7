//! What proxies listen on, and where their routes lead.

use crate::interception::{FRONT_LABEL, NAMESPACE_LABEL};
use crate::rendered::{Inventory, Object, Pool, at};
use serde_yaml::Value;
use std::collections::HashSet;

/// The way from the proxies to one target.
pub struct Way<'i> {
    /// The target.
    pub service: &'i Object,
    /// The balancer, shares and subsets.
    pub says: Vec<String>,
    /// The subsets that a DestinationRule makes of its pods.
    pub subsets: Vec<&'i Value>,
}

/// `port 10080`, `mTLS`: where the front's requests come in.
pub fn listening(pool: &Pool<'_>) -> Vec<String> {
    let servers: Vec<&Value> = pool.gateway.into_iter().flat_map(|gateway| gateway.list(&["spec", "servers"])).collect();
    let modes: Vec<_> = servers.iter().map(|server| at(server, &["tls", "mode"]).and_then(Value::as_str)).collect();
    let ports = pool.front.into_iter().flat_map(|front| front.list(&["spec", "ports"]));
    let ports = ports.filter_map(|port| Some(format!("port {}", scalar(port.get("targetPort")?)?)));
    let tls = match modes.first() {
        Some(_) if modes.iter().all(|mode| *mode == Some("ISTIO_MUTUAL")) => Some("mTLS"),
        Some(_) if modes.iter().all(Option::is_none) => Some("plaintext"),
        _ => None,
    };
    ports.chain(tls.map(str::to_string)).collect()
}

/// A number or a name.
pub fn scalar(value: &Value) -> Option<String> {
    value.as_str().map(str::to_string).or_else(|| Some(value.as_u64()?.to_string()))
}

/// The way to each target of the proxies.
pub fn ways<'i>(pool: &Pool<'i>, inventory: &'i Inventory) -> Vec<Way<'i>> {
    let way = |target: &&'i Object| {
        let rules = pool.rules.iter().filter(|rule| {
            let host = rule.text(&["spec", "host"]).and_then(|host| inventory.service_of_host(host, &rule.key.namespace));
            host.is_some_and(|service| service.key == target.key)
        });
        let rules: Vec<&Object> = rules.copied().collect();
        let mut says: Vec<String> = rules.iter().flat_map(|rule| balancers(rule)).collect();
        let choices = choices(pool, inventory);
        for line in says.iter_mut().filter(|line| *line == "least request") {
            if let Some(choices) = choices {
                line.push_str(&format!(" of {choices}"));
            }
        }
        says.dedup();
        says.extend(shares(pool, target, inventory));
        let subsets = rules.into_iter().flat_map(|rule| rule.list(&["spec", "subsets"])).collect();
        Way { service: target, says, subsets }
    };
    pool.targets.iter().map(way).collect()
}

/// Every balancer that a DestinationRule names, that for all ports first.
fn balancers(rule: &Object) -> Vec<String> {
    let general = rule.at(&["spec", "trafficPolicy"]).into_iter();
    let single = rule.list(&["spec", "trafficPolicy", "portLevelSettings"]);
    let mut found: Vec<String> = general.chain(single).filter_map(balancer).collect();
    found.dedup();
    found
}

fn balancer(policy: &Value) -> Option<String> {
    let balancer = policy.get("loadBalancer")?;
    if balancer.get("consistentHash").is_some() {
        return Some("consistent hash".to_string());
    }
    match balancer.get("simple")?.as_str()? {
        "UNSPECIFIED" => None,
        "LEAST_CONN" => Some("least request".to_string()),
        word => Some(word.to_ascii_lowercase().replace('_', " ")),
    }
}

/// How many pods least request compares, where an EnvoyFilter on these proxies says it once for all.
fn choices(pool: &Pool<'_>, inventory: &Inventory) -> Option<u64> {
    let filters = inventory.of_kind("networking.istio.io", "EnvoyFilter").filter(|filter| {
        let label = |name: &str| filter.text(&["spec", "workloadSelector", "labels", name]);
        label(FRONT_LABEL) == Some(pool.front_name) && label(NAMESPACE_LABEL) == pod_label(pool, NAMESPACE_LABEL)
    });
    let count = |patch: &Value| at(patch, &["patch", "value", "least_request_lb_config", "choice_count"])?.as_u64();
    let counts: Vec<u64> = filters.flat_map(|filter| filter.list(&["spec", "configPatches"])).filter_map(count).collect();
    let first = *counts.first()?;
    counts.iter().all(|count| *count == first).then_some(first)
}

fn pod_label<'i>(pool: &Pool<'i>, label: &str) -> Option<&'i str> {
    pool.deployment.text(&["spec", "template", "metadata", "labels", label])
}

/// The shares and subsets of the routes to one target: `v1 95 %`. A subset that has a share is not
/// named again without.
fn shares(pool: &Pool<'_>, target: &Object, inventory: &Inventory) -> Vec<String> {
    let (mut weighted, mut plain) = (Vec::new(), Vec::new());
    for routes in &pool.routes {
        let is_target = |entry: &Value| {
            let host = at(entry, &["destination", "host"]).or_else(|| entry.get("host")).and_then(Value::as_str);
            host.and_then(|host| inventory.service_of_host(host, &routes.key.namespace))
                .is_some_and(|found| found.key == target.key)
        };
        let lists = ["http", "tls", "tcp"].into_iter().filter_map(|protocol| routes.at(&["spec", protocol])?.as_sequence());
        for route in lists.flatten() {
            let entries: Vec<&Value> = route.get("route").and_then(Value::as_sequence).into_iter().flatten().collect();
            for entry in entries.iter().filter(|entry| is_target(entry)) {
                let subset = at(entry, &["destination", "subset"]).and_then(Value::as_str);
                let weight = entry.get("weight").and_then(Value::as_u64).filter(|_| entries.len() > 1);
                match (subset, weight) {
                    (subset, Some(weight)) => weighted.push((subset, format!("{} {weight} %", subset.unwrap_or("")))),
                    (Some(subset), None) => plain.push(subset),
                    (None, None) => {}
                }
            }
            let mirrors = route.get("mirrors").and_then(Value::as_sequence).into_iter().flatten().chain(route.get("mirror"));
            for _ in mirrors.filter(|entry| is_target(entry)) {
                weighted.push((None, "mirrored".to_string()));
            }
        }
    }
    let shared: HashSet<&str> = weighted.iter().filter_map(|(subset, _)| *subset).collect();
    plain.retain(|subset| !shared.contains(subset));
    let lines = weighted.iter().map(|(_, line)| line.trim().to_string()).chain(plain.into_iter().map(str::to_string));
    lines.collect()
}
