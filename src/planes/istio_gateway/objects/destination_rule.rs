//! How the proxies choose among the application's pods, and connect to them.

use super::networking;
use crate::api::{ConnectionPool, ConsistentHash, LoadBalancer, Locality, OutlierDetection, Warmup};
use crate::interception::{Balancer, Interception, PortTraffic};
use crate::planes::istio_gateway::IstioVersion;
use crate::planes::istio_gateway::rules::TlsByRule;
use crate::planes::istio_gateway::rules::tls_by_rule::istio_mutual;
use crate::planes::pool::object::{Object, metadata};
use serde::Serialize;
use serde_yaml::Value;

/// `spec` of a DestinationRule.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DestinationRuleSpec {
    host: String,
    traffic_policy: TrafficPolicy,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TrafficPolicy {
    #[serde(flatten)]
    general: Settings,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    port_level_settings: Vec<PortTrafficPolicy>,
}

#[derive(Debug, Serialize)]
struct PortTrafficPolicy {
    port: PortSelector,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Debug, Serialize)]
struct PortSelector {
    number: u16,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    load_balancer: LoadBalancerSettings,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_pool: Option<ConnectionPool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outlier_detection: Option<OutlierDetection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LoadBalancerSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    simple: Option<LoadBalancer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consistent_hash: Option<ConsistentHash>,
    locality_lb_setting: Locality,
    #[serde(skip_serializing_if = "Option::is_none")]
    warmup: Option<Warmup>,
}

/// A DestinationRule on the target.
///
/// Locality is off unless asked for: it is decided before least request, and the pods with the
/// fewest requests would not be asked because they run in another zone.
pub fn destination_rule(interception: &Interception, version: IstioVersion, tls: TlsByRule) -> Object<'_, DestinationRuleSpec> {
    let traffic = &interception.traffic;
    let port_level_settings = traffic
        .ports
        .iter()
        .map(|(number, policy)| PortTrafficPolicy { port: PortSelector { number: *number }, settings: settings(policy, tls) })
        .collect();
    let traffic_policy = TrafficPolicy { general: settings(&traffic.general, tls), port_level_settings };
    let spec = DestinationRuleSpec { host: interception.target_name.clone(), traffic_policy };
    networking("DestinationRule", version, metadata(interception, &interception.target_name), spec)
}

fn settings(policy: &PortTraffic, tls: TlsByRule) -> Settings {
    let (simple, consistent_hash) = match policy.balancer.clone() {
        Balancer::Simple(simple) => (Some(simple), None),
        Balancer::ConsistentHash(hash) => (None, Some(hash)),
    };
    Settings {
        load_balancer: LoadBalancerSettings {
            simple,
            consistent_hash,
            locality_lb_setting: policy.locality.clone(),
            warmup: policy.warmup.clone(),
        },
        connection_pool: policy.connection_pool.clone(),
        outlier_detection: policy.outlier_detection.clone(),
        tls: tls.to_pods.then(istio_mutual),
    }
}
