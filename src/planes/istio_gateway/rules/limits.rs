//! Limits of the user's DestinationRules that hold at the application's pods as well.
//!
//! istiod gives the `connectionPool` of a Service's rule to the clients' sidecars and to those of the pods
//! behind the Service (`buildInboundCluster` takes the rule of the Service that an endpoint belongs to).
//! With an interception the rule stays with the clients, and the pods are behind the target: each client
//! has its limits as before, and a pod none.

use super::division::{OF_CONNECTIONS, Settings};
use super::policy_fields::in_policies;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::krm::{Finding, Findings, Item};
use crate::mesh::Mesh;
use crate::objects::index::namespace_key;
use serde_yaml::Value;

/// What a connection pool counts at a time. What it says of one connection goes to the rule of the target
/// too, where the rule is beside it (`division`).
const COUNTED: Settings = [
    ("tcp", &["maxConnections"]),
    ("http", &["http1MaxPendingRequests", "http2MaxRequests", "maxRetries", "maxConcurrentStreams"]),
];

/// The share of requests that may be retries: istiod gives it to the same clusters (`applyRetryBudget`).
const BUDGET: &str = "retryBudget";

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
    // A pod's own sidecar knows no subset.
    let Some((at, found)) =
        in_policies(value, |settings| in_force(settings, lost)).into_iter().find(|(at, _)| at.starts_with("spec.trafficPolicy"))
    else {
        return;
    };
    let message = format!(
        "\"{}\" holds between clients and the proxies of \"{}\", but no longer at the pods, which are behind \"{}\"",
        found.join(", "),
        interception.front_name,
        interception.target_name
    );
    let (field, remedy) = if found == [BUDGET] {
        (
            BUDGET,
            "set `trafficPolicy.connectionPool.http.maxRetries` of the ProxyService, which holds at the proxies, or do nothing",
        )
    } else {
        (
            "connectionPool",
            "set `trafficPolicy.connectionPool` of the ProxyService, which holds at the proxies and the pods, or `inboundConnectionPool` of a Sidecar for the pods",
        )
    };
    let finding = Finding::warning(Code::LimitsOfPods, message, remedy);
    findings.push(finding.about(item).at(format!("{at}.{field}")).seen(found.join(", ")));
}

/// What is lost of a policy's limits; `None` where that is nothing.
fn in_force(policy: &Value, lost: &[Settings]) -> Option<Vec<&'static str>> {
    let pool = policy.get("connectionPool").map(|pool| lost.iter().flat_map(|lost| set(pool, lost)).collect::<Vec<_>>());
    let budget = policy.get(BUDGET).filter(|budget| lost.contains(&COUNTED) && !budget.is_null());
    let found: Vec<_> = pool.unwrap_or_default().into_iter().chain(budget.map(|_| BUDGET)).collect();
    (!found.is_empty()).then_some(found)
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
        "DestinationRule for the front: numbers in `connectionPool`, such as `maxConnections`; `retryBudget`",
        "stay, with warning {}",
        &[Code::LimitsOfPods],
    )
    .because(
        "istiod gives them to the sidecars of the Service's pods too, which are behind the target now",
        "istiod `buildInboundCluster`",
    )
    .of(&[("networking.istio.io", "DestinationRule")]),
];
