//! EnvoyFilters for the inbound listeners of the application's sidecars.
//!
//! Requests pass the proxies' listeners first, which a patch of context SIDECAR_INBOUND leaves alone: what it lets
//! through is refused or changed there. And the peer of the application's connections is a proxy.

use super::envoy_settings::Settings;
use super::extension::is_of_gateways;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::names::is_generated;
use crate::interception::{FRONT_LABEL, Interception, MANAGER};
use crate::krm::{Finding, Findings, Item, few};
use crate::mesh::Mesh;
use crate::neighbours::application::{App, Selects};
use crate::neighbours::policies::Policies;
use crate::objects::index::namespace_key;
use crate::objects::selector::{Selector, labels};
use crate::objects::value::{at, sequence};
use serde_yaml::Value;
use std::collections::HashSet;

/// An EnvoyFilter that is for sidecars or gateways, read once for all interceptions.
pub struct Filter<'i, 'a> {
    item: &'i Item<'a>,
    namespace: &'i str,
    /// Of the pods that it is for; empty: all.
    selector: Selector,
    /// The patches for inbound listeners that count: position, patch, settings.
    inbound: Vec<(usize, &'i Value, Settings)>,
    /// What its patches for gateways have them accept.
    at_gateways: Vec<String>,
}

impl<'i, 'a> Filter<'i, 'a> {
    /// Those of which something counts.
    pub fn all(sources: &Policies<'i, 'a>) -> Vec<Self> {
        let filters = sources.extensions().filter_map(|(_, item)| Filter::read(item));
        filters.filter(|filter| !(filter.inbound.is_empty() && filter.at_gateways.is_empty())).collect()
    }

    fn read(item: &'i Item<'a>) -> Option<Self> {
        if !item.id().is("networking.istio.io", "EnvoyFilter") || is_generated(item) {
            return None;
        }
        let value = item.value().ok()?;
        // With a targetRef it is a waypoint's, or that of a gateway of the Gateway API (`ShouldAttachPolicy`).
        if at(value, &["spec", "targetRefs"]).is_some() {
            return None;
        }
        let labels = labels(at(value, &["spec", "workloadSelector", "labels"]).and_then(Value::as_mapping));
        let inbound = patches(item).enumerate().filter(|(_, patch)| is_inbound(patch));
        let of_gateways = patches(item).filter(|patch| is_of_gateways(patch));
        Some(Filter {
            item,
            namespace: namespace_key(item.id().namespace.as_deref()),
            selector: Selector::of_labels(labels),
            inbound: inbound.map(|(number, patch)| (number, patch, Settings::of(patch))).filter(counts).collect(),
            at_gateways: of_gateways.flat_map(|patch| Settings::of(patch).accepting).collect(),
        })
    }

    fn is_near(&self, interception: &Interception, mesh: &Mesh) -> bool {
        self.namespace == namespace_key(interception.namespace.as_deref()) || mesh.is_root(self.namespace)
    }
}

fn counts((.., settings): &(usize, &Value, Settings)) -> bool {
    !(settings.accepting.is_empty() && settings.of_peers.is_empty())
}

/// Warns of those that let pass what the proxies do not, and of those that ask for the peer. One of a whole namespace
/// is told of once.
pub fn warn(pools: &[(&Interception, &App)], sources: &Policies<'_, '_>, findings: &mut Findings) {
    let filters = Filter::all(sources);
    let mut told = HashSet::new();
    for (interception, app) in pools {
        let near: Vec<_> = filters.iter().filter(|filter| filter.is_near(interception, sources.mesh)).collect();
        for filter in near.iter().filter(|filter| app.selected_by(&filter.selector) != Selects::None) {
            if told.contains(&filter.item.id().to_ref()) {
                continue;
            }
            let found = of_filter(filter, &near, interception, app);
            if filter.selector.is_empty() && !found.is_empty() {
                told.insert(filter.item.id().to_ref());
            }
            found.into_iter().for_each(|finding| findings.push(finding));
        }
    }
}

fn of_filter(filter: &Filter<'_, '_>, near: &[&Filter<'_, '_>], interception: &Interception, app: &App) -> Vec<Finding> {
    let mut found = Vec::new();
    for (number, _, settings) in filter.inbound.iter().filter(|(_, patch, _)| meets(patch, app)) {
        let lacking = |setting: &&String| interception.carries_http() && !proxies_have(setting, interception, near);
        let accepting: Vec<String> = settings.accepting.iter().filter(lacking).cloned().collect();
        let here = |finding: Finding| finding.about(filter.item).at(format!("spec.configPatches[{number}].patch.value"));
        found.extend((!accepting.is_empty()).then(|| here(lets_pass(&accepting, interception, &filter.selector))));
        let of_peers = &settings.of_peers;
        found.extend((!of_peers.is_empty()).then(|| here(asks_for_peer(of_peers, interception, &filter.selector))));
    }
    found
}

fn patches<'i>(item: &'i Item<'_>) -> impl Iterator<Item = &'i Value> {
    item.value().map_or(&[][..], |value| sequence(value, &["spec", "configPatches"])).iter()
}

/// Whether a patch is for what comes in at sidecars; a cluster is on the way out, also that of context SIDECAR_INBOUND.
fn is_inbound(patch: &Value) -> bool {
    let context = at(patch, &["match", "context"]).and_then(Value::as_str);
    matches!(context, None | Some("ANY" | "SIDECAR_INBOUND")) && patch.get("applyTo").and_then(Value::as_str) != Some("CLUSTER")
}

/// Whether a patch may be for a port to which the proxies send.
fn meets(patch: &Value, app: &App) -> bool {
    let number = at(patch, &["match", "listener", "portNumber"]).and_then(Value::as_u64);
    number.is_none_or(|number| app.ports.iter().any(|port| port.number.is_none_or(|port| u64::from(port) == number)))
}

/// Whether the proxies' listeners have the same setting by a patch of the user's.
fn proxies_have(setting: &String, interception: &Interception, near: &[&Filter<'_, '_>]) -> bool {
    let labels = interception.pod_labels();
    near.iter().any(|filter| filter.at_gateways.contains(setting) && filter.selector.matches(&labels))
}

/// An EnvoyFilter for the proxies: of this front, or of each where the user's is for all pods.
fn at_proxies(interception: &Interception, selector: &Selector) -> String {
    let label = if selector.is_empty() {
        format!("app.kubernetes.io/managed-by: {MANAGER}")
    } else {
        format!("{FRONT_LABEL}: {}", interception.front_name)
    };
    format!("for the proxies (context GATEWAY, workloadSelector labels {label})")
}

fn lets_pass(settings: &[String], interception: &Interception, selector: &Selector) -> Finding {
    let message = format!(
        "\"{}\" holds at the application's sidecars alone, and {} before them refuses or changes such requests",
        few(settings.iter()),
        interception.proxy_name
    );
    let remedy = format!("write an EnvoyFilter with the same patch {}", at_proxies(interception, selector));
    Finding::warning(Code::ExtensionMoves, message, remedy).seen(settings.join(", "))
}

fn asks_for_peer(words: &[String], interception: &Interception, selector: &Selector) -> Finding {
    let message = format!(
        "\"{}\" asks who is at the other end of the connection, which at the application is {} and no longer the client",
        few(words.iter()),
        interception.proxy_name
    );
    let remedy = format!(
        "decide by the caller in an AuthorizationPolicy, which is carried over, or in an EnvoyFilter {}",
        at_proxies(interception, selector)
    );
    Finding::warning(Code::ExtensionMoves, message, remedy).seen(words.join(", "))
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Others,
        "EnvoyFilter of context SIDECAR_INBOUND or ANY for the application's pods that lets more pass: \
         `max_request_headers_kb` above 60, `max_headers_count` above 100, `accept_http_10`, `upgrade_configs` and the like, \
         without the same for the proxies",
        "warning {}",
        &[Code::ExtensionMoves],
    )
    .because("the proxies' listeners come first, and have Envoy's defaults", "Envoy, `HttpConnectionManager`")
    .of(&[("networking.istio.io", "EnvoyFilter")]),
    fact(
        Table::Others,
        "the same that asks for the peer: its certificate or address, `x-forwarded-client-cert`, ext_authz",
        "warning {}",
        &[Code::ExtensionMoves],
    )
    .because("the application's connections come from the proxies", "Envoy, Lua, RBAC, rate limits")
    .of(&[("networking.istio.io", "EnvoyFilter")]),
    fact(Table::Others, "the same with another patch, for example a local rate limit or an access log", "nothing", &[])
        .because("the application's sidecar does what it did", "–")
        .of(&[("networking.istio.io", "EnvoyFilter")]),
];
