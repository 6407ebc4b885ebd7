//! How many pods least request compares: what a DestinationRule cannot say.

use super::Object;
use crate::emit::object::metadata;
use crate::resolve::{Interception, Labels};
use serde::Serialize;

/// `spec` of an EnvoyFilter.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvoyFilterSpec {
    workload_selector: WorkloadSelector,
    config_patches: Vec<ConfigPatch>,
}

#[derive(Debug, Serialize)]
struct WorkloadSelector {
    labels: Labels,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfigPatch {
    apply_to: &'static str,
    #[serde(rename = "match")]
    matches: Match,
    patch: Patch,
}

#[derive(Debug, Serialize)]
struct Match {
    context: &'static str,
    cluster: ClusterMatch,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ClusterMatch {
    port_number: u16,
}

#[derive(Debug, Serialize)]
struct Patch {
    operation: &'static str,
    value: ClusterPart,
}

/// Part of `envoy.config.cluster.v3.Cluster`.
#[derive(Debug, Serialize)]
struct ClusterPart {
    least_request_lb_config: LeastRequestLbConfig,
}

#[derive(Debug, Serialize)]
struct LeastRequestLbConfig {
    choice_count: u32,
}

/// An EnvoyFilter on the proxies, a patch for each port that has more choices than Envoy's two.
///
/// istiod writes least request as `lb_policy` with `least_request_lb_config`
/// (`cluster_traffic_policy.go`, `applyLeastRequestLoadBalancer`), and MERGE keeps a warmup that is
/// in the same message. Clusters are matched by their port: by the target's name would be exact,
/// but composed of name and namespace, which no later layer of kustomize could repair. The proxies
/// send to no other Service, so nothing else is touched.
pub fn envoy_filter(interception: &Interception) -> Object<EnvoyFilterSpec> {
    let config_patches = interception
        .ports
        .iter()
        .filter_map(|port| Some((port.number, interception.traffic.of(port.number).choice_count?)))
        .map(|(port_number, choice_count)| ConfigPatch {
            apply_to: "CLUSTER",
            matches: Match { context: "GATEWAY", cluster: ClusterMatch { port_number } },
            patch: Patch {
                operation: "MERGE",
                value: ClusterPart { least_request_lb_config: LeastRequestLbConfig { choice_count } },
            },
        })
        .collect();
    let workload_selector = WorkloadSelector { labels: interception.mesh_selector() };
    let spec = EnvoyFilterSpec { workload_selector, config_patches };
    Object::of_version("networking.istio.io/v1alpha3", "EnvoyFilter", metadata(interception, &interception.proxy_name), spec)
}
