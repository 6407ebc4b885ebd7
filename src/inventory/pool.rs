//! The pools of proxies among the objects, told by the label that selects them.

use super::{Inventory, Object, at};
use crate::resolve::{FRONT_LABEL, NAMESPACE_LABEL, NO_NAMESPACE};
use serde_yaml::Value;

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
    /// What scales it.
    pub autoscaler: Option<&'i Object>,
    /// Its disruption budget.
    pub disruption_budget: Option<&'i Object>,
    /// The Gateway that its pods serve.
    pub gateway: Option<&'i Object>,
    /// The VirtualServices on that Gateway.
    pub routes: Vec<&'i Object>,
    /// The Services that these route to, each once.
    pub targets: Vec<&'i Object>,
    /// The DestinationRules about the targets.
    pub rules: Vec<&'i Object>,
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
    let of_proxies = deployments.filter_map(|deployment| Some((deployment, pod_label(deployment, FRONT_LABEL)?)));
    of_proxies.map(|(deployment, front_name)| pool(inventory, deployment, front_name)).collect()
}

fn pool<'i>(inventory: &'i Inventory, deployment: &'i Object, front_name: &'i str) -> Pool<'i> {
    let namespace = deployment.key.namespace.as_str();
    let here = |object: &&Object| object.key.namespace == namespace;
    let autoscaler = inventory
        .of_kind("autoscaling", "HorizontalPodAutoscaler")
        .filter(here)
        .find(|hpa| hpa.text(&["spec", "scaleTargetRef", "name"]) == Some(&deployment.key.name));
    let disruption_budget = inventory
        .of_kind("policy", "PodDisruptionBudget")
        .filter(here)
        .find(|budget| budget.text(&["spec", "selector", "matchLabels", FRONT_LABEL]) == Some(front_name));
    let gateway = inventory.of_kind("networking.istio.io", "Gateway").find(|gateway| {
        gateway.text(&["spec", "selector", FRONT_LABEL]) == Some(front_name)
            && gateway
                .text(&["spec", "selector", NAMESPACE_LABEL])
                .is_none_or(|own| own == namespace || (own == NO_NAMESPACE && namespace.is_empty()))
    });
    let routes: Vec<_> = gateway.map_or_else(Vec::new, |gateway| {
        inventory.of_kind("networking.istio.io", "VirtualService").filter(|routes| is_on(routes, gateway)).collect()
    });
    let mut targets: Vec<&Object> = Vec::new();
    for routes in &routes {
        for host in destinations(&routes.value) {
            if let Some(target) = inventory.service_of_host(host, &routes.key.namespace)
                && !targets.iter().any(|known| known.key == target.key)
            {
                targets.push(target);
            }
        }
    }
    let is_target = |rule: &&Object| {
        let host = rule.text(&["spec", "host"]).and_then(|host| inventory.service_of_host(host, &rule.key.namespace));
        host.is_some_and(|host| targets.iter().any(|target| target.key == host.key))
    };
    let rules = inventory.of_kind("networking.istio.io", "DestinationRule").filter(is_target).collect();
    let front = inventory.service(namespace, front_name);
    Pool { namespace, front_name, front, deployment, autoscaler, disruption_budget, gateway, routes, targets, rules }
}

fn pod_label<'o>(deployment: &'o Object, label: &str) -> Option<&'o str> {
    deployment.text(&["spec", "template", "metadata", "labels", label])
}

fn is_on(routes: &Object, gateway: &Object) -> bool {
    routes.list(&["spec", "gateways"]).filter_map(Value::as_str).any(|name| match name.split_once('/') {
        Some((namespace, name)) => gateway.key.namespace == namespace && gateway.key.name == name,
        None => gateway.key.namespace == routes.key.namespace && gateway.key.name == name,
    })
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
