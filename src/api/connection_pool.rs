//! `trafficPolicy.connectionPool`: limits of the connections to the application's pods.

use super::duration::{Duration, DurationOrZero, KeepaliveSeconds};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Limits of each proxy's connections to all pods; the pods' sidecars keep to them too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionPool {
    /// Of all connections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<TcpSettings>,
    /// Of HTTP connections and requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpSettings>,
}

/// Limits of all connections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TcpSettings {
    /// Connections at the most. Default: no limit.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_connections: Option<u32>,
    /// How long to try to connect. Default: 10s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_timeout: Option<Duration>,
    /// A connection is closed when it is this old. Default: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_connection_duration: Option<Duration>,
    /// Probes of idle connections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_keepalive: Option<TcpKeepalive>,
    /// A connection without traffic is closed after this time; 0s: never. Default: 1h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_timeout: Option<DurationOrZero>,
}

/// Probes of idle connections; what is not set is the node's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TcpKeepalive {
    /// Unanswered probes after which the connection is dead.
    #[schemars(range(min = 1, max = 127))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probes: Option<u32>,
    /// Idle time before the first probe, 1s to 32767s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<KeepaliveSeconds>,
    /// Time between probes, 1s to 32767s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<KeepaliveSeconds>,
}

/// Limits of HTTP connections and requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpSettings {
    /// Requests that wait for a connection, at the most. Default: no limit.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http1_max_pending_requests: Option<u32>,
    /// Requests in flight to all pods, at the most. Default: no limit.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http2_max_requests: Option<u32>,
    /// Requests after which a connection is closed; 1 switches keep-alive off. Default: no limit.
    #[schemars(range(min = 1, max = 536_870_912))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_requests_per_connection: Option<u32>,
    /// Retries in flight, at the most. Default: no limit.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_retries: Option<u32>,
    /// A connection without requests is closed after this time. Default: 1h.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_timeout: Option<Duration>,
    /// Whether HTTP/1.1 becomes HTTP/2 on the way to the pods. Default: as the mesh has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub h2_upgrade_policy: Option<H2UpgradePolicy>,
    /// Speak to the pods what the client speaks. Excludes h2UpgradePolicy UPGRADE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_client_protocol: Option<bool>,
    /// Requests at the same time on one HTTP/2 connection. Default: no limit.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_concurrent_streams: Option<u32>,
}

/// Whether HTTP/1.1 becomes HTTP/2 on the way to the pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum H2UpgradePolicy {
    /// As the mesh has it.
    Default,
    /// It stays HTTP/1.1.
    DoNotUpgrade,
    /// It becomes HTTP/2; the pods must speak it without TLS.
    Upgrade,
}
