//! Where objects name Services: routes, rules, backends.

use crate::objects::places::at as places;
use crate::rendered::{Object, at};
use serde_yaml::Value;

/// A Service that an object names, with port and subset.
pub struct Reference<'i> {
    pub object: &'i Object,
    /// Path of the mapping that names it.
    pub path: String,
    /// The key of the name in it.
    pub key: &'static str,
    pub host: &'i str,
    /// The namespace beside it, for backends.
    pub namespace: Option<&'i str>,
    pub port: Option<Wanted<'i>>,
    /// The key of the port in the mapping.
    pub port_key: &'static str,
    pub subset: Option<&'i str>,
    /// Whether istiod reads the host; else Kubernetes' own rules hold.
    pub istio: bool,
}

/// A port that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'i> {
    Number(u64),
    Name(&'i str),
}

impl<'i> Wanted<'i> {
    fn of(value: &'i Value) -> Option<Self> {
        value.as_u64().map(Wanted::Number).or_else(|| value.as_str().map(Wanted::Name))
    }
}

const ROUTES: [&str; 5] = [
    "spec.http[].route[].destination",
    "spec.http[].mirror",
    "spec.http[].mirrors[].destination",
    "spec.tcp[].route[].destination",
    "spec.tls[].route[].destination",
];
const INGRESS: [&str; 2] = ["spec.defaultBackend", "spec.rules[].http.paths[].backend"];
const BACKENDS: [&str; 3] = [
    "spec.rules[].backendRefs[]",
    "spec.rules[].filters[].requestMirror.backendRef",
    "spec.rules[].backendRefs[].filters[].requestMirror.backendRef",
];

/// The Services that an object names.
pub fn of(object: &Object) -> Vec<Reference<'_>> {
    match (object.key.group.as_str(), object.key.kind.as_str()) {
        ("networking.istio.io", "VirtualService") => ROUTES.iter().flat_map(|place| destinations(object, place)).collect(),
        ("networking.istio.io", "DestinationRule") => rule(object),
        ("networking.k8s.io" | "extensions", "Ingress") => INGRESS.iter().flat_map(|place| ingress(object, place)).collect(),
        ("gateway.networking.k8s.io", kind) if kind.ends_with("Route") => {
            BACKENDS.iter().flat_map(|place| backends(object, place)).collect()
        }
        _ => Vec::new(),
    }
}

fn destinations<'i>(object: &'i Object, place: &str) -> Vec<Reference<'i>> {
    let read = |(path, destination): (String, &'i Value)| {
        Some(Reference {
            object,
            path,
            key: "host",
            host: destination.get("host")?.as_str()?,
            namespace: None,
            port: at(destination, &["port", "number"]).and_then(Wanted::of),
            port_key: "port.number",
            subset: destination.get("subset").and_then(Value::as_str).filter(|subset| !subset.is_empty()),
            istio: true,
        })
    };
    places(&object.value, place).into_iter().filter_map(read).collect()
}

/// The host of a DestinationRule, and the ports that have settings of their own.
fn rule(object: &Object) -> Vec<Reference<'_>> {
    let Some(host) = object.text(&["spec", "host"]) else { return Vec::new() };
    let reference = |path: String, port| Reference {
        object,
        path,
        key: "host",
        host,
        namespace: None,
        port,
        port_key: "port.number",
        subset: None,
        istio: true,
    };
    let mut all = vec![reference("spec".into(), None)];
    for (path, settings) in places(&object.value, "spec.trafficPolicy.portLevelSettings[]") {
        if let Some(port) = at(settings, &["port", "number"]).and_then(Wanted::of) {
            all.push(reference(path, Some(port)));
        }
    }
    all
}

fn ingress<'i>(object: &'i Object, place: &str) -> Vec<Reference<'i>> {
    let read = |(path, backend): (String, &'i Value)| {
        let service = backend.get("service")?;
        let port = service.get("port").and_then(|port| port.get("number").or_else(|| port.get("name")));
        Some(Reference {
            object,
            path: format!("{path}.service"),
            key: "name",
            host: service.get("name")?.as_str()?,
            namespace: None,
            // Some controllers read annotations by this name (AWS, `ingress_utils.go`).
            port: port.and_then(Wanted::of).filter(|port| *port != Wanted::Name("use-annotation")),
            port_key: "port",
            subset: None,
            istio: false,
        })
    };
    let annotated =
        |reference: &Reference<'_>| reference.port.is_none() && reference.object.at(&["metadata", "annotations"]).is_some();
    let found = places(&object.value, place).into_iter().filter_map(read);
    found.filter(|reference| !annotated(reference)).collect()
}

fn backends<'i>(object: &'i Object, place: &str) -> Vec<Reference<'i>> {
    let read = |(path, backend): (String, &'i Value)| {
        let text = |key: &str| backend.get(key).and_then(Value::as_str);
        let service =
            text("kind").is_none_or(|kind| kind == "Service") && text("group").is_none_or(|group| matches!(group, "" | "core"));
        service.then_some(())?;
        Some(Reference {
            object,
            path,
            key: "name",
            host: text("name")?,
            namespace: text("namespace"),
            port: backend.get("port").and_then(Wanted::of),
            port_key: "port",
            subset: None,
            istio: false,
        })
    };
    places(&object.value, place).into_iter().filter_map(read).collect()
}
