//! The pools of proxies among the objects, told by the label that selects them.

use super::{Inventory, Key, Object, at};
use crate::interception::{FRONT_LABEL, NAMESPACE_LABEL, NO_NAMESPACE};
use indexmap::IndexSet;
use serde_yaml::Value;
use std::collections::{HashMap, HashSet};

/// The proxies of one front, and what belongs to them.
#[derive(Debug)]
pub struct Pool<'i> {
    /// Namespace of all of it; empty where the manifests set none.
    pub namespace: &'i str,
    /// Name of the front Service: the value of the label on the proxies' pods.
    pub front_name: &'i str,
    /// The Service that clients call.
    pub front: Option<&'i Object>,
    /// The proxies' Deployment.
    pub deployment: &'i Object,
    /// The Service by which istiod knows their ports before the front selects them.
    pub own_service: Option<&'i Object>,
    /// What scales it.
    pub autoscaler: Option<&'i Object>,
    /// Its disruption budget.
    pub disruption_budget: Option<&'i Object>,
    /// The Gateway that its pods serve; where none selects them, the one that has their name.
    pub gateway: Option<&'i Object>,
    /// The VirtualServices on that Gateway.
    pub routes: Vec<&'i Object>,
    /// The Services that these route to, each once.
    pub targets: Vec<&'i Object>,
    /// The DestinationRules about the targets.
    pub rules: Vec<&'i Object>,
    /// The EnvoyFilters on proxies of a front of this name, in every namespace.
    pub filters: Vec<&'i Object>,
}

impl Pool<'_> {
    /// Whether the front sends its clients here. In the phase Prepare it does not yet.
    #[must_use]
    pub fn intercepts(&self) -> bool {
        self.front.is_some_and(|front| front.text(&["spec", "selector", FRONT_LABEL]) == Some(self.front_name))
    }
}

/// Every Deployment whose pods carry the label, in the order of the manifests.
pub fn pools(inventory: &Inventory) -> Vec<Pool<'_>> {
    let deployments = inventory.of_kind("apps", "Deployment");
    let of_proxies: Vec<_> =
        deployments.filter_map(|deployment| Some((deployment, pod_label(deployment, FRONT_LABEL)?))).collect();
    if of_proxies.is_empty() {
        return Vec::new();
    }
    let index = Index::of(inventory);
    of_proxies.into_iter().map(|(deployment, front_name)| pool(inventory, &index, deployment, front_name)).collect()
}

/// What belongs to pools, by what points at them: one look at all objects for all pools.
#[derive(Default)]
struct Index<'i> {
    /// By namespace and the name of what is scaled.
    autoscalers: HashMap<(&'i str, &'i str), &'i Object>,
    /// By namespace and label.
    budgets: HashMap<(&'i str, &'i str), &'i Object>,
    /// By label.
    gateways: HashMap<&'i str, Vec<&'i Object>>,
    /// By the namespace and the name of the Gateway.
    routes: HashMap<(&'i str, &'i str), Vec<&'i Object>>,
    /// By the key of the Service that they are about.
    rules: HashMap<&'i Key, Vec<&'i Object>>,
    /// By label.
    filters: HashMap<&'i str, Vec<&'i Object>>,
}

impl<'i> Index<'i> {
    fn of(inventory: &'i Inventory) -> Self {
        let mut index = Index::default();
        for object in inventory.objects() {
            let namespace = object.key.namespace.as_str();
            match (object.key.group.as_str(), object.key.kind.as_str()) {
                ("autoscaling", "HorizontalPodAutoscaler") => {
                    if let Some(name) = object.text(&["spec", "scaleTargetRef", "name"]) {
                        index.autoscalers.entry((namespace, name)).or_insert(object);
                    }
                }
                ("policy", "PodDisruptionBudget") => {
                    if let Some(front) = object.text(&["spec", "selector", "matchLabels", FRONT_LABEL]) {
                        index.budgets.entry((namespace, front)).or_insert(object);
                    }
                }
                ("networking.istio.io", "Gateway") => {
                    if let Some(front) = object.text(&["spec", "selector", FRONT_LABEL]) {
                        index.gateways.entry(front).or_default().push(object);
                    }
                }
                ("networking.istio.io", "VirtualService") => {
                    for gateway in gateways_of(object) {
                        index.routes.entry(gateway).or_default().push(object);
                    }
                }
                ("networking.istio.io", "DestinationRule") => {
                    let service = object.text(&["spec", "host"]).and_then(|host| inventory.service_of_host(host, namespace));
                    if let Some(service) = service {
                        index.rules.entry(&service.key).or_default().push(object);
                    }
                }
                ("networking.istio.io", "EnvoyFilter") => {
                    if let Some(front) = object.text(&["spec", "workloadSelector", "labels", FRONT_LABEL]) {
                        index.filters.entry(front).or_default().push(object);
                    }
                }
                _ => {}
            }
        }
        index
    }

    /// The Gateway that selects the pods by both labels; without one that which has their name.
    fn gateway(&self, inventory: &'i Inventory, deployment: &'i Object, front_name: &str) -> Option<&'i Object> {
        let namespace = deployment.key.namespace.as_str();
        let selects = |gateway: &&&Object| {
            let label = gateway.text(&["spec", "selector", NAMESPACE_LABEL]);
            label.is_none_or(|own| own == namespace || (own == NO_NAMESPACE && namespace.is_empty()))
        };
        self.gateways
            .get(front_name)
            .and_then(|gateways| gateways.iter().find(selects).copied())
            .or_else(|| inventory.get(&Key::new("networking.istio.io", "Gateway", namespace, &deployment.key.name)))
    }
}

fn pool<'i>(inventory: &'i Inventory, index: &Index<'i>, deployment: &'i Object, front_name: &'i str) -> Pool<'i> {
    let namespace = deployment.key.namespace.as_str();
    let gateway = index.gateway(inventory, deployment, front_name);
    let of_gateway = |gateway: &Object| index.routes.get(&(gateway.key.namespace.as_str(), gateway.key.name.as_str())).cloned();
    let routes: Vec<_> = gateway.and_then(of_gateway).unwrap_or_default();
    let mut targets: Vec<&Object> = Vec::new();
    let mut known: HashSet<&Key> = HashSet::new();
    for routes in &routes {
        let named = destinations(&routes.value).filter_map(|host| inventory.service_of_host(host, &routes.key.namespace));
        targets.extend(named.filter(|target| known.insert(&target.key)));
    }
    let rules = targets.iter().filter_map(|target| index.rules.get(&target.key)).flatten().copied().collect();
    Pool {
        namespace,
        front_name,
        front: inventory.service(namespace, front_name),
        deployment,
        own_service: inventory
            .service(namespace, &deployment.key.name)
            .filter(|service| service.text(&["spec", "selector", FRONT_LABEL]) == Some(front_name)),
        autoscaler: index.autoscalers.get(&(namespace, deployment.key.name.as_str())).copied(),
        disruption_budget: index.budgets.get(&(namespace, front_name)).copied(),
        gateway,
        routes,
        targets,
        rules,
        filters: index.filters.get(front_name).cloned().unwrap_or_default(),
    }
}

fn pod_label<'o>(deployment: &'o Object, label: &str) -> Option<&'o str> {
    deployment.text(&["spec", "template", "metadata", "labels", label])
}

/// Namespace and name of each Gateway that a VirtualService is on, each once.
fn gateways_of(routes: &Object) -> Vec<(&str, &str)> {
    let names = routes.list(&["spec", "gateways"]).filter_map(Value::as_str);
    let all: IndexSet<_> = names.map(|name| name.split_once('/').unwrap_or((&routes.key.namespace, name))).collect();
    all.into_iter().collect()
}

/// The hosts that the routes of a VirtualService name, mirrors among them.
pub(super) fn destinations(routes: &Value) -> impl Iterator<Item = &str> {
    let lists = ["http", "tls", "tcp"].into_iter().filter_map(|protocol| at(routes, &["spec", protocol])?.as_sequence());
    lists.flatten().flat_map(|route| {
        let weighted = ["route", "mirrors"].into_iter().filter_map(|list| route.get(list)?.as_sequence()).flatten();
        let weighted = weighted.filter_map(|entry| at(entry, &["destination", "host"])?.as_str());
        weighted.chain(at(route, &["mirror", "host"]).and_then(Value::as_str))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICKSTART: &str = include_str!("../../kustomization-examples/quickstart/expected/build.yaml");

    #[test]
    fn a_pool_has_all_that_belongs_to_it() {
        let inventory = Inventory::read("build.yaml", QUICKSTART).unwrap();
        let pools = inventory.pools();
        let [pool] = &pools[..] else { panic!("{pools:?}") };
        assert_eq!((pool.front_name, pool.intercepts()), ("hello", true));
        assert_eq!(pool.targets.iter().map(|target| target.key.name.as_str()).collect::<Vec<_>>(), ["hello-ep"]);
        assert_eq!((pool.routes.len(), pool.rules.len()), (1, 1));
        assert!(pool.autoscaler.is_some() && pool.disruption_budget.is_some() && pool.gateway.is_some());
    }

    #[test]
    fn the_proxies_of_two_namespaces_are_two_pools() {
        let text = include_str!("../../kustomization-examples/two-namespaces/expected/build.yaml");
        let inventory = Inventory::read("build.yaml", text).unwrap();
        for pool in inventory.pools() {
            assert_eq!(pool.gateway.unwrap().key.namespace, pool.namespace);
            assert!(pool.targets.iter().all(|target| target.key.namespace == pool.namespace));
        }
    }
}
