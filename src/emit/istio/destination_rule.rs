//! How the proxies choose among the application's pods.

use super::Object;
use crate::api::LoadBalancer;
use crate::emit::object::metadata;
use crate::resolve::Interception;
use serde::Serialize;

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
    load_balancer: LoadBalancerSettings,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LoadBalancerSettings {
    simple: LoadBalancer,
    locality_lb_setting: LocalityLbSetting,
}

#[derive(Debug, Serialize)]
struct LocalityLbSetting {
    enabled: bool,
}

/// A DestinationRule on the target.
///
/// Locality is off: it is decided before least request, and the pods with the fewest requests
/// would not be asked because they run in another zone.
pub fn destination_rule(interception: &Interception) -> Object<DestinationRuleSpec> {
    let load_balancer =
        LoadBalancerSettings { simple: interception.load_balancer, locality_lb_setting: LocalityLbSetting { enabled: false } };
    let spec = DestinationRuleSpec { host: interception.target_name.clone(), traffic_policy: TrafficPolicy { load_balancer } };
    Object::new("DestinationRule", metadata(interception, &interception.target_name), spec)
}
