//! Objects that send requests to a Service from programs which may be outside the mesh: Ingresses
//! of every make, probes.
//!
//! With mutual TLS a program without a sidecar cannot connect to the proxies, not even under a
//! PERMISSIVE policy: one port of a gateway cannot take both. So the user has to choose.

use super::fronts::{Fronts, ask_for_tls};
use super::places;
use crate::krm::{Findings, Item};
use crate::resolve::index::Index;
use crate::resolve::interception::Interception;
use std::collections::HashSet;

/// What calls Services: group, kind, and the places of their names.
pub struct Caller {
    /// API group.
    pub group: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Places as [`places::services`] reads them.
    pub places: &'static [&'static str],
}

/// Every kind whose only question is whether its program is in the mesh.
pub const CALLERS: &[Caller] = &[
    Caller {
        group: "networking.k8s.io",
        kind: "Ingress",
        places: &["spec.defaultBackend.service name", "spec.rules[].http.paths[].backend.service name"],
    },
    Caller { group: "traefik.io", kind: "IngressRoute", places: &["spec.routes[].services[] name"] },
    Caller { group: "traefik.io", kind: "IngressRouteTCP", places: &["spec.routes[].services[] name"] },
    Caller {
        group: "traefik.io",
        kind: "TraefikService",
        places: &["spec.weighted.services[] name", "spec.mirroring name", "spec.mirroring.mirrors[] name"],
    },
    Caller {
        group: "projectcontour.io",
        kind: "HTTPProxy",
        places: &["spec.routes[].services[] name", "spec.tcpproxy.services[] name"],
    },
    Caller { group: "route.openshift.io", kind: "Route", places: &["spec.to name", "spec.alternateBackends[] name"] },
    Caller { group: "getambassador.io", kind: "Mapping", places: &["spec service"] },
    Caller { group: "k8s.nginx.org", kind: "VirtualServer", places: &["spec.upstreams[] service"] },
    Caller { group: "monitoring.coreos.com", kind: "Probe", places: &["spec.targets.staticConfig.static[]"] },
];

/// Asks for `tls.mode` where one of [`CALLERS`] names a front.
pub fn check(caller: &Caller, item: &Item<'_>, index: &Index<'_, '_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    let Ok(value) = item.value() else { return };
    if caller.kind == "Ingress" && is_of_the_mesh(item, index) {
        return;
    }
    let own = item.id().namespace.as_deref();
    // One question for a front, however often the object names it.
    let mut asked = HashSet::new();
    for named in caller.places.iter().flat_map(|place| places::services(value, place)) {
        let Some(front) = fronts.of_host(named.namespace.or(own), named.name) else { continue };
        if asked.insert((&front.namespace, &front.front_name)) {
            let why = outside(&format!("this {}", caller.kind), front);
            ask_for_tls(item, &named.field, named.name, &why, front, findings);
        }
    }
}

/// Why a program that may be outside the mesh could not connect; `what` is what sends it there.
pub fn outside(what: &str, front: &Interception) -> String {
    format!(
        "{what} lets clients in to \"{}\" through a program that may not be in the mesh, and with mutual TLS it could not connect",
        front.front_name
    )
}

/// Istio's own ingress gateway (`shouldProcessIngressWithClass`): the annotation comes first, then
/// the class's controller, of which the name is the usual one.
fn is_of_the_mesh(item: &Item<'_>, index: &Index<'_, '_>) -> bool {
    if let Some(class) = item.text_at(&["metadata", "annotations", "kubernetes.io/ingress.class"]) {
        return class == "istio";
    }
    let Some(class) = item.text_at(&["spec", "ingressClassName"]) else { return false };
    let controller = index
        .of_kind("networking.k8s.io", "IngressClass")
        .find(|(_, item)| item.id().name == class)
        .and_then(|(_, item)| item.text_at(&["spec", "controller"]));
    controller.map_or(class == "istio", |controller| controller == "istio.io/ingress-controller")
}
