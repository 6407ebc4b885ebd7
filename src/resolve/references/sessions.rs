//! What keeps each client at one pod. The proxies hide the pods: an ingress controller or
//! kube-proxy would keep each client at one *proxy*, which chooses a pod anew for every request.

use super::fronts::Fronts;
use super::places;
use crate::krm::{Code, Finding, Findings, Item};
use crate::resolve::Balancer;
use crate::resolve::interception::Interception;
use serde_yaml::Value;

/// Fields of objects in front of a Service: group, kind, place; and the value, where not every one
/// keeps a client at a pod.
const FIELDS: &[(&str, &str, &str, Option<&str>)] = &[
    ("gateway.networking.k8s.io", "HTTPRoute", "spec.rules[].sessionPersistence", None),
    ("gateway.networking.k8s.io", "GRPCRoute", "spec.rules[].sessionPersistence", None),
    ("traefik.io", "IngressRoute", "spec.routes[].services[].sticky", None),
    ("traefik.io", "TraefikService", "spec.weighted.sticky", None),
    ("projectcontour.io", "HTTPProxy", "spec.routes[].loadBalancerPolicy.strategy", Some("Cookie")),
    ("projectcontour.io", "HTTPProxy", "spec.routes[].loadBalancerPolicy.strategy", Some("RequestHash")),
    ("k8s.nginx.org", "VirtualServer", "spec.upstreams[].sessionCookie", None),
];

/// Annotations of Ingresses and Services, likewise.
const ANNOTATIONS: &[(&str, Option<&str>)] = &[
    ("nginx.ingress.kubernetes.io/affinity", Some("cookie")),
    ("nginx.ingress.kubernetes.io/upstream-hash-by", None),
    ("traefik.ingress.kubernetes.io/service.sticky.cookie", Some("true")),
];

/// Refuses an object that names a front and keeps clients at a pod.
pub fn check(item: &Item<'_>, places: &[&str], fronts: &Fronts<'_>, findings: &mut Findings) {
    let Ok(value) = item.value() else { return };
    let own = item.id().namespace.as_deref();
    let named = places.iter().flat_map(|place| places::services(value, place));
    let Some(front) = named.into_iter().find_map(|named| fronts.of_host(named.namespace.or(own), named.name)) else { return };
    refuse_annotations(item, front, findings);
    for (group, kind, place, wanted) in FIELDS {
        if !item.id().is(group, kind) {
            continue;
        }
        for (field, value) in places::at(value, place) {
            if wanted.is_none_or(|wanted| value.as_str() == Some(wanted)) {
                findings.push(refused(&field, front).about(item).at(field));
            }
        }
    }
}

/// Refuses annotations of an Ingress or a Service that keep clients at a pod.
pub fn refuse_annotations(item: &Item<'_>, front: &Interception, findings: &mut Findings) {
    for (key, wanted) in ANNOTATIONS {
        let value = item.text_at(&["metadata", "annotations", key]).filter(|value| wanted.is_none_or(|wanted| wanted == *value));
        if let Some(value) = value {
            findings.push(refused(key, front).about(item).at(format!("metadata.annotations[{key}]")).seen(value));
        }
    }
}

/// Refuses `sessionAffinity: ClientIP` of a front or its target, unless the proxies choose the pod by the
/// address of the client, as kube-proxy did, and see it.
pub fn refuse_affinity(item: &Item<'_>, spec: &Value, front: &Interception, findings: &mut Findings) {
    if spec.get("sessionAffinity").and_then(Value::as_str) != Some("ClientIP") {
        return;
    }
    let by_address = front.ports.iter().all(|port| match &front.traffic.of(port.number).balancer {
        Balancer::ConsistentHash(hash) => hash.use_source_ip == Some(true),
        Balancer::Simple(_) => false,
    });
    let finding = match (by_address, hides_addresses(spec)) {
        (true, None) => return,
        (true, Some(what)) => {
            let message = format!(
                "\"ClientIP\" keeps each client at one pod by its address, and of clients from outside the proxies of \"{}\" see that of a node: {what}",
                front.front_name
            );
            let remedy =
                "set `externalTrafficPolicy: Local`, or remove `sessionAffinity` if no client from outside depends on it";
            Finding::error(Code::SessionAffinity, message, remedy)
        }
        (false, _) => refused("ClientIP", front),
    };
    findings.push(finding.about(item).at("spec.sessionAffinity").seen("ClientIP"));
}

/// Why kube-proxy may put a node's address in the place of a client's.
fn hides_addresses(spec: &Value) -> Option<String> {
    let text = |key: &str| spec.get(key).and_then(Value::as_str);
    if text("externalTrafficPolicy") == Some("Local") {
        return None;
    }
    let opened = text("type").filter(|kind| matches!(*kind, "NodePort" | "LoadBalancer")).map(|kind| format!("type {kind}"));
    let addresses = spec.get("externalIPs").and_then(Value::as_sequence).is_some_and(|addresses| !addresses.is_empty());
    opened.or_else(|| addresses.then(|| "externalIPs".to_string()))
}

/// `what` says of whom it is.
fn refused(what: &str, front: &Interception) -> Finding {
    let message = format!(
        "\"{what}\" keeps each client at one pod; with the proxies of \"{}\" between them it would keep it at one proxy",
        front.front_name
    );
    let hash = if what == "ClientIP" { "{useSourceIp: true}" } else { "…" };
    let remedy = format!(
        "remove it, and where clients depend on it set `trafficPolicy: {{consistentHash: {hash}}}` on {}, which chooses the pod by client",
        front.source.object()
    );
    Finding::error(Code::SessionAffinity, message, remedy)
}
