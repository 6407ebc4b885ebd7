//! What proxies listen on, and where their routes lead.

use crate::interception::NAMESPACE_LABEL;
use crate::rendered::{Inventory, Key, Object, Pool, at};
use serde_yaml::Value;
use std::collections::{HashMap, HashSet};

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
    let mut rules: HashMap<&Key, Vec<&'i Object>> = HashMap::new();
    for rule in &pool.rules {
        let host = rule.text(&["spec", "host"]).and_then(|host| inventory.service_of_host(host, &rule.key.namespace));
        host.into_iter().for_each(|service| rules.entry(&service.key).or_default().push(rule));
    }
    let mut shares = shares(pool, inventory);
    let choices = choices(pool);
    let way = |target: &&'i Object| {
        let rules = rules.remove(&target.key).unwrap_or_default();
        let mut says: Vec<String> = rules.iter().flat_map(|rule| balancers(rule)).collect();
        for line in says.iter_mut().filter(|line| *line == "least request") {
            if let Some(choices) = choices {
                line.push_str(&format!(" of {choices}"));
            }
        }
        says.dedup();
        says.extend(shares.remove(&target.key).unwrap_or_default().lines());
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
fn choices(pool: &Pool<'_>) -> Option<u64> {
    let namespace = pod_label(pool, NAMESPACE_LABEL);
    let label = |filter: &Object| filter.text(&["spec", "workloadSelector", "labels", NAMESPACE_LABEL]) == namespace;
    let filters = pool.filters.iter().filter(|filter| label(filter));
    let count = |patch: &Value| at(patch, &["patch", "value", "least_request_lb_config", "choice_count"])?.as_u64();
    let counts: Vec<u64> = filters.flat_map(|filter| filter.list(&["spec", "configPatches"])).filter_map(count).collect();
    let first = *counts.first()?;
    counts.iter().all(|count| *count == first).then_some(first)
}

fn pod_label<'i>(pool: &Pool<'i>, label: &str) -> Option<&'i str> {
    pool.deployment.text(&["spec", "template", "metadata", "labels", label])
}

/// The shares and subsets of the routes to one target.
#[derive(Default)]
struct Shares<'i> {
    weighted: Vec<(Option<&'i str>, String)>,
    plain: Vec<&'i str>,
}

impl Shares<'_> {
    /// A line each: `v1 95 %`. A subset that has a share is not named again without.
    fn lines(mut self) -> Vec<String> {
        let shared: HashSet<&str> = self.weighted.iter().filter_map(|(subset, _)| *subset).collect();
        self.plain.retain(|subset| !shared.contains(subset));
        let lines = self.weighted.iter().map(|(_, line)| line.trim().to_string());
        lines.chain(self.plain.into_iter().map(str::to_string)).collect()
    }
}

/// Those of each target.
fn shares<'i>(pool: &Pool<'i>, inventory: &'i Inventory) -> HashMap<&'i Key, Shares<'i>> {
    let mut found: HashMap<&Key, Shares<'_>> = HashMap::new();
    for routes in &pool.routes {
        let target = |entry: &Value| {
            let host = at(entry, &["destination", "host"]).or_else(|| entry.get("host")).and_then(Value::as_str)?;
            Some(&inventory.service_of_host(host, &routes.key.namespace)?.key)
        };
        let lists = ["http", "tls", "tcp"].into_iter().filter_map(|protocol| routes.at(&["spec", protocol])?.as_sequence());
        for route in lists.flatten() {
            let entries: Vec<&Value> = route.get("route").and_then(Value::as_sequence).into_iter().flatten().collect();
            for entry in &entries {
                let subset = at(entry, &["destination", "subset"]).and_then(Value::as_str);
                let weight = entry.get("weight").and_then(Value::as_u64).filter(|_| entries.len() > 1);
                let Some(target) = target(entry) else { continue };
                let shares = found.entry(target).or_default();
                match (subset, weight) {
                    (subset, Some(weight)) => shares.weighted.push((subset, format!("{} {weight} %", subset.unwrap_or("")))),
                    (Some(subset), None) => shares.plain.push(subset),
                    (None, None) => {}
                }
            }
            let mirrors = route.get("mirrors").and_then(Value::as_sequence).into_iter().flatten().chain(route.get("mirror"));
            for target in mirrors.filter_map(target) {
                found.entry(target).or_default().weighted.push((None, "mirrored".to_string()));
            }
        }
    }
    found
}
