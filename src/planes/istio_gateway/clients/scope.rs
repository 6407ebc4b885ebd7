//! Sidecar resources: of which Services istiod tells the sidecars of a namespace, or of some pods.

use crate::krm::Item;
use crate::mesh::Mesh;
use crate::objects::Index;
use crate::objects::index::namespace_key;
use crate::objects::selector::{Labels, labels};
use crate::objects::value::{at, sequence};
use serde_yaml::Value;
use std::collections::{HashMap, HashSet};

/// What one Sidecar shows.
pub struct Scope<'i> {
    /// The Sidecar.
    pub item: &'i Item<'i>,
    pods: Labels,
    /// Whether it leaves nothing out that was reachable without it.
    pub everything: bool,
    /// By listeners for every port.
    any_port: Shown<'i>,
    /// By listeners for one port.
    of_port: HashMap<u64, Shown<'i>>,
}

/// The hosts of listeners.
#[derive(Default)]
struct Shown<'i> {
    everything: bool,
    /// `./*` in the root namespace: whatever namespace the client is in.
    own: bool,
    namespaces: HashSet<&'i str>,
    /// Namespaces and names of Services.
    services: HashSet<(&'i str, &'i str)>,
}

/// The Sidecars of the input.
pub struct Scopes<'i> {
    mesh: &'i Mesh,
    all: Vec<Scope<'i>>,
    /// Those of a namespace without a selector: the first counts.
    of_namespace: HashMap<&'i str, usize>,
    /// Those with a selector, by namespace and by the label that fewest of them have.
    of_label: HashMap<(&'i str, String, String), Vec<usize>>,
    /// Namespaces of those with a selector.
    with_selector: HashSet<&'i str>,
}

impl<'i> Scopes<'i> {
    /// Reads every Sidecar.
    pub fn of(index: &Index<'i, 'i>, mesh: &'i Mesh) -> Self {
        let mut all: Vec<Scope<'_>> =
            index.of_kind("networking.istio.io", "Sidecar").map(|(_, item)| Scope::read(item, mesh)).collect();
        for scope in &mut all {
            match scope.item.text_at(&["spec", "outboundTrafficPolicy", "mode"]) {
                Some("ALLOW_ANY") => {}
                Some("REGISTRY_ONLY") => scope.everything = true,
                // Nobody called what it did not see.
                _ => scope.everything |= mesh.registry_only,
            }
        }
        let mut scopes = Scopes {
            mesh,
            all: Vec::new(),
            of_namespace: HashMap::new(),
            of_label: HashMap::new(),
            with_selector: HashSet::new(),
        };
        let mut count: HashMap<(&str, String, String), usize> = HashMap::new();
        for scope in &all {
            for (key, value) in &scope.pods {
                *count.entry((scope.namespace(), key.clone(), value.clone())).or_default() += 1;
            }
        }
        for (position, scope) in all.iter().enumerate() {
            let labels = scope.pods.iter().map(|(key, value)| (scope.namespace(), key.clone(), value.clone()));
            match labels.min_by_key(|label| count[label]) {
                Some(fewest) => {
                    scopes.with_selector.insert(scope.namespace());
                    scopes.of_label.entry(fewest).or_default().push(position);
                }
                None => {
                    scopes.of_namespace.entry(scope.namespace()).or_insert(position);
                }
            }
        }
        scopes.all = all;
        scopes
    }

    /// Every Sidecar.
    pub fn all(&self) -> impl Iterator<Item = &Scope<'i>> {
        self.all.iter()
    }

    /// Whether one is for pods of this namespace.
    pub fn is_limited(&self, namespace: &str) -> bool {
        [namespace, self.mesh.root_namespace()].iter().any(|namespace| self.of_namespace.contains_key(namespace))
            || self.with_selector.contains(namespace)
    }

    /// The one that is for pods with these labels (istiod, `getSidecarScope`).
    pub fn of_pods(&self, namespace: &'i str, pods: &Labels) -> Option<&Scope<'i>> {
        let with_label = pods.iter().filter_map(|(key, value)| self.of_label.get(&(namespace, key.clone(), value.clone())));
        let selects = |scope: &&Scope<'_>| scope.pods.iter().all(|(key, value)| pods.get(key) == Some(value));
        let selecting = with_label.flatten().map(|position| &self.all[*position]).find(selects);
        let general = || [namespace, self.mesh.root_namespace()].iter().find_map(|namespace| self.of_namespace.get(namespace));
        selecting.or_else(|| general().map(|position| &self.all[*position]))
    }
}

impl<'i> Scope<'i> {
    fn read(item: &'i Item<'i>, mesh: &Mesh) -> Self {
        let value = item.value().ok();
        let pods = value.and_then(|value| at(value, &["spec", "workloadSelector", "labels"])?.as_mapping());
        let egress = value.map_or(&[][..], |value| sequence(value, &["spec", "egress"]));
        let mut scope = Scope {
            item,
            pods: labels(pods),
            // Without listeners it inherits them.
            everything: egress.is_empty(),
            any_port: Shown::default(),
            of_port: HashMap::new(),
        };
        let namespace = scope.namespace();
        // What is not captured comes to such a listener only by its own address.
        for listener in egress.iter().filter(|listener| at(listener, &["captureMode"]).and_then(Value::as_str) != Some("NONE")) {
            let shown = match at(listener, &["port", "number"]).and_then(Value::as_u64) {
                Some(port) => scope.of_port.entry(port).or_default(),
                None => &mut scope.any_port,
            };
            for host in sequence(listener, &["hosts"]).iter().filter_map(Value::as_str) {
                shown.add(host, namespace, mesh);
            }
        }
        scope.everything |= scope.any_port.everything;
        scope
    }

    /// The namespace of its clients.
    pub fn namespace(&self) -> &'i str {
        namespace_key(self.item.id().namespace.as_deref())
    }

    /// Whether it shows every Service of a namespace, on each of its ports.
    pub fn shows_all_of(&self, namespace: &str) -> bool {
        self.everything || self.any_port.has_all_of(namespace)
    }

    /// Whether it shows a Service, as namespace and name, on each of its ports to clients in a namespace. A listener
    /// with a port shows no other (istiod, `serviceMatchingListenerPort`).
    pub fn shows(&self, service: (&str, &str), mut ports: impl Iterator<Item = u16>, client: &str) -> bool {
        let on = |port: u16| self.of_port.get(&u64::from(port)).is_some_and(|shown| shown.has(service, client));
        self.everything || self.any_port.has(service, client) || (!self.of_port.is_empty() && ports.all(on))
    }
}

impl<'i> Shown<'i> {
    /// `namespace/dnsName`, where the namespace may be `.`, `*` or `~`; `.` is that of the Sidecar.
    fn add(&mut self, host: &'i str, own: &'i str, mesh: &Mesh) {
        let Some((namespace, name)) = host.split_once('/') else { return };
        let namespace = match namespace {
            "." if mesh.is_root(own) => {
                self.own |= name == "*";
                return;
            }
            "." => own,
            other => other,
        };
        let (whole, full) = (mesh.covers_all(name), mesh.split_host(name));
        let is_there = |found: &str| namespace == "*" || namespace == found;
        match full {
            _ if whole && namespace == "*" => self.everything = true,
            _ if whole => {
                self.namespaces.insert(namespace);
            }
            Some(("*", found)) if is_there(found) => {
                self.namespaces.insert(found);
            }
            Some((service, found)) if is_there(found) => {
                self.services.insert((found, service));
            }
            _ => {}
        }
    }

    fn has_all_of(&self, namespace: &str) -> bool {
        self.everything || self.namespaces.contains(namespace)
    }

    fn has(&self, (namespace, name): (&str, &str), client: &str) -> bool {
        self.has_all_of(namespace) || self.services.contains(&(namespace, name)) || (self.own && namespace == client)
    }
}
