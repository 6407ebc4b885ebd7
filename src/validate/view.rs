//! The manifests as the checks read them: everything is looked up once, for all checks.

use super::hosts::Hosts;
use super::selector::Selector;
use super::workloads::Workloads;
use crate::interception::{FRONT_LABEL, MANAGER};
use crate::krm::few;
use crate::rendered::{Inventory, Key, Object, Pool};
use serde_yaml::Value;
use std::collections::{HashMap, HashSet};

/// What all checks read.
pub struct View<'i> {
    pub inventory: &'i Inventory,
    pub pools: Vec<Pool<'i>>,
    /// Every pod, by labels.
    pub workloads: Workloads<'i>,
    /// The proxies' pods alone; in the order of `pools`.
    pub proxies: Workloads<'i>,
    /// What hosts mean.
    pub hosts: Hosts<'i>,
    /// Services and rules of pools, though people may have written them.
    parts: HashMap<&'i Key, usize>,
    /// Namespaces with an object of a kind: asked whether a reference can be judged.
    namespaces: HashMap<(&'i str, &'i str), HashSet<&'i str>>,
}

impl<'i> View<'i> {
    pub fn of(inventory: &'i Inventory) -> Self {
        let pools = inventory.pools();
        let mut parts = HashMap::new();
        for (position, pool) in pools.iter().enumerate() {
            let single =
                [pool.front, pool.own_service, pool.autoscaler, pool.disruption_budget, pool.gateway].into_iter().flatten();
            let several = [&pool.routes, &pool.targets, &pool.rules].into_iter().flatten().copied();
            for object in single.chain(several).chain([pool.deployment]) {
                parts.entry(&object.key).or_insert(position);
            }
        }
        let mut namespaces: HashMap<_, HashSet<_>> = HashMap::new();
        for Object { key, .. } in inventory.objects() {
            namespaces.entry((key.group.as_str(), key.kind.as_str())).or_default().insert(key.namespace.as_str());
        }
        let proxies = Workloads::of(pools.iter().map(|pool| pool.deployment));
        let workloads = Workloads::of(inventory.objects().iter());
        View { inventory, pools, workloads, proxies, hosts: Hosts::of(inventory), parts, namespaces }
    }

    /// Whether this program generated the object, or it is part of a pool.
    pub fn ours(&self, object: &Object) -> bool {
        is_generated(object) || self.parts.contains_key(&object.key)
    }

    /// The pool that an object is part of.
    pub fn pool_of(&self, object: &Object) -> Option<&Pool<'i>> {
        self.parts.get(&object.key).map(|position| &self.pools[*position])
    }

    /// Whether the namespace has an object of the kind.
    pub fn has(&self, group: &str, kind: &str, namespace: &str) -> bool {
        self.namespaces.get(&(group, kind)).is_some_and(|namespaces| namespaces.contains(namespace))
    }

    /// Services with a selector, and what they select.
    pub fn services(&self) -> impl Iterator<Item = (&'i Object, Selector<'i>)> {
        self.inventory.of_kind("", "Service").filter_map(|service| {
            let selector = service.at(&["spec", "selector"])?.as_mapping().filter(|selector| !selector.is_empty())?;
            let external = service.text(&["spec", "type"]) == Some("ExternalName");
            (!external).then(|| (service, Selector::of_template_labels(selector)))
        })
    }
}

/// Whether an earlier run generated the object.
pub fn is_generated(object: &Object) -> bool {
    object.text(&["metadata", "labels", "app.kubernetes.io/managed-by"]) == Some(MANAGER)
}

/// Whether the object selects proxies of whatever front.
pub fn selects_by_front(object: &Object) -> bool {
    object.at(&["spec", "selector", FRONT_LABEL]).is_some()
}

/// The ports of a Service: each with its position.
pub fn ports(service: &Object) -> impl Iterator<Item = Port<'_>> {
    service.list(&["spec", "ports"]).enumerate().filter_map(|(position, port)| Port::read(position, port))
}

/// The ports of a Service, found by number and by name: who asks for many of them does not go through all
/// for each.
pub struct Ports<'v> {
    pub all: Vec<Port<'v>>,
    by_number: HashMap<u16, usize>,
    names: HashSet<&'v str>,
}

impl<'v> Ports<'v> {
    pub fn of(service: &'v Object) -> Self {
        let all: Vec<_> = ports(service).collect();
        let mut by_number = HashMap::with_capacity(all.len());
        for (at, port) in all.iter().enumerate() {
            by_number.entry(port.number).or_insert(at);
        }
        let names = all.iter().filter_map(|port| port.name).collect();
        Ports { all, by_number, names }
    }

    /// The first port with this number.
    pub fn number(&self, number: u16) -> Option<&Port<'v>> {
        self.by_number.get(&number).map(|at| &self.all[*at])
    }

    pub fn has_name(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// For messages: `80 (http), 9090`.
    pub fn describe(&self) -> String {
        few(self.all.iter().map(|port| port.name.map_or(port.number.to_string(), |name| format!("{} ({name})", port.number))))
    }
}

/// A port of a Service.
#[derive(Debug, Clone, Copy)]
pub struct Port<'v> {
    pub position: usize,
    pub number: u16,
    pub name: Option<&'v str>,
    pub app_protocol: Option<&'v str>,
    pub tcp: bool,
    target: Option<&'v Value>,
}

/// Where a Service's port leads to at a pod.
pub enum Target<'v> {
    Number(u16),
    Name(&'v str),
}

impl<'v> Port<'v> {
    fn read(position: usize, port: &'v Value) -> Option<Self> {
        let text = |key: &str| port.get(key).and_then(Value::as_str);
        Some(Port {
            position,
            number: number(port.get("port")?)?,
            name: text("name"),
            app_protocol: text("appProtocol"),
            tcp: text("protocol").is_none_or(|protocol| protocol == "TCP"),
            target: port.get("targetPort"),
        })
    }

    pub fn target(&self) -> Target<'v> {
        match self.target {
            Some(Value::String(name)) if !name.is_empty() => name.parse().map_or(Target::Name(name), Target::Number),
            Some(value) => Target::Number(number(value).unwrap_or(self.number)),
            None => Target::Number(self.number),
        }
    }
}

/// A port number.
pub fn number(value: &Value) -> Option<u16> {
    u16::try_from(value.as_u64()?).ok()
}

/// `1 proxy`, `2 proxies`.
pub fn counted(count: u64, what: &str) -> String {
    match what.strip_suffix('y') {
        _ if count == 1 => format!("1 {what}"),
        Some(stem) => format!("{count} {stem}ies"),
        None => format!("{count} {what}s"),
    }
}
