//! Sidecar resources: of which Services istiod tells the sidecars of a namespace, or of some pods.

use super::companion::{at, sequence};
use super::namespaces::ROOT_NAMESPACE;
use super::selector::{Labels, labels};
use crate::krm::Item;
use crate::resolve::index::{Index, namespace_key};
use serde_yaml::Value;
use std::collections::{HashMap, HashSet};

/// What one Sidecar shows.
pub struct Scope<'i> {
    /// The Sidecar.
    pub item: &'i Item<'i>,
    pods: Labels,
    /// Whether it leaves nothing out that was reachable without it.
    pub everything: bool,
    /// `./*` in the root namespace: whatever namespace the client is in.
    own: bool,
    namespaces: HashSet<&'i str>,
    /// Namespaces and names of Services.
    services: HashSet<(&'i str, &'i str)>,
}

/// The Sidecars of the input.
pub struct Scopes<'i> {
    all: Vec<Scope<'i>>,
    /// Those of a namespace without a selector: the first counts.
    of_namespace: HashMap<&'i str, usize>,
    /// Those with a selector, by namespace and by the label that fewest of them have.
    of_label: HashMap<(&'i str, String, String), Vec<usize>>,
    /// Namespaces of those with a selector.
    with_selector: HashSet<&'i str>,
    /// Whether sidecars let nothing pass that they do not know (`meshConfig.outboundTrafficPolicy`):
    /// then nobody called what it did not see.
    pub registry_only: bool,
}

impl<'i> Scopes<'i> {
    /// Reads every Sidecar.
    pub fn of(index: &Index<'i, 'i>) -> Self {
        let registry_only = registry_only(index);
        let mut all: Vec<Scope<'_>> =
            index.of_kind("networking.istio.io", "Sidecar").map(|(_, item)| Scope::read(item)).collect();
        for scope in &mut all {
            match scope.item.text_at(&["spec", "outboundTrafficPolicy", "mode"]) {
                Some("ALLOW_ANY") => {}
                Some("REGISTRY_ONLY") => scope.everything = true,
                _ => scope.everything |= registry_only,
            }
        }
        let mut scopes = Scopes {
            all: Vec::new(),
            of_namespace: HashMap::new(),
            of_label: HashMap::new(),
            with_selector: HashSet::new(),
            registry_only,
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
        [namespace, ROOT_NAMESPACE].iter().any(|namespace| self.of_namespace.contains_key(namespace))
            || self.with_selector.contains(namespace)
    }

    /// The one that is for pods with these labels (istiod, `getSidecarScope`).
    pub fn of_pods(&self, namespace: &'i str, pods: &Labels) -> Option<&Scope<'i>> {
        let with_label = pods.iter().filter_map(|(key, value)| self.of_label.get(&(namespace, key.clone(), value.clone())));
        let selects = |scope: &&Scope<'_>| scope.pods.iter().all(|(key, value)| pods.get(key) == Some(value));
        let selecting = with_label.flatten().map(|position| &self.all[*position]).find(selects);
        let general = || [namespace, ROOT_NAMESPACE].iter().find_map(|namespace| self.of_namespace.get(namespace));
        selecting.or_else(|| general().map(|position| &self.all[*position]))
    }
}

impl<'i> Scope<'i> {
    fn read(item: &'i Item<'i>) -> Self {
        let value = item.value().ok();
        let pods = value.and_then(|value| at(value, &["spec", "workloadSelector", "labels"])?.as_mapping());
        let egress = value.map_or(&[][..], |value| sequence(value, &["spec", "egress"]));
        let mut scope = Scope {
            item,
            pods: labels(pods),
            // Without listeners it inherits them.
            everything: egress.is_empty(),
            own: false,
            namespaces: HashSet::new(),
            services: HashSet::new(),
        };
        for host in egress.iter().flat_map(|listener| sequence(listener, &["hosts"])).filter_map(Value::as_str) {
            scope.add(host);
        }
        scope
    }

    /// The namespace of its clients.
    pub fn namespace(&self) -> &'i str {
        namespace_key(self.item.id().namespace.as_deref())
    }

    /// `namespace/dnsName`, where the namespace may be `.`, `*` or `~`.
    fn add(&mut self, host: &'i str) {
        let Some((namespace, name)) = host.split_once('/') else { return };
        let namespace = match namespace {
            "." if self.namespace() == ROOT_NAMESPACE => {
                self.own |= name == "*";
                return;
            }
            "." => self.namespace(),
            other => other,
        };
        let whole = name == "*" || name.strip_prefix('*').is_some_and(|suffix| ".svc.cluster.local".ends_with(suffix));
        let full = name.strip_suffix(".svc.cluster.local").and_then(|name| name.split_once('.'));
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

    /// Whether it shows every Service of a namespace.
    pub fn shows_all_of(&self, namespace: &str) -> bool {
        self.everything || self.namespaces.contains(namespace)
    }

    /// Whether it shows a Service, as namespace and name, to clients in a namespace.
    pub fn shows(&self, (namespace, name): (&str, &str), client: &str) -> bool {
        self.shows_all_of(namespace) || self.services.contains(&(namespace, name)) || (self.own && namespace == client)
    }
}

fn registry_only(index: &Index<'_, '_>) -> bool {
    let of_mesh = index.of_kind("", "ConfigMap").filter(|(_, item)| item.id().namespace.as_deref() == Some(ROOT_NAMESPACE));
    let of_mesh = of_mesh.filter(|(_, item)| item.id().name == "istio" || item.id().name.starts_with("istio-"));
    // No other field of a mesh's configuration has this value.
    of_mesh.into_iter().any(|(_, item)| item.text_at(&["data", "mesh"]).is_some_and(|mesh| mesh.contains("REGISTRY_ONLY")))
        || index
            .of_kind("install.istio.io", "IstioOperator")
            .any(|(_, item)| item.text_at(&["spec", "meshConfig", "outboundTrafficPolicy", "mode"]) == Some("REGISTRY_ONLY"))
}
