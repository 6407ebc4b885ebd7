//! What Istio's resources cannot say about the proxies.

use crate::interception::{Interception, Labels};
use crate::planes::pool::object::{Object, metadata};
use serde::Serialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::sync::LazyLock;

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
    matches: Cow<'static, Value>,
    patch: Cow<'static, Value>,
}

/// An EnvoyFilter on the proxies: what the application sees of a request, and a patch for each port that has
/// more choices than Envoy's two.
pub fn envoy_filter(interception: &Interception) -> Object<'_, EnvoyFilterSpec> {
    let mut config_patches = Vec::new();
    if interception.carries_http() {
        config_patches.push(headers());
    }
    let counts =
        interception.ports.iter().filter_map(|port| Some((port.number, interception.traffic.of(port.number).choice_count?)));
    config_patches.extend(counts.map(|(port, count)| choices(port, count)));
    let workload_selector = WorkloadSelector { labels: interception.mesh_selector() };
    let spec = EnvoyFilterSpec { workload_selector, config_patches };
    Object::new("networking.istio.io/v1alpha3", "EnvoyFilter", metadata(interception, &interception.proxy_name), spec)
}

/// A gateway takes its clients for strangers, and writes their address into `x-forwarded-for` and
/// `x-envoy-external-address`. The clients of these proxies are pods of the mesh, of which a sidecar says
/// nothing of the kind. (`use_remote_address: false` would do: but istiod merges by protobuf's rules, and a
/// `false` is lost. With all addresses internal Envoy's `mutateRequestHeaders` does the same.)
fn headers() -> ConfigPatch {
    static MATCH_AND_PATCH: LazyLock<[Value; 2]> = LazyLock::new(|| {
        let everything = json!([{"address_prefix": "0.0.0.0", "prefix_len": 0}, {"address_prefix": "::", "prefix_len": 0}]);
        let manager = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
        let matches = json!({
            "context": "GATEWAY",
            "listener": {"filterChain": {"filter": {"name": "envoy.filters.network.http_connection_manager"}}},
        });
        let patch = json!({
            "operation": "MERGE",
            "value": {"typed_config": {
                "@type": manager,
                "skip_xff_append": true,
                "internal_address_config": {"cidr_ranges": everything},
            }},
        });
        [matches, patch]
    });
    let [matches, patch] = &*MATCH_AND_PATCH;
    ConfigPatch { apply_to: "NETWORK_FILTER", matches: Cow::Borrowed(matches), patch: Cow::Borrowed(patch) }
}

/// How many pods least request compares: what a DestinationRule cannot say.
///
/// istiod writes least request as `lb_policy` with `least_request_lb_config`
/// (`cluster_traffic_policy.go`, `applyLeastRequestLoadBalancer`), and MERGE keeps a warmup that is
/// in the same message. Clusters are matched by their port: by the target's name would be exact,
/// but composed of name and namespace, which no later layer of kustomize could repair. The proxies
/// send to no other Service, so nothing else is touched.
fn choices(port: u16, count: u32) -> ConfigPatch {
    ConfigPatch {
        apply_to: "CLUSTER",
        matches: Cow::Owned(json!({"context": "GATEWAY", "cluster": {"portNumber": port}})),
        patch: Cow::Owned(json!({"operation": "MERGE", "value": {"least_request_lb_config": {"choice_count": count}}})),
    }
}
