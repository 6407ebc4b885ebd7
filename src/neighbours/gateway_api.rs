//! Routes of the Gateway API: those of gateways outside the mesh, and those of the mesh itself
//! (GAMMA: the parent is the Service).

use super::callers::outside;
use super::fronts::{Fronts, ask_for_tls};
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::krm::{Finding, Findings, Item};
use crate::objects::{Index, places};
use serde_yaml::Value;
use std::collections::HashSet;

/// The API group.
pub const GROUP: &str = "gateway.networking.k8s.io";

/// The kinds of routes that have backends.
pub const ROUTES: &[&str] = &["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute"];

/// Where they name Services.
pub const BACKENDS: &[&str] = &[
    "spec.rules[].backendRefs[] name",
    "spec.rules[].filters[].requestMirror.backendRef name",
    "spec.rules[].backendRefs[].filters[].requestMirror.backendRef name",
];

/// Asks for `tls.mode` where a gateway outside the mesh may call a front, and warns of routes of
/// the mesh that lead clients around the proxies.
pub fn check(item: &Item<'_>, index: &Index<'_, '_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    let Ok(value) = item.value() else { return };
    let own = item.id().namespace.as_deref();
    let backends: Vec<_> = BACKENDS.iter().flat_map(|place| places::services(value, place)).collect();
    let mut stranger = None;
    let mut parents = HashSet::new();
    for (_, parent) in places::at(value, "spec.parentRefs[]") {
        let text = |key: &str| parent.get(key).and_then(Value::as_str);
        let Some(name) = text("name") else { continue };
        let namespace = text("namespace").or(own);
        match (text("group").unwrap_or(GROUP), text("kind").unwrap_or("Gateway")) {
            (group @ (GROUP | "gateway.networking.x-k8s.io"), kind @ ("ListenerSet" | "XListenerSet")) => {
                let gateway = gateway_of_set(index, group, kind, namespace, name);
                if !gateway.is_some_and(|(namespace, name)| is_of_the_mesh(index, namespace, name)) {
                    stranger = stranger.or(Some(gateway.map_or(name, |(_, name)| name)));
                }
            }
            (GROUP, "Gateway") if !is_of_the_mesh(index, namespace, name) => stranger = stranger.or(Some(name)),
            ("" | "core", "Service") => {
                if let Some(front) = fronts.get(namespace, name).filter(|_| parents.insert((namespace, name))) {
                    warn_of_other_backends(item, front, value, own, fronts, findings);
                }
            }
            _ => {}
        }
    }
    let Some(gateway) = stranger else { return };
    for named in backends {
        if let Some(front) = fronts.get(named.namespace.or(own), named.name) {
            let why = outside(&format!("Gateway \"{gateway}\""), front);
            ask_for_tls(item, &named.field, named.name, &why, front, findings);
        }
    }
}

/// istiod makes a DestinationRule of the policy, with the mode SIMPLE (`convertBackendTLSPolicy`).
pub fn refuse_tls(item: &Item<'_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    let Ok(value) = item.value() else { return };
    for named in places::services(value, "spec.targetRefs[] name") {
        let Some(front) = fronts.get(item.id().namespace.as_deref(), named.name) else { continue };
        let message =
            format!("TLS to the application cannot hold for \"{}\": its clients reach proxies of the mesh", front.front_name);
        let remedy = "remove the policy, or do not intercept this Service";
        findings.push(Finding::error(Code::TlsOfFront, message, remedy).about(item).at(named.field).seen(named.name));
    }
}

/// istiod sends the clients of the parent Service straight to the backends
/// (`convertHTTPRoute`): only those that are the front itself lead through its proxies.
fn warn_of_other_backends(
    item: &Item<'_>,
    front: &Interception,
    value: &Value,
    own: Option<&str>,
    fronts: &Fronts<'_>,
    findings: &mut Findings,
) {
    for named in places::services(value, BACKENDS[0]) {
        if fronts.get(named.namespace.or(own), named.name).is_some() {
            continue;
        }
        let message = format!(
            "clients of \"{}\" go to \"{}\" by this route of the mesh, without its proxies",
            front.front_name, named.name
        );
        let remedy = format!("name \"{}\" as the backend, or intercept \"{}\" too", front.front_name, named.name);
        findings.push(Finding::warning(Code::ReachedAround, message, remedy).about(item).at(named.field).seen(named.name));
    }
}

/// The Gateway of a set of listeners, where the input has the set.
fn gateway_of_set<'i>(
    index: &Index<'i, '_>,
    group: &str,
    kind: &str,
    namespace: Option<&str>,
    name: &str,
) -> Option<(Option<&'i str>, &'i str)> {
    let set = index.item(*index.find(group, kind, namespace, name).first()?);
    let own = set.text_at(&["spec", "parentRef", "namespace"]).or(set.id().namespace.as_deref());
    Some((own, set.text_at(&["spec", "parentRef", "name"])?))
}

/// Whether the Gateway is one of Istio's, as far as the input tells: its class says so, or the
/// class's controller.
fn is_of_the_mesh(index: &Index<'_, '_>, namespace: Option<&str>, name: &str) -> bool {
    let gateway = index.find(GROUP, "Gateway", namespace, name).first().map(|position| index.item(*position));
    let Some(class) = gateway.and_then(|gateway| gateway.text_at(&["spec", "gatewayClassName"])) else { return false };
    let declared = index.of_kind(GROUP, "GatewayClass").find(|(_, item)| item.id().name == class);
    match declared.and_then(|(_, class)| class.text_at(&["spec", "controllerName"])) {
        Some(controller) => controller.starts_with("istio.io/"),
        None => matches!(class, "istio" | "istio-remote" | "istio-waypoint" | "istio-east-west"),
    }
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Senders,
        "HTTPRoute, GRPCRoute, TCPRoute, TLSRoute `backendRefs`, `requestMirror` (also in `backendRefs[].filters`)",
        "outside the mesh",
        &[],
    )
    .because("the Gateway's class is not Istio's, or the Gateway is not in the input", "gateway-api v1")
    .of(&[
        ("gateway.networking.k8s.io", "HTTPRoute"),
        ("gateway.networking.k8s.io", "GRPCRoute"),
        ("gateway.networking.k8s.io", "TCPRoute"),
        ("gateway.networking.k8s.io", "TLSRoute"),
    ]),
    fact(
        Table::Senders,
        "the same, of a Gateway of class `istio`, `istio-remote`, `istio-waypoint`, `istio-east-west`, or of a \
         GatewayClass with an `istio.io/…` controller",
        "nothing",
        &[],
    )
    .because("these gateways are in the mesh", "istiod `pkg/config/constants`")
    .of(&[("gateway.networking.k8s.io", "Gateway"), ("gateway.networking.k8s.io", "GatewayClass")]),
    fact(
        Table::Senders,
        "the same with a ListenerSet or XListenerSet as parent",
        "as its Gateway, if both are in the input; else outside the mesh",
        &[],
    )
    .because("a set of listeners belongs to one Gateway", "GEP-1713")
    .of(&[("gateway.networking.k8s.io", "ListenerSet"), ("gateway.networking.x-k8s.io", "XListenerSet")]),
    fact(
        Table::Senders,
        "HTTPRoute, GRPCRoute, TCPRoute, TLSRoute with the Service as parent (GAMMA), backends being intercepted \
         Services",
        "nothing",
        &[],
    )
    .because("the client's sidecar routes to the front's endpoints, the proxies", "istiod `convertHTTPRoute`")
    .of(&[("gateway.networking.k8s.io", "HTTPRoute")]),
    fact(Table::Senders, "the same with the Service as parent, other backends", "warning {}", &[Code::ReachedAround])
        .because("sidecars go to these backends directly, without the proxies", "istiod `convertHTTPRoute`")
        .of(&[("gateway.networking.k8s.io", "HTTPRoute")]),
    fact(Table::Senders, "ReferenceGrant to the Service", "nothing", &[]).because("the name stays", "gateway-api v1beta1"),
    fact(Table::Rules, "BackendTLSPolicy of the front", "error {}", &[Code::TlsOfFront])
        .because("istiod makes a DestinationRule with `tls` SIMPLE of it", "istiod, Gateway API")
        .of(&[("gateway.networking.k8s.io", "BackendTLSPolicy")]),
];
