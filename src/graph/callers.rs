//! Callers that stand in the manifests: what lets requests in from outside.

use crate::interception::FRONT_LABEL;
use crate::neighbours::callers::CALLERS;
use crate::neighbours::gateway_api::{BACKENDS, ROUTES};
use crate::objects::places::services;
use crate::rendered::{Inventory, Key, Object};
use indexmap::IndexSet;
use serde_yaml::Value;

/// An object that sends requests to a Service.
#[derive(PartialEq, Eq, Hash)]
pub struct Caller {
    /// Its kind.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The Service.
    pub service: Key,
}

/// Ingresses of every make, routes of gateways, and Istio's routes, except those of the proxies.
pub fn callers(inventory: &Inventory) -> Vec<Caller> {
    let mut found: IndexSet<Caller> = IndexSet::new();
    for object in inventory.objects() {
        // An object may name a Service in each of its routes.
        let services: IndexSet<Key> = called(object, inventory).into_iter().collect();
        for service in services {
            let (kind, namespace, name) = (object.key.kind.clone(), object.key.namespace.clone(), object.key.name.clone());
            found.insert(Caller { kind, namespace, name, service });
        }
    }
    found.into_iter().collect()
}

fn called(object: &Object, inventory: &Inventory) -> Vec<Key> {
    let key = &object.key;
    if key.is("networking.istio.io", "VirtualService") {
        return by_istio(object, inventory);
    }
    let places: &[&str] = if key.group == "gateway.networking.k8s.io" && ROUTES.contains(&key.kind.as_str()) {
        BACKENDS
    } else {
        CALLERS.iter().find(|caller| key.is(caller.group, caller.kind)).map_or(&[], |caller| caller.places)
    };
    let named = places.iter().flat_map(|place| services(&object.value, place));
    let found = named.filter_map(|named| {
        let namespace = named.namespace.unwrap_or(&key.namespace);
        // Some write a host with a port.
        let host = named.name.rsplit("://").next()?.split([':', '/']).next()?;
        Some(inventory.service_of_host(host, namespace)?.key.clone())
    });
    found.collect()
}

/// A VirtualService on a gateway that is not that of proxies lets requests in.
fn by_istio(object: &Object, inventory: &Inventory) -> Vec<Key> {
    let is_of_proxies = |name: &str| {
        let (namespace, name) = name.split_once('/').unwrap_or((&object.key.namespace, name));
        let gateway = inventory.get(&Key::new("networking.istio.io", "Gateway", namespace, name));
        gateway.is_some_and(|gateway| gateway.text(&["spec", "selector", FRONT_LABEL]).is_some())
    };
    let mut gateways = object.list(&["spec", "gateways"]).filter_map(Value::as_str);
    if !gateways.any(|name| name != "mesh" && !is_of_proxies(name)) {
        return Vec::new();
    }
    let lists = ["http", "tls", "tcp"].into_iter().filter_map(|protocol| object.at(&["spec", protocol])?.as_sequence());
    let hosts = lists.flatten().flat_map(|route| {
        let entries = route.get("route").and_then(Value::as_sequence).into_iter().flatten();
        entries.filter_map(|entry| entry.get("destination")?.get("host")?.as_str())
    });
    hosts.filter_map(|host| Some(inventory.service_of_host(host, &object.key.namespace)?.key.clone())).collect()
}
