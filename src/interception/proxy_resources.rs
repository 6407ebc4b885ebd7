//! What the proxies' container asks for.

use crate::api::Proxy;
use crate::findings::Code;
use crate::krm::{Finding, quantity};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use std::collections::BTreeMap;

/// Quantities by resource: `cpu`, `memory`.
pub type Quantities = BTreeMap<String, Quantity>;

/// Requests and limits of Istio's gateway chart, in the canonical form that the API server stores.
const REQUESTS: [(&str, &str); 2] = [("cpu", "100m"), ("memory", "128Mi")];
const LIMITS: [(&str, &str); 2] = [("cpu", "2"), ("memory", "1Gi")];

/// The requests and the limits: what the spec sets, else the chart's values. Where the spec sets one of the
/// two alone, the other's default gives way: the API server takes no request above its limit
/// (`ValidateResourceRequirements`). Injection adds none: the template `gateway` has no resources (Istio,
/// `gateway-injection-template.yaml`).
pub fn requests_and_limits(proxy: &Proxy) -> (Quantities, Quantities) {
    let defaults = |values: [(&str, &str); 2], other: Option<&Quantities>, gives_way: fn(i128, i128) -> bool| -> Quantities {
        let value = |(key, value): (&str, &str)| {
            let default = Quantity(value.to_string());
            let set = other
                .and_then(|other| other.get(key))
                .filter(|set| compared(&default, set).is_some_and(|(default, set)| gives_way(default, set)));
            (key.to_string(), set.cloned().unwrap_or(default))
        };
        values.into_iter().map(value).collect()
    };
    let (requests, limits) = proxy.resources.clone().map_or((None, None), |set| (set.requests, set.limits));
    let lower = defaults(REQUESTS, limits.as_ref(), |request, limit| request > limit);
    let upper = defaults(LIMITS, requests.as_ref(), |limit, request| limit < request);
    (requests.unwrap_or(lower), limits.unwrap_or(upper))
}

/// Refuses requests above their limits, where the spec sets both.
///
/// # Errors
///
/// With the field below `proxy`.
pub fn check(proxy: &Proxy) -> Result<(), (Finding, String)> {
    let (requests, limits) = requests_and_limits(proxy);
    for (resource, request) in &requests {
        let Some(limit) = limits.get(resource) else { continue };
        if compared(request, limit).is_some_and(|(request, limit)| request > limit) {
            let (request, limit) = (&request.0, &limit.0);
            let message = format!("{request} is more than the limit of {limit}, and the API server takes no such container");
            let finding = Finding::error(Code::InvalidValue, message, format!("lower it, or raise limits.{resource}"));
            return Err((finding.seen(request.as_str()), format!("proxy.resources.requests.{resource}")));
        }
    }
    Ok(())
}

/// Two quantities in billionths.
fn compared(one: &Quantity, other: &Quantity) -> Option<(i128, i128)> {
    Some((quantity::parse(&one.0)?, quantity::parse(&other.0)?))
}
