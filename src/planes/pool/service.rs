//! The two Services: the front that clients call and the target over the application's pods.

use crate::interception::{Interception, Labels, MANAGER, ProxyPort};
use serde_yaml::{Mapping, Value};
use std::collections::HashMap;

/// Fields of a Service's spec that must be unique in the cluster, that open it to clients outside,
/// or that would keep the proxies from some of the pods: the front keeps them, a copy must not
/// have them.
const NOT_COPIED: [&str; 15] = [
    "allocateLoadBalancerNodePorts",
    "clusterIP",
    "clusterIPs",
    "externalIPs",
    "externalName",
    "externalTrafficPolicy",
    "healthCheckNodePort",
    "internalTrafficPolicy",
    "loadBalancerClass",
    "loadBalancerIP",
    "loadBalancerSourceRanges",
    "sessionAffinity",
    "sessionAffinityConfig",
    "trafficDistribution",
    "type",
];

/// Keeps the target out of other namespaces' sidecars: only the proxies beside it need it.
const EXPORT_TO: &str = "networking.istio.io/exportTo";

/// The front, rewritten in place: only `spec.selector`, `spec.publishNotReadyAddresses` and the `targetPort`
/// of each port differ from the user's object. Clients, load balancers and dashboards depend on the rest.
pub fn front_in_place(original: &Value, interception: &Interception) -> Value {
    let mut front = original.clone();
    if let Some(spec) = front.get_mut("spec").and_then(Value::as_mapping_mut) {
        point_at_proxies(spec, interception);
    }
    front
}

/// The front as it was before an earlier run rewrote it: over the target's pods, at their ports.
pub fn front_before(original: &Value, target: &Value) -> Value {
    let mut front = original.clone();
    let Some(spec) = front.get_mut("spec").and_then(Value::as_mapping_mut) else { return front };
    let of_target = target.get("spec").and_then(Value::as_mapping).cloned().unwrap_or_default();
    for key in ["selector", "publishNotReadyAddresses"] {
        if let Some(value) = of_target.get(key) {
            spec.insert(key.into(), value.clone());
        }
    }
    let at_pods = of_target.get("ports").and_then(Value::as_sequence).into_iter().flatten();
    let at_pods: HashMap<_, _> = at_pods.filter_map(|port| Some((port.get("port")?, port.get("targetPort")?))).collect();
    for port in ports_mut(spec) {
        if let Some(at_pods) = port.get("port").and_then(|number| at_pods.get(number)) {
            port.insert("targetPort".into(), (*at_pods).clone());
        }
    }
    front
}

/// The front, made from the Service that the user has renamed to the target's name.
///
/// Annotations stay with the user's object: two Services with those of external-dns or a scraper
/// would act twice.
pub fn front_from_target(original: &Value, interception: &Interception) -> Value {
    let mut spec = completed_spec(original, interception);
    if interception.intercepts() {
        point_at_proxies(&mut spec, interception);
    }
    service(original, &interception.front_name, interception, spec, None)
}

/// The target, made from the front: over the application's pods, reachable inside the cluster.
pub fn target_from_front(original: &Value, interception: &Interception) -> Value {
    let spec = completed_spec(original, interception);
    let annotations = Mapping::from_iter([(Value::from(EXPORT_TO), Value::from("."))]);
    service(original, &interception.target_name, interception, spec, Some(annotations))
}

/// The Service of the proxies' own, with the front's ports. Nobody calls it by its name: `~` keeps it out
/// of every sidecar (Istio, `visibility.None`).
pub fn proxies_own(original: &Value, interception: &Interception) -> Value {
    let mut spec = completed_spec(original, interception);
    point_at_proxies(&mut spec, interception);
    let hidden = Mapping::from_iter([(Value::from(EXPORT_TO), Value::from("~"))]);
    let mut own = service(original, &interception.proxy_name, interception, spec, Some(hidden));
    // Not the labels of the front, by which scrapers find it.
    own["metadata"]["labels"] = labels(interception.labels()).into();
    own
}

/// The spec of a copy: without what must not be copied, its ports complete.
fn completed_spec(original: &Value, interception: &Interception) -> Mapping {
    let spec = original.get("spec").and_then(Value::as_mapping).cloned().unwrap_or_default();
    let mut spec: Mapping =
        spec.into_iter().filter(|(key, _)| !key.as_str().is_some_and(|key| NOT_COPIED.contains(&key))).collect();
    spec.insert("type".into(), "ClusterIP".into());
    for (port, resolved) in ports_mut(&mut spec).zip(&interception.ports) {
        complete_port(port, resolved);
    }
    spec
}

/// What the API server would fill in is written out, so that GitOps controllers see no drift; and
/// a protocol that only the ProxyService declares is declared, so that the proxies speak it.
fn complete_port(port: &mut Mapping, resolved: &ProxyPort) {
    port.remove("nodePort");
    if !resolved.declared {
        port.insert("appProtocol".into(), resolved.protocol.as_str().to_lowercase().into());
    }
    port.entry("protocol".into()).or_insert("TCP".into());
    port.entry("targetPort".into()).or_insert(resolved.number.into());
}

fn point_at_proxies(spec: &mut Mapping, interception: &Interception) {
    // It says of the application's pods that clients want those that are not ready, and stays on
    // the target. A proxy that is not ready answers nobody (Kubernetes, `podToEndpoint`).
    spec.shift_remove("publishNotReadyAddresses");
    spec.insert("selector".into(), labels(interception.selector()).into());
    for (port, resolved) in ports_mut(spec).zip(&interception.ports) {
        port.insert("targetPort".into(), resolved.listen.into());
    }
}

fn ports_mut(spec: &mut Mapping) -> impl Iterator<Item = &mut Mapping> {
    let ports = spec.get_mut("ports").and_then(Value::as_sequence_mut);
    ports.into_iter().flatten().filter_map(Value::as_mapping_mut)
}

fn service(original: &Value, name: &str, interception: &Interception, spec: Mapping, annotations: Option<Mapping>) -> Value {
    let mut own_labels =
        original.get("metadata").and_then(|metadata| metadata.get("labels")?.as_mapping()).cloned().unwrap_or_default();
    own_labels.insert("app.kubernetes.io/managed-by".into(), MANAGER.into());
    let mut metadata = Mapping::new();
    metadata.insert("name".into(), name.into());
    if let Some(namespace) = &interception.namespace {
        metadata.insert("namespace".into(), namespace.as_str().into());
    }
    metadata.insert("labels".into(), own_labels.into());
    if let Some(annotations) = annotations {
        metadata.insert("annotations".into(), annotations.into());
    }
    let mut service = Mapping::new();
    service.insert("apiVersion".into(), original.get("apiVersion").cloned().unwrap_or_else(|| "v1".into()));
    service.insert("kind".into(), "Service".into());
    service.insert("metadata".into(), metadata.into());
    service.insert("spec".into(), spec.into());
    service.into()
}

fn labels(labels: Labels) -> Mapping {
    labels.into_iter().map(|(key, value)| (Value::from(key), Value::from(value))).collect()
}
