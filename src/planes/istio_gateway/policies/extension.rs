//! What no rule can translate: extensions of Envoy, and network policies of other projects.
//!
//! Sidecar resources are none of these: istiod gives gateways a default scope of their own
//! (`doGetSidecarScope`, Router). What they leave out for clients is in `sight.rs`.

use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::interception::names::is_generated;
use crate::krm::{Finding, Findings};
use crate::neighbours::application::App;
use crate::neighbours::policies::{OTHER_NETWORKS, Policies};
use crate::objects::index::namespace_key;
use crate::objects::value::{at, sequence};
use serde_yaml::Value;
use std::collections::HashSet;

const PATCHES: &str = "spec.configPatches";
const OF_FILTER: &str = "spec.workloadSelector";
const OF_PLUGIN: &str = "spec.selector";

/// Warns of extensions that would notice the proxies.
pub fn resolve(pools: &[(&Interception, &App)], sources: &Policies<'_, '_>, findings: &mut Findings) {
    let hosts: Vec<String> = pools.iter().map(|(one, _)| format!("{}.{}", one.front_name, namespace(one))).collect();
    for (_, item) in sources.extensions() {
        let id = item.id();
        let own = namespace_key(id.namespace.as_deref());
        let here = pools.iter().filter(|(one, _)| namespace(one) == own);
        if id.is("networking.istio.io", "EnvoyFilter") {
            let Ok(value) = item.value() else { continue };
            if is_generated(item) {
                continue;
            }
            let named = pools.iter().zip(&hosts).filter(|(_, host)| names(item.fragment().text(), host));
            findings.push_of_each(named, |((one, _), host)| leads_to_proxies(host, one).about(item));
            if is_of_all(value) && patches(value).any(is_of_gateways) {
                findings.push_of_each(here, |(one, _)| runs_twice(one, OF_FILTER).about(item));
            }
        } else if id.is("extensions.istio.io", "WasmPlugin") {
            let Ok(value) = item.value() else { continue };
            if is_of_all(value) {
                findings.push_of_each(here, |(one, _)| runs_twice(one, OF_PLUGIN).about(item));
            }
        } else if OTHER_NETWORKS.contains(&id.group()) && id.kind.ends_with("NetworkPolicy") {
            let mentioned = |app: &App| app.selector.values().any(|value| names(item.fragment().text(), value));
            let near = |(one, app): &&(&Interception, &App)| id.namespace.is_none() || namespace(one) == own || mentioned(app);
            findings.push_of_each(pools.iter().filter(near), |(one, app)| not_adapted(one, app).about(item).at("spec"));
        }
    }
}

fn namespace(interception: &Interception) -> &str {
    namespace_key(interception.namespace.as_deref())
}

fn leads_to_proxies(host: &str, interception: &Interception) -> Finding {
    let (proxies, namespace) = (&interception.proxy_name, namespace(interception));
    let message = format!("\"{host}\" leads to {proxies} now, and only from there to the application");
    let remedy = format!("check the filter: what is for the application belongs to {}.{namespace}", interception.target_name);
    Finding::warning(Code::ExtensionMoves, message, remedy).at(PATCHES).seen(host)
}

fn not_adapted(interception: &Interception, app: &App) -> Finding {
    let (front, proxies) = (&interception.front_name, &interception.proxy_name);
    let message = format!("this kind is not adapted: clients must reach {proxies}, and {proxies} the application");
    let listen: Vec<u16> = app.ports.iter().map(|port| port.listen).collect();
    let remedy = format!("where it restricts them, allow the label msvcbench.io/front: {front}, ports {listen:?}");
    Finding::warning(Code::NetworkPolicyNotAdapted, message, remedy)
}

/// Warns of extensions of the root namespace that are for every gateway: to istiod the proxies are
/// gateways too. One finding for each, whatever number of Services is intercepted.
pub fn warn_of_every_gateway(interceptions: &[Interception], sources: &Policies<'_, '_>, findings: &mut Findings) {
    // In the root namespace itself they are those of the own namespace.
    let outside = |one: &&Interception| !sources.mesh.is_root(namespace_key(one.namespace.as_deref()));
    let Some(proxies) = interceptions.iter().find(outside).map(|one| &one.proxy_name) else { return };
    let listens: HashSet<u64> = interceptions.iter().flat_map(|one| &one.ports).map(|port| port.listen.into()).collect();
    for (_, item) in sources
        .extensions()
        .filter(|(_, item)| item.id().namespace.as_deref().is_some_and(|namespace| sources.mesh.is_root(namespace)))
    {
        let field = match (item.id().group(), item.id().kind.as_ref()) {
            ("networking.istio.io", "EnvoyFilter") => OF_FILTER,
            ("extensions.istio.io", "WasmPlugin") => OF_PLUGIN,
            _ => continue,
        };
        let Ok(value) = item.value() else { continue };
        let meets = |patch: &Value| {
            let port = at(patch, &["match", "listener", "portNumber"]).and_then(Value::as_u64);
            is_of_gateways(patch) && port.is_none_or(|port| listens.contains(&port))
        };
        if is_of_all(value) && (field == OF_PLUGIN || patches(value).any(meets)) {
            let message =
                format!("without a selector it is for every gateway, and so runs at {proxies} for calls inside the mesh too");
            let remedy = "give it the labels of the gateways for which it is, for example `istio: ingressgateway`";
            findings.push(Finding::warning(Code::ExtensionMoves, message, remedy).about(item).at(field));
        }
    }
}

/// Whether an extension says of no pods that it is for them.
fn is_of_all(value: &Value) -> bool {
    let says = |field: &&str| match at(value, &["spec", field]) {
        Some(Value::Mapping(selector)) if selector.is_empty() => false,
        Some(Value::Mapping(selector)) => {
            let labels = selector.get("labels").or_else(|| selector.get("matchLabels"));
            labels.and_then(Value::as_mapping).is_none_or(|labels| !labels.is_empty())
        }
        other => other.is_some(),
    };
    !["workloadSelector", "selector", "targetRef", "targetRefs"].iter().any(says)
}

fn patches(value: &Value) -> impl Iterator<Item = &Value> {
    sequence(value, &["spec", "configPatches"]).iter()
}

/// Whether a patch is for gateways.
pub fn is_of_gateways(patch: &Value) -> bool {
    matches!(at(patch, &["match", "context"]).and_then(Value::as_str), None | Some("ANY" | "GATEWAY"))
}

fn runs_twice(interception: &Interception, field: &str) -> Finding {
    let proxies = &interception.proxy_name;
    let message = format!("without a selector it runs at {proxies} too, once more for each request");
    Finding::warning(Code::ExtensionMoves, message, "give it the selector of the application's pods, unless it is meant for both")
        .at(field)
}

/// Whether a word stands in a text as a whole: not as part of a longer name.
fn names(text: &str, word: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '-');
    text.match_indices(word)
        .any(|(start, _)| !part(text[..start].chars().next_back()) && !part(text[start + word.len()..].chars().next()))
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Rules,
        "EnvoyFilter of context GATEWAY or ANY, WasmPlugin, of the root namespace and without a selector",
        "warning {}",
        &[Code::ExtensionMoves],
    )
    .because("what is for the edge runs for calls inside the mesh too", "istiod `EnvoyFilters`")
    .of(&[("networking.istio.io", "EnvoyFilter"), ("extensions.istio.io", "WasmPlugin")]),
    fact(
        Table::Network,
        "CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy; Calico's NetworkPolicy, GlobalNetworkPolicy; \
         AdminNetworkPolicy, BaselineAdminNetworkPolicy",
        "warning {}",
        &[Code::NetworkPolicyNotAdapted],
    )
    .because("are not adapted", "their CRDs")
    .of(&[
        ("cilium.io", "CiliumNetworkPolicy"),
        ("cilium.io", "CiliumClusterwideNetworkPolicy"),
        ("crd.projectcalico.org", "NetworkPolicy"),
        ("crd.projectcalico.org", "GlobalNetworkPolicy"),
        ("projectcalico.org", "NetworkPolicy"),
        ("projectcalico.org", "GlobalNetworkPolicy"),
        ("policy.networking.k8s.io", "AdminNetworkPolicy"),
        ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
    ]),
    fact(Table::Others, "Sidecar", "nothing", &[]).because(
        "istiod gives gateways a scope of their own; for clients the front's name and namespace stay",
        "istiod `doGetSidecarScope`",
    ),
    fact(Table::Others, "Telemetry, ProxyConfig, WasmPlugin with the pods' selector", "nothing", &[])
        .because("the application's sidecar does what it did", "–"),
    fact(
        Table::Others,
        "WasmPlugin, EnvoyFilter for the whole namespace; EnvoyFilter that names the front",
        "warning {}",
        &[Code::ExtensionMoves],
    )
    .because("they run at the proxies too, or mean another hop", "–")
    .of(&[("networking.istio.io", "EnvoyFilter"), ("extensions.istio.io", "WasmPlugin")]),
];
