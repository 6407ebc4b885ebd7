//! What the proxies' container asks for.

use crate::api::Proxy;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use std::collections::BTreeMap;

/// Quantities by resource: `cpu`, `memory`.
pub type Quantities = BTreeMap<String, Quantity>;

/// Requests and limits of Istio's gateway chart, in the canonical form that the API server stores.
const REQUESTS: [(&str, &str); 2] = [("cpu", "100m"), ("memory", "128Mi")];
const LIMITS: [(&str, &str); 2] = [("cpu", "2"), ("memory", "1Gi")];

/// The requests and the limits: what the spec sets, else the chart's values. Injection adds none: the
/// template `gateway` has no resources (Istio, `gateway-injection-template.yaml`).
pub fn requests_and_limits(proxy: &Proxy) -> (Quantities, Quantities) {
    let quantities = |values: [(&str, &str); 2]| -> Quantities {
        values.into_iter().map(|(key, value)| (key.to_string(), Quantity(value.to_string()))).collect()
    };
    let (requests, limits) = proxy.resources.clone().map_or((None, None), |set| (set.requests, set.limits));
    (requests.unwrap_or_else(|| quantities(REQUESTS)), limits.unwrap_or_else(|| quantities(LIMITS)))
}
