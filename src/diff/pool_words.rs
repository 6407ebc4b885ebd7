//! The words for what belongs to a pool of proxies.

use super::safe::name;
use crate::interception::FRONT_LABEL;
use crate::rendered::{Object, Pool, at};
use serde_yaml::Value;

/// `2–5 proxies, least request`.
pub fn crowd(pool: &Pool<'_>) -> String {
    format!("{}, {}", size(pool), balancer(pool))
}

/// `2–5 proxies`, by the autoscaler, else by the Deployment.
pub fn size(pool: &Pool<'_>) -> String {
    let number = |object: &Object, field| object.at(&["spec", field]).and_then(Value::as_u64);
    let (least, most) = match pool.autoscaler {
        Some(autoscaler) => (number(autoscaler, "minReplicas").unwrap_or(1), number(autoscaler, "maxReplicas")),
        None => (number(pool.deployment, "replicas").unwrap_or(1), None),
    };
    match most {
        Some(most) if most != least => format!("{least}–{most} proxies"),
        _ if least == 1 => "1 proxy".into(),
        _ => format!("{least} proxies"),
    }
}

/// How the proxies choose among the pods. Where a DestinationRule says nothing, Istio's default is
/// least request.
pub fn balancer(pool: &Pool<'_>) -> String {
    let mut words: Vec<String> = Vec::new();
    for rule in &pool.rules {
        let general = at(&rule.value, &["spec", "trafficPolicy", "loadBalancer"]);
        words.push(balancer_of(general));
        for setting in rule.list(&["spec", "trafficPolicy", "portLevelSettings"]) {
            let own = setting.get("loadBalancer").map(|own| balancer_of(Some(own)));
            if let (Some(own), Some(port)) = (own, at(setting, &["port", "number"]).and_then(Value::as_u64))
                && own != balancer_of(general)
            {
                words.push(format!("{own} at port {port}"));
            }
        }
    }
    words.dedup();
    if words.is_empty() {
        words.push(balancer_of(None));
    }
    if let Some(choices) = choices(pool) {
        words.push(format!("{choices} choices"));
    }
    words.join(", ")
}

fn balancer_of(settings: Option<&Value>) -> String {
    let hash = settings.and_then(|settings| settings.get("consistentHash")?.as_mapping());
    if let Some(hash) = hash {
        let text = |key: &str| hash.get(key).and_then(Value::as_str).map(name);
        let cookie = hash.get("httpCookie").and_then(|cookie| cookie.get("name")?.as_str()).map(name);
        let by = text("httpHeaderName").map(|header| format!("header `{header}`"));
        let by = by.or_else(|| cookie.map(|cookie| format!("cookie `{cookie}`")));
        let by = by.or_else(|| text("httpQueryParameterName").map(|parameter| format!("query parameter `{parameter}`")));
        let by = by.or_else(|| hash.contains_key("useSourceIp").then(|| "source address".into()));
        return by.map_or_else(|| "consistent hash".into(), |by| format!("consistent hash by {by}"));
    }
    match settings.and_then(|settings| settings.get("simple")?.as_str()) {
        None | Some("LEAST_REQUEST" | "LEAST_CONN" | "UNSPECIFIED") => "least request".into(),
        Some("ROUND_ROBIN") => "round robin".into(),
        Some("RANDOM") => "random".into(),
        Some("PASSTHROUGH") => "passthrough".into(),
        Some(other) => format!("`{}`", name(other)),
    }
}

/// How many pods least request compares, where an EnvoyFilter on the proxies says so for all ports.
fn choices(pool: &Pool<'_>) -> Option<u64> {
    let filters = pool.filters.iter().filter(|filter| filter.key.namespace == pool.namespace);
    let patches = filters.flat_map(|filter| filter.list(&["spec", "configPatches"]));
    let counts = patches.filter_map(|patch| at(patch, &["patch", "value", "least_request_lb_config", "choice_count"])?.as_u64());
    let mut counts: Vec<u64> = counts.collect();
    counts.dedup();
    if let [only] = counts[..] { Some(only) } else { None }
}

/// Where a Service sends its clients that is not intercepted by proxies of its own.
pub fn destination(service: &Object) -> String {
    let selector = service.at(&["spec", "selector"]).and_then(Value::as_mapping);
    match selector.map(|selector| (selector.get(FRONT_LABEL).and_then(Value::as_str), selector.is_empty())) {
        Some((Some(front), _)) => format!("to the proxies of `{}`, which are not its own or not here", name(front)),
        Some((None, false)) => "straight to the pods".into(),
        Some((None, true)) | None => "to endpoints that no selector decides".into(),
    }
}

/// The Services that the proxies send to.
pub fn targets(pool: &Pool<'_>) -> String {
    let names: Vec<String> = pool.targets.iter().map(|target| format!("`{}`", name(&target.key.name))).collect();
    if names.is_empty() { "no Service".into() } else { names.join(" and ") }
}

/// `80, 53/UDP`.
pub fn ports(service: &Object) -> String {
    let ports = service.list(&["spec", "ports"]).filter_map(|port| {
        let number = port.get("port")?.as_u64()?;
        let protocol = port.get("protocol").and_then(Value::as_str).filter(|protocol| *protocol != "TCP");
        Some(protocol.map_or_else(|| number.to_string(), |protocol| format!("{number}/{}", name(protocol))))
    });
    let ports: Vec<String> = ports.collect();
    if ports.is_empty() { "none".into() } else { ports.join(", ") }
}
