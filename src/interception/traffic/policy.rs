//! How the proxies treat the application's pods: every question answered.

use crate::api::{ConnectionPool, ConsistentHash, Duration, LoadBalancer, Locality, OutlierDetection, Retries, Warmup};
use crate::interception::ProxyPort;
use indexmap::IndexMap;
use serde::Serialize;

/// How the proxies treat the application's pods.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Traffic {
    /// On every port that is not in `ports`.
    pub general: PortTraffic,
    /// Complete policies of single ports, by number: in Istio they inherit nothing from the general
    /// one (`GetPortLevelTrafficPolicy`).
    pub ports: IndexMap<u16, PortTraffic>,
    /// Retries on HTTP routes.
    pub retries: Option<Retries>,
    /// Timeout on HTTP routes.
    pub timeout: Option<Duration>,
}

/// How the proxies treat the pods of one port.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PortTraffic {
    /// How they choose among the pods.
    pub balancer: Balancer,
    /// How many pods least request compares; only with LEAST_REQUEST.
    pub choice_count: Option<u32>,
    /// A new pod's growing share; only with LEAST_REQUEST and ROUND_ROBIN.
    pub warmup: Option<Warmup>,
    /// Regions and zones; off where the user does not ask for it.
    pub locality: Locality,
    /// Limits of the connections.
    pub connection_pool: Option<ConnectionPool>,
    /// Which failures take a pod out.
    pub outlier_detection: Option<OutlierDetection>,
}

/// How the proxies choose among the pods.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Balancer {
    /// Without regard to the request; LEAST_CONN is LEAST_REQUEST here.
    Simple(LoadBalancer),
    /// By something of the request.
    ConsistentHash(ConsistentHash),
}

impl Traffic {
    /// The policy of a port.
    #[must_use]
    pub fn of(&self, port: u16) -> &PortTraffic {
        self.ports.get(&port).unwrap_or(&self.general)
    }

    /// Whether any of `ports` asks for more choices than Envoy's two.
    #[must_use]
    pub fn raises_choices(&self, ports: &[ProxyPort]) -> bool {
        ports.iter().any(|port| self.of(port.number).choice_count.is_some())
    }
}
