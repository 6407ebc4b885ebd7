//! What in a traffic policy contradicts itself, or would have no effect: more than a schema can say,
//! and everything that Istio's validation (`pkg/config/validation`) would refuse.

use super::policy::{Balancer, PortTraffic};
use crate::api::{
    ConnectionPool, ConsistentHash, H2UpgradePolicy, LoadBalancer, Locality, OutlierDetection, PolicySettings, TrafficPolicy,
    nearest,
};
use crate::findings::Code;
use crate::interception::{Family, ProxyPort};
use crate::krm::Finding;
use std::collections::{BTreeSet, HashSet};

/// A finding and its field, relative to the settings that it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Such as `warmup.duration`.
    pub field: String,
    /// The finding, which does not know where it stands yet.
    pub finding: Finding,
}

impl Problem {
    /// A finding about a field.
    pub fn new(field: impl Into<String>, finding: Finding) -> Self {
        Problem { field: field.into(), finding }
    }
}

fn excluded(field: impl Into<String>, message: impl Into<String>, remedy: &str) -> Problem {
    Problem::new(field, Finding::error(Code::PolicyContradictsItself, message, remedy))
}

fn invalid(field: impl Into<String>, message: impl Into<String>, remedy: &str) -> Problem {
    Problem::new(field, Finding::error(Code::InvalidValue, message, remedy))
}

/// Everything that is wrong with settings, and what was settled of them.
pub fn check(settings: &PolicySettings, settled: &PortTraffic) -> Vec<Problem> {
    let mut problems = Vec::new();
    let least_request = settled.balancer == Balancer::Simple(LoadBalancer::LeastRequest);
    let round_robin = settled.balancer == Balancer::Simple(LoadBalancer::RoundRobin);
    let balancer = match settled.balancer {
        Balancer::Simple(LoadBalancer::Random) => "RANDOM",
        Balancer::Simple(_) => "ROUND_ROBIN",
        Balancer::ConsistentHash(_) => "consistentHash",
    };
    let mut without_use = |field: &str, wanted: &str| {
        let message = format!("`{field}` has no effect with {balancer}");
        let finding = Finding::error(Code::BalancerHasNoUse, message, format!("remove it, or choose with {wanted}"));
        problems.push(Problem::new(field, finding));
    };
    if settings.choice_count.is_some() && !least_request {
        without_use("choiceCount", "LEAST_REQUEST");
    }
    if settings.warmup.is_some() && !least_request && !round_robin {
        without_use("warmup", "LEAST_REQUEST or ROUND_ROBIN");
    }
    if settings.warmup.is_some() && settings.choice_count.is_some() {
        let message = "while a pod warms up, Envoy compares by weight, and `choiceCount` is off";
        let finding = Finding::warning(Code::BalancerHasNoUse, message, "remove one of the two if that is too often");
        problems.push(Problem::new("choiceCount", finding));
    }
    if let Some(hash) = &settings.consistent_hash {
        problems.extend(consistent_hash(hash));
    }
    if let Some(locality) = &settings.locality {
        problems.extend(self::locality(locality, settings.outlier_detection.as_ref()));
    }
    problems.extend(settings.connection_pool.as_ref().and_then(connection_pool));
    problems.extend(settings.outlier_detection.as_ref().and_then(outlier_detection));
    problems
}

fn consistent_hash(hash: &ConsistentHash) -> Vec<Problem> {
    let mut problems = Vec::new();
    let keys = [
        ("httpHeaderName", hash.http_header_name.is_some()),
        ("httpCookie", hash.http_cookie.is_some()),
        ("useSourceIp", hash.use_source_ip == Some(true)),
        ("httpQueryParameterName", hash.http_query_parameter_name.is_some()),
    ];
    let set: Vec<&str> = keys.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect();
    if set.len() != 1 {
        let seen = if set.is_empty() { "none of its keys is set".to_string() } else { format!("{} are set", set.join(" and ")) };
        let remedy = "write exactly one of httpHeaderName, httpCookie, useSourceIp: true and httpQueryParameterName";
        problems.push(Problem::new("consistentHash", Finding::error(Code::HashKeyNotOne, seen, remedy)));
    }
    if hash.ring_hash.is_some() && hash.maglev.is_some() {
        problems.push(excluded("consistentHash.maglev", "ringHash and maglev are two algorithms", "remove one of the two"));
    }
    if let Some(size) = hash.maglev.as_ref().and_then(|maglev| maglev.table_size)
        && !is_prime(size)
    {
        let problem =
            invalid("consistentHash.maglev.tableSize", format!("{size} is not a prime number"), "write one, such as 65537");
        problems.push(Problem { finding: problem.finding.seen(size), ..problem });
    }
    problems
}

fn is_prime(number: u32) -> bool {
    number >= 2 && (2..).take_while(|factor| factor * factor <= number).all(|factor| !number.is_multiple_of(factor))
}

/// Labels of region, zone and subzone.
const TOPOLOGY: &[&str] = &["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"];

/// `ValidateLocalityLbSetting`. What that only warns of (no effect without outlier detection) is an
/// error here.
fn locality(locality: &Locality, outlier: Option<&OutlierDetection>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let distribute = locality.distribute.as_deref().unwrap_or_default();
    let failover = locality.failover.as_deref().unwrap_or_default();
    let priority = locality.failover_priority.as_deref().unwrap_or_default();
    if locality.enabled == Some(false) && !(distribute.is_empty() && failover.is_empty() && priority.is_empty()) {
        let message = "`enabled: false` switches everything beside it off";
        problems.push(excluded("locality.enabled", message, "remove it, or the settings beside it"));
    }
    let fails_over = !failover.is_empty() || !priority.is_empty();
    if !distribute.is_empty() && fails_over {
        let message = "distribute excludes failover and failoverPriority";
        problems.push(excluded("locality.distribute", message, "keep one of them"));
    }
    if !failover.is_empty() && priority.iter().any(|label| TOPOLOGY.contains(&label.as_str())) {
        let message = "failover excludes the labels of region, zone and subzone in failoverPriority";
        problems.push(excluded("locality.failoverPriority", message, "remove one of the two"));
    }
    if outlier.is_none() && fails_over {
        let field = if failover.is_empty() { "locality.failoverPriority" } else { "locality.failover" };
        let message = "without outlierDetection no pod is ever unhealthy, and nothing fails over";
        problems.push(excluded(field, message, "add outlierDetection, for example {consecutive5xxErrors: 5}"));
    }
    for (position, entry) in distribute.iter().enumerate() {
        let total: u32 = entry.to.values().map(|percent| percent.0).sum();
        if total != 100 {
            let field = format!("locality.distribute[{position}].to");
            problems.push(invalid(field, format!("the shares make {total} percent"), "make them 100 in all"));
        }
        let field = format!("locality.distribute[{position}].to");
        problems.extend(overlapping(&field, entry.to.keys().map(String::as_str)));
    }
    problems.extend(overlapping("locality.distribute", distribute.iter().map(|entry| entry.from.as_str())));
    for (position, entry) in failover.iter().enumerate() {
        let field = format!("locality.failover[{position}]");
        if entry.from == entry.to {
            problems.push(invalid(field, format!("\"{}\" to itself", entry.to), "name two regions"));
        } else if let Some(place) = [&entry.from, &entry.to].into_iter().find(|place| place.contains(['/', '*'])) {
            problems.push(invalid(field, format!("\"{place}\" is not a region"), "write the region alone, without / and *"));
        }
    }
    problems
}

/// `validateLocalities`: region/zone/subzone, `*` only at the end, none within another.
fn overlapping<'p>(field: &str, places: impl Iterator<Item = &'p str>) -> Vec<Problem> {
    let mut problems = Vec::new();
    // The places before, and everything that one of them lies within.
    let (mut seen, mut around): (HashSet<Vec<&str>>, HashSet<Vec<&str>>) = (HashSet::new(), HashSet::new());
    for place in places {
        let parts: Vec<&str> = place.splitn(3, '/').collect();
        if parts.contains(&"") || place.matches('*').count() > 1 || (place.contains('*') && !place.ends_with('*')) {
            let remedy = "write region/zone/subzone, a part of it from the left, or one with * as its last part";
            problems.push(invalid(field, format!("\"{place}\" is not a locality"), remedy));
            continue;
        }
        let bare: Vec<&str> = parts.iter().copied().filter(|part| *part != "*").collect();
        let mut within = (0..=bare.len()).map(|parts| bare[..parts].to_vec());
        if around.contains(&bare) || within.any(|other| seen.contains(&other)) {
            problems.push(invalid(
                field,
                format!("\"{place}\" overlaps with another locality beside it"),
                "name each place once",
            ));
        }
        around.extend((0..=bare.len()).map(|parts| bare[..parts].to_vec()));
        seen.insert(bare);
    }
    problems
}

fn connection_pool(pool: &ConnectionPool) -> Option<Problem> {
    if pool.tcp.is_none() && pool.http.is_none() {
        return Some(invalid("connectionPool", "neither tcp nor http is set", "set one of them, or remove it"));
    }
    let http = pool.http.as_ref()?;
    let upgrade = http.h2_upgrade_policy == Some(H2UpgradePolicy::Upgrade);
    (upgrade && http.use_client_protocol == Some(true)).then(|| {
        let message = "`useClientProtocol: true` and h2UpgradePolicy UPGRADE exclude each other";
        excluded("connectionPool.http.useClientProtocol", message, "remove one of the two")
    })
}

fn outlier_detection(outlier: &OutlierDetection) -> Option<Problem> {
    let split = outlier.split_external_local_origin_errors == Some(true);
    (outlier.consecutive_local_origin_failures.is_some() && !split).then(|| {
        let message = "without splitExternalLocalOriginErrors it has no effect, and Istio refuses it";
        excluded("outlierDetection.consecutiveLocalOriginFailures", message, "add `splitExternalLocalOriginErrors: true`")
    })
}

/// A hash over something that the port's protocol does not have chooses at random.
pub fn check_hash_on(port: &ProxyPort, policy: &PortTraffic, general: &PortTraffic) -> Option<Problem> {
    let Balancer::ConsistentHash(hash) = &policy.balancer else { return None };
    if port.protocol.family() == Family::Http {
        return None;
    }
    let speaks = port.protocol.as_str();
    let (message, remedy) = match (hash.use_source_ip, &general.balancer) {
        // networkfilter.go, maybeSetHashPolicy: a TCP proxy looks at the rule's general policy only.
        (Some(true), Balancer::ConsistentHash(general)) if general.use_source_ip == Some(true) => return None,
        (Some(true), _) => (
            format!(
                "Istio hashes connections only where useSourceIp holds for every port, and port {} speaks {speaks}",
                port.number
            ),
            "set trafficPolicy.consistentHash to {useSourceIp: true}, and the other ports' own in portLevelSettings".to_string(),
        ),
        _ => (
            format!(
                "port {} speaks {speaks}, which has no headers, cookies and queries: pods would be chosen at random",
                port.number
            ),
            format!(
                "use useSourceIp, or give port {} its own: `portLevelSettings: [{{port: {{number: {}}}, loadBalancer: LEAST_REQUEST}}]`",
                port.number, port.number
            ),
        ),
    };
    Some(Problem::new("consistentHash", Finding::error(Code::HashWithoutHttp, message, remedy)))
}

/// Words of `retryOn` that Istio knows (`supportedRetryOnPolicies`).
const RETRY_ON: &[&str] = &[
    "5xx",
    "gateway-error",
    "reset",
    "reset-before-request",
    "connect-failure",
    "retriable-4xx",
    "refused-stream",
    "retriable-status-codes",
    "retriable-headers",
    "envoy-ratelimited",
    "http3-post-connect-failure",
    "cancelled",
    "deadline-exceeded",
    "internal",
    "resource-exhausted",
    "unavailable",
];

/// All conditions together have a third of it.
const LONGEST_RETRY_ON: usize = 1000;

/// What is wrong with the retries.
pub fn retries(policy: &TrafficPolicy) -> Vec<Problem> {
    let Some(retries) = &policy.retries else { return Vec::new() };
    let mut problems = Vec::new();
    let more = retries.per_try_timeout.is_some()
        || retries.retry_on.is_some()
        || retries.backoff.is_some()
        || retries.retry_remote_localities.is_some()
        || retries.retry_ignore_previous_hosts.is_some();
    match retries.attempts {
        None => {
            problems.push(invalid("retries.attempts", "without a number of attempts Istio takes 0, no retries", "add `attempts`"))
        }
        Some(0) if more => {
            let message = "0 switches retries off, and everything beside it";
            problems.push(excluded("retries.attempts", message, "write 1 or more, or remove the settings beside it"));
        }
        Some(_) => {}
    }
    if let Some(words) = retries.retry_on.as_ref().filter(|words| words.len() > LONGEST_RETRY_ON) {
        let message = format!("it has {} characters, and would stand in every route", words.len());
        let remedy = format!("write {LONGEST_RETRY_ON} or fewer, and each condition once");
        problems.push(Problem::new("retries.retryOn", Finding::error(Code::AsksForTooMuch, message, remedy)));
        return problems;
    }
    let unknown: BTreeSet<&str> = retries
        .retry_on
        .iter()
        .flat_map(|words| words.split(','))
        .filter(|word| !RETRY_ON.contains(word) && !is_status(word))
        .collect();
    for word in unknown {
        let remedy = match nearest(word.trim(), RETRY_ON) {
            Some(near) => format!("did you mean {near}? Separate words with commas, without spaces"),
            None => format!("write status codes and words of {}, with commas and without spaces", RETRY_ON.join(", ")),
        };
        let message = format!("\"{word}\" is not a condition for a retry");
        problems.push(invalid("retries.retryOn", message, &remedy));
    }
    problems
}

/// Status codes with a name (Go's `http.StatusText`), by which Istio tells them from words.
fn is_status(word: &str) -> bool {
    let Ok(code) = word.parse::<u16>() else { return false };
    matches!(code, 100..=103 | 200..=208 | 226 | 300..=305 | 307 | 308 | 400..=418 | 421..=426 | 428 | 429 | 431 | 451 | 500..=508 | 510 | 511)
}
