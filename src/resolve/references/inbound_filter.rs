//! EnvoyFilters for the inbound listeners of the application's sidecars.
//!
//! Requests pass the proxies' listeners first, which a patch of context SIDECAR_INBOUND leaves alone: what it lets
//! through is refused or changed there. And the peer of the application's connections is a proxy.

use super::companion::{at, sequence};
use super::envoy_settings::Settings;
use super::extension::is_of_gateways;
use super::fact::{Fact, Table, fact};
use super::policies::Policies;
use super::selector::{Selector, labels};
use super::workloads::{App, Selects};
use crate::krm::{Code, Finding, Findings, Item, few};
use crate::resolve::index::namespace_key;
use crate::resolve::names::is_generated;
use crate::resolve::{FRONT_LABEL, Interception, MANAGER};
use serde_yaml::Value;
use std::collections::HashSet;

/// Warns of those that let pass what the proxies do not, and of those that ask for the peer. `told`: those of whole
/// namespaces of which an earlier interception has told already.
pub fn warn(
    interception: &Interception,
    app: &App,
    sources: &Policies<'_, '_>,
    told: &mut HashSet<usize>,
    findings: &mut Findings,
) {
    let filters = Vec::from_iter(near(interception, sources));
    for (position, item, selector) in &filters {
        if told.contains(position) || app.selected_by(selector) == Selects::None {
            continue;
        }
        let mut found = Vec::new();
        for (number, patch) in patches(item).enumerate().filter(|(_, patch)| is_inbound(patch) && meets(patch, app)) {
            let Settings { mut accepting, of_peers } = Settings::of(patch);
            accepting.retain(|setting| interception.carries_http() && !proxies_have(setting, interception, &filters));
            let here = |finding: Finding| finding.about(item).at(format!("spec.configPatches[{number}].patch.value"));
            found.extend((!accepting.is_empty()).then(|| here(lets_pass(&accepting, interception, selector))));
            found.extend((!of_peers.is_empty()).then(|| here(asks_for_peer(&of_peers, interception, selector))));
        }
        if selector.is_empty() && !found.is_empty() {
            told.insert(*position);
        }
        found.into_iter().for_each(|finding| findings.push(finding));
    }
}

/// The EnvoyFilters that are for sidecars or gateways of the front's namespace, with their selectors.
fn near<'s, 'i, 'a>(
    interception: &'s Interception,
    sources: &'s Policies<'i, 'a>,
) -> impl Iterator<Item = (usize, &'i Item<'a>, Selector)> + use<'s, 'i, 'a> {
    let here = namespace_key(interception.namespace.as_deref());
    let filters = sources.extensions().filter(move |(_, item)| {
        let namespace = namespace_key(item.id().namespace.as_deref());
        item.id().is("networking.istio.io", "EnvoyFilter")
            && (namespace == here || sources.mesh.is_root(namespace))
            && !is_generated(item)
    });
    filters.filter_map(|(position, item)| {
        let value = item.value().ok()?;
        // With a targetRef it is a waypoint's, or that of a gateway of the Gateway API (`ShouldAttachPolicy`).
        if at(value, &["spec", "targetRefs"]).is_some() {
            return None;
        }
        let labels = labels(at(value, &["spec", "workloadSelector", "labels"]).and_then(Value::as_mapping));
        Some((position, item, Selector::of_labels(labels)))
    })
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
fn proxies_have(setting: &str, interception: &Interception, filters: &[(usize, &Item<'_>, Selector)]) -> bool {
    let labels = interception.pod_labels();
    let of_proxies = filters.iter().filter(|(.., selector)| selector.matches(&labels)).flat_map(|(_, item, _)| patches(item));
    of_proxies.filter(|patch| is_of_gateways(patch)).any(|patch| Settings::of(patch).accepting.iter().any(|own| own == setting))
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
