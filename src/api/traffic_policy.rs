//! `spec.trafficPolicy`: how the proxies treat the application's pods.
//!
//! Fields are named as Istio's DestinationRule and VirtualService (networking.istio.io) name them.
//! Ranges are those of Istio's own validation (`pkg/config/validation`) and of Envoy's API. A zero
//! that Istio takes for "not set" is refused: it would silently be something else.

use super::LoadBalancer;
use super::connection_pool::ConnectionPool;
use super::duration::{Duration, DurationOrZero};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use std::collections::BTreeMap;
use std::num::NonZeroU16;

/// How the proxies treat the application's pods.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrafficPolicy {
    /// What holds for every port.
    #[serde(flatten)]
    pub general: PolicySettings,
    /// What holds for single ports, laid over the general settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_level_settings: Option<Vec<PortPolicy>>,
    /// Retries by the proxies; on HTTP ports only. They multiply with those of the client's sidecar.
    /// Default: two, of what never reached a pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<Retries>,
    /// The longest time for a request, all its retries included; on HTTP ports only. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
}

/// Settings of a traffic policy that a single port can have of its own.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicySettings {
    /// How many pods LEAST_REQUEST compares for each request. Default: 2. Best: as many as there
    /// are pods. Written as an EnvoyFilter.
    #[schemars(range(min = 2, max = 1000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice_count: Option<u32>,
    /// Sends equal requests to the same pod, instead of loadBalancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consistent_hash: Option<ConsistentHash>,
    /// A new pod's share grows over a while; with LEAST_REQUEST and ROUND_ROBIN. Istio 1.24.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warmup: Option<Warmup>,
    /// Prefers pods by region and zone. Default: off, because it is decided before least request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<Locality>,
    /// Limits of the connections to the pods. They hold for each proxy by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_pool: Option<ConnectionPool>,
    /// Takes pods that fail out of the balancing for a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlier_detection: Option<OutlierDetection>,
}

/// Settings of one port.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PortPolicy {
    /// The port.
    pub port: PortNumber,
    /// How the proxies choose among the pods of this port. Default: as for the other ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_balancer: Option<LoadBalancer>,
    /// Everything else.
    #[serde(flatten)]
    pub settings: PolicySettings,
}

/// A port by its number.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PortNumber {
    /// A port of the Service.
    pub number: NonZeroU16,
}

/// Sends equal requests to the same pod: by exactly one of httpHeaderName, httpCookie, useSourceIp
/// and httpQueryParameterName.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsistentHash {
    /// Requests with the same value of this header.
    #[schemars(length(min = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_header_name: Option<String>,
    /// Requests with the same cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_cookie: Option<HttpCookie>,
    /// Requests from the same address: that of the client's pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_source_ip: Option<bool>,
    /// Requests with the same value of this query parameter.
    #[schemars(length(min = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_query_parameter_name: Option<String>,
    /// The ring hash algorithm (the default).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ring_hash: Option<RingHash>,
    /// The Maglev algorithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maglev: Option<Maglev>,
}

/// A cookie to hash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HttpCookie {
    /// Its name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The path for which the proxies set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its lifetime; with it the proxies set the cookie where a request has none. 0s: a session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<DurationOrZero>,
}

/// The ring hash algorithm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RingHash {
    /// Places on the ring. Default: 1024.
    #[schemars(range(min = 1, max = 8_388_608))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_ring_size: Option<u32>,
}

/// The Maglev algorithm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Maglev {
    /// Places in the table, a prime number. Default: 65537.
    #[schemars(range(min = 2, max = 5_000_010))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table_size: Option<u32>,
}

/// A new pod's share grows over a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Warmup {
    /// How long.
    pub duration: Duration,
    /// Percent of its full share with which a pod begins. Default: 10.
    #[schemars(range(min = 0, max = 100))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_percent: Option<Number>,
    /// 1 (the default) is linear growth; more is faster at first.
    #[schemars(range(min = 0.001, max = 1_000_000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggression: Option<Number>,
}

/// Prefers pods by region and zone, as Istio's localityLbSetting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Locality {
    /// Default: true where locality is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Shares of regions and zones. Excludes failover.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distribute: Option<Vec<Distribute>>,
    /// Where requests of a region go when it has no healthy pods. Needs outlierDetection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failover: Option<Vec<Failover>>,
    /// Labels that pods should share with the proxy, the most important first. Needs
    /// outlierDetection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failover_priority: Option<Vec<String>>,
}

/// Shares of regions and zones for requests of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Distribute {
    /// Where the proxy runs: region/zone/subzone; `*` at the end stands for all.
    #[schemars(length(min = 1))]
    pub from: String,
    /// Percent by region/zone/subzone, 100 in all.
    pub to: BTreeMap<String, Percent>,
}

/// A share in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Percent(#[schemars(range(min = 1, max = 100))] pub u32);

/// Where requests of a region go when it has no healthy pods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Failover {
    /// The region.
    #[schemars(length(min = 1))]
    pub from: String,
    /// The region instead.
    #[schemars(length(min = 1))]
    pub to: String,
}

/// Takes pods that fail out of the balancing for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutlierDetection {
    /// Count failures to connect apart from answers of the pod. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_external_local_origin_errors: Option<bool>,
    /// Failures to connect in a row. Needs splitExternalLocalOriginErrors. Default: 5.
    #[schemars(range(min = 1, max = 4_294_967_295_u32))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consecutive_local_origin_failures: Option<u32>,
    /// 502, 503 and 504 in a row; 0 (the default) switches it off.
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consecutive_gateway_errors: Option<u32>,
    /// 5xx in a row; 0 switches it off. Default: 5.
    #[serde(rename = "consecutive5xxErrors")]
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consecutive_5xx_errors: Option<u32>,
    /// Time between two looks at all pods. Default: 10s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Duration>,
    /// How long a pod stays out, times how often it has been. Default: 30s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_ejection_time: Option<Duration>,
    /// Percent of the pods that can be out at the most. Default: 10.
    #[schemars(range(min = 1, max = 100))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_ejection_percent: Option<u32>,
    /// Percent of healthy pods under which all pods are used again. Default: 0, never.
    #[schemars(range(min = 0, max = 100))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_health_percent: Option<u32>,
}

/// Retries by the proxies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Retries {
    /// Retries after the first try, at the most; 0 switches them off. Default of the mesh: 2.
    #[schemars(range(min = 0, max = 1000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// The longest time for one try. Default: timeout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_try_timeout: Option<Duration>,
    /// After what: Envoy's words (`connect-failure`, `5xx`, `reset`…) and status codes, with commas
    /// and no spaces between them. Default: connect-failure,refused-stream.
    #[schemars(length(min = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_on: Option<String>,
    /// The shortest time between two tries. Default: 25ms. Istio 1.26.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff: Option<Duration>,
    /// Retry in other localities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_remote_localities: Option<bool>,
    /// Do not retry a pod that was tried. Default: true, without consistentHash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_ignore_previous_hosts: Option<bool>,
}
