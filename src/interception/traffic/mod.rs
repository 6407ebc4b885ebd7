//! The traffic policy: one for all ports and one for each port with settings of its own.

mod checks;
mod policy;

pub use policy::{Balancer, PortTraffic, Traffic};

use super::Family;
use super::port::ProxyPort;
use crate::api::{LoadBalancer, Locality, PolicySettings, PortPolicy, Spec, TrafficPolicy, merge};
use crate::findings::Code;
use crate::krm::{Finding, Findings, few};
use checks::{Problem, check, check_hash_on, retries};
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::collections::HashMap;

/// Resolves the traffic policy of a spec. `ports` are the Service's; empty where they are wrong.
///
/// What contradicts itself, has no effect or has no port goes into `errors`; so does what is not done as it
/// is written, as a warning.
pub fn resolve(spec: &Spec, ports: &[ProxyPort], errors: &mut Findings) -> Traffic {
    let default = TrafficPolicy::default();
    let policy = spec.settings.traffic_policy.as_ref().unwrap_or(&default);
    if spec.settings.load_balancer == Some(LoadBalancer::Passthrough) {
        errors.push(spec.source.point(passes_through(), "loadBalancer"));
    }
    let mut report = |field: &str, problem: Problem| {
        let field = format!("trafficPolicy.{field}{}", problem.field);
        errors.push(spec.source.point(problem.finding, &field));
    };

    if spec.settings.load_balancer.is_some() && policy.general.consistent_hash.is_some() {
        report("", both("loadBalancer of the ProxyService"));
    }
    let general = settled(spec.settings.load_balancer, &policy.general);
    let own_problems = check(&policy.general, &general);
    let mut traffic =
        Traffic { general, ports: IndexMap::new(), retries: policy.retries.clone(), timeout: policy.timeout.clone() };
    for problem in &own_problems {
        report("", problem.clone());
    }

    let known: HashMap<u16, &ProxyPort> = ports.iter().map(|port| (port.number, port)).collect();
    let mut positions = HashMap::new();
    for (position, entry) in policy.port_level_settings.iter().flatten().enumerate() {
        let field = format!("portLevelSettings[{position}].");
        let number = entry.port.number.get();
        if !ports.is_empty() && !known.contains_key(&number) {
            report(&field, unknown_port(number, ports));
        }
        if positions.contains_key(&number) {
            let finding = Finding::error(Code::InvalidValue, format!("port {number} stands twice"), "remove one of the two");
            report(&field, Problem::new("port.number", finding.seen(number)));
        }
        if entry.load_balancer == Some(LoadBalancer::Passthrough) {
            report(&field, Problem::new("loadBalancer", passes_through()));
        }
        if entry.load_balancer.is_some() && entry.settings.consistent_hash.is_some() {
            report(&field, both("loadBalancer of the same port"));
        }
        let (balancer, merged) = laid_over(spec.settings.load_balancer, &policy.general, entry);
        let policy = settled(balancer, &merged);
        for problem in check(&merged, &policy) {
            if !own_problems.contains(&problem) {
                report(&field, problem);
            }
        }
        positions.entry(number).or_insert(position);
        traffic.ports.entry(number).or_insert(policy);
    }

    for port in ports {
        let field = positions.get(&port.number).map_or(String::new(), |position| format!("portLevelSettings[{position}]."));
        if let Some(problem) = check_hash_on(port, traffic.of(port.number), &traffic.general) {
            report(&field, problem);
        }
    }
    for problem in retries(policy) {
        report("", problem);
    }
    if !ports.is_empty() && ports.iter().all(|port| port.protocol.family() == Family::Tcp) {
        let limits = has_http_limits(&policy.general);
        let http =
            [("retries", policy.retries.is_some()), ("timeout", policy.timeout.is_some()), ("connectionPool.http", limits)];
        for (field, _) in http.iter().filter(|(_, set)| *set) {
            report("", without_http(field, "no port of the Service speaks HTTP".to_string()));
        }
    }
    for (position, entry) in policy.port_level_settings.iter().flatten().enumerate() {
        let tcp = known.get(&entry.port.number.get()).filter(|port| port.protocol.family() == Family::Tcp);
        if let Some(port) = tcp.filter(|_| has_http_limits(&entry.settings)) {
            let why = format!("port {} speaks {}", port.number, port.protocol.as_str());
            report(&format!("portLevelSettings[{position}]."), without_http("connectionPool.http", why));
        }
    }
    traffic
}

/// The operator's resources have the word. At a gateway istiod's cluster for it (ORIGINAL_DST) finds no
/// pod: it would lead to the address that was asked for, which is the proxy's own.
fn passes_through() -> Finding {
    let message = "\"PASSTHROUGH\" would find no pod behind proxies, which choose by LEAST_REQUEST instead";
    Finding::warning(Code::Passthrough, message, "write LEAST_REQUEST, or another balancer").seen("PASSTHROUGH")
}

fn both(other: &str) -> Problem {
    let message = format!("consistentHash and {other} are both set, and each decides by itself which pod is chosen");
    Problem::new("consistentHash", Finding::error(Code::TwoBalancers, message, "remove one of the two (mind the defaults)"))
}

fn has_http_limits(settings: &PolicySettings) -> bool {
    settings.connection_pool.as_ref().is_some_and(|pool| pool.http.is_some())
}

fn without_http(field: &str, why: String) -> Problem {
    let message = format!("`{field}` is for HTTP requests, and {why}");
    let remedy = "remove it; connections have connectionPool.tcp";
    Problem::new(field, Finding::error(Code::HttpPolicyWithoutHttp, message, remedy))
}

fn unknown_port(number: u16, ports: &[ProxyPort]) -> Problem {
    let known = few(ports.iter().map(|port| port.number));
    let message = format!("the Service has no port {number} but only {known}");
    let finding = Finding::error(Code::UnknownPort, message, "write the number of a port of the Service (not a targetPort)");
    Problem::new("port.number", finding.seen(number))
}

/// A port's settings over the general ones: field by field, but what chooses the pod as a whole.
/// What the general settings say for another way of choosing is not for this port.
fn laid_over(
    balancer: Option<LoadBalancer>,
    general: &PolicySettings,
    entry: &PortPolicy,
) -> (Option<LoadBalancer>, PolicySettings) {
    let mut base = general.clone();
    let balancer = entry.load_balancer.or(balancer);
    if entry.settings.consistent_hash.is_some() {
        (base.consistent_hash, base.choice_count, base.warmup) = (None, None, None);
    }
    if let Some(own) = entry.load_balancer.map(canonical) {
        base.consistent_hash = None;
        base.choice_count = base.choice_count.filter(|_| own == LoadBalancer::LeastRequest);
        base.warmup = base.warmup.filter(|_| matches!(own, LoadBalancer::LeastRequest | LoadBalancer::RoundRobin));
    }
    if entry.settings.locality.is_some() {
        base.locality = None;
    }
    let json = |settings: &PolicySettings| serde_json::to_value(settings).expect("plain values with string keys");
    let mut merged: Json = json(&base);
    merge(&mut merged, json(&entry.settings));
    (balancer, serde_json::from_value(merged).expect("two values of a type make one of it"))
}

/// With everything decided that the user leaves open.
fn settled(balancer: Option<LoadBalancer>, settings: &PolicySettings) -> PortTraffic {
    let balancer = match settings.consistent_hash.clone() {
        Some(mut hash) => {
            hash.use_source_ip = hash.use_source_ip.filter(|used| *used);
            if let Some(maglev) = &mut hash.maglev {
                // Envoy's default; istiod refuses a rule without it.
                maglev.table_size.get_or_insert(65_537);
            }
            Balancer::ConsistentHash(hash)
        }
        None => Balancer::Simple(canonical(balancer.unwrap_or_default())),
    };
    let mut locality = settings.locality.clone();
    if let Some(asked) = &mut locality {
        asked.enabled.get_or_insert(true);
    }
    PortTraffic {
        balancer,
        choice_count: settings.choice_count,
        warmup: settings.warmup.clone(),
        locality: locality.unwrap_or(Locality {
            enabled: Some(false),
            distribute: None,
            failover: None,
            failover_priority: None,
        }),
        connection_pool: settings.connection_pool.clone(),
        outlier_detection: settings.outlier_detection.clone(),
    }
}

fn canonical(balancer: LoadBalancer) -> LoadBalancer {
    match balancer {
        LoadBalancer::LeastConn | LoadBalancer::Passthrough => LoadBalancer::LeastRequest,
        other => other,
    }
}
