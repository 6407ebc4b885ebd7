//! How clients connect to the proxies, in a mesh whose sidecars do not choose mutual TLS by themselves.

use super::networking;
use crate::interception::Interception;
use crate::planes::istio_gateway::IstioVersion;
use crate::planes::istio_gateway::rules::tls_by_rule::istio_mutual;
use crate::planes::pool::object::{Object, metadata};
use serde::Serialize;
use serde_yaml::Value;

/// `spec` of a DestinationRule.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientsRuleSpec {
    host: String,
    export_to: [&'static str; 1],
    traffic_policy: TrafficPolicy,
}

#[derive(Debug, Serialize)]
struct TrafficPolicy {
    tls: Value,
}

/// A DestinationRule on the front, for clients of all namespaces, whatever `meshConfig.defaultDestinationRuleExportTo`
/// says.
pub fn clients_rule(interception: &Interception, version: IstioVersion) -> Object<'_, ClientsRuleSpec> {
    let traffic_policy = TrafficPolicy { tls: istio_mutual() };
    let spec = ClientsRuleSpec { host: interception.front_name.clone(), export_to: ["*"], traffic_policy };
    networking("DestinationRule", version, metadata(interception, &interception.proxy_name), spec)
}
