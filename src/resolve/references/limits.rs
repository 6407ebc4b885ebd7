//! Limits of the user's DestinationRules that hold at the application's pods as well.
//!
//! istiod gives the `connectionPool` of a Service's rule to the clients' sidecars and to those of the pods
//! behind the Service (`buildInboundCluster` takes the rule of the Service that an endpoint belongs to).
//! With an interception the rule stays with the clients, and the pods are behind the target: each client
//! has its limits as before, and a pod none.

use super::fact::{Fact, Table, fact};
use super::policy_fields::in_policies;
use crate::krm::{Code, Finding, Findings, Item};
use crate::mesh::Mesh;
use crate::resolve::Interception;
use crate::resolve::division::{OF_CONNECTIONS, Settings};
use crate::resolve::index::namespace_key;
use serde_yaml::Value;

/// What a connection pool counts at a time. What it says of one connection goes to the rule of the target
/// too, where the rule is beside it (`division`).
const COUNTED: Settings = [
    ("tcp", &["maxConnections"]),
    ("http", &["http1MaxPendingRequests", "http2MaxRequests", "maxRetries", "maxConcurrentStreams"]),
];

/// Says which limits of a rule for the front the pods lose.
pub fn warn(item: &Item<'_>, value: &Value, interception: &Interception, mesh: &Mesh, findings: &mut Findings) {
    if interception.traffic.general.connection_pool.is_some() {
        return;
    }
    let namespace = namespace_key(item.id().namespace.as_deref());
    let beside = namespace == namespace_key(interception.namespace.as_deref());
    let lost: &[Settings] = match (beside, mesh.is_root(namespace)) {
        (true, _) => &[COUNTED],
        (false, true) => &[COUNTED, OF_CONNECTIONS],
        // The sidecars of the pods see no rule of a client's namespace.
        (false, false) => &[OF_CONNECTIONS],
    };
    let pools = in_policies(value, |settings| settings.get("connectionPool"));
    // A pod's own sidecar knows no subset.
    for (at, pool) in pools.into_iter().filter(|(at, _)| at.starts_with("spec.trafficPolicy")) {
        let set = lost.iter().flat_map(|settings| set(pool, settings)).collect::<Vec<_>>().join(", ");
        if set.is_empty() {
            continue;
        }
        let message = format!(
            "\"{set}\" holds between clients and the proxies of \"{}\", but no longer at the pods, which are behind \"{}\"",
            interception.front_name, interception.target_name
        );
        let remedy = "set `trafficPolicy.connectionPool` of the ProxyService, which holds at the proxies and the pods, or `inboundConnectionPool` of a Sidecar for the pods";
        let finding = Finding::warning(Code::LimitsOfPods, message, remedy);
        return findings.push(finding.about(item).at(format!("{at}.connectionPool")).seen(set));
    }
}

/// Those of the settings that a connection pool has.
fn set(pool: &Value, settings: &Settings) -> Vec<&'static str> {
    let has = |family: &str, field: &str| pool.get(family).is_some_and(|settings| settings.get(field).is_some());
    settings.iter().flat_map(|(family, fields)| fields.iter().copied().filter(|field| has(family, field))).collect()
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Rules,
        "DestinationRule for the front: time limits of `connectionPool`, `h2UpgradePolicy`, `useClientProtocol`, \
         `maxRequestsPerConnection`",
        "hold on both hops; in a rule of another namespace they hold for its clients only, with warning {}",
        &[Code::LimitsOfPods],
    )
    .because("how a connection to the application is kept", "istiod `applyConnectionPool`")
    .of(&[("networking.istio.io", "DestinationRule")]),
    fact(
        Table::Rules,
        "DestinationRule for the front: numbers in `connectionPool`, such as `maxConnections`",
        "stay, with warning {}",
        &[Code::LimitsOfPods],
    )
    .because(
        "istiod gives them to the sidecars of the Service's pods too, which are behind the target now",
        "istiod `buildInboundCluster`",
    )
    .of(&[("networking.istio.io", "DestinationRule")]),
];
