//! The workloads behind a Service.

use super::chain::{Chain, Column, NodeKey};
use super::routes::scalar;
use super::size::size;
use crate::interception::FRONT_LABEL;
use crate::rendered::{Inventory, Object, at};
use serde_yaml::{Mapping, Value};
use std::collections::HashMap;

/// Kinds whose pods a Service can select: group, kind, where the pod's template is.
const KINDS: [(&str, &str, &[&str]); 7] = [
    ("apps", "Deployment", &["spec", "template"]),
    ("apps", "StatefulSet", &["spec", "template"]),
    ("apps", "DaemonSet", &["spec", "template"]),
    ("apps", "ReplicaSet", &["spec", "template"]),
    ("argoproj.io", "Rollout", &["spec", "template"]),
    ("batch", "Job", &["spec", "template"]),
    ("", "Pod", &[]),
];

/// Something that runs pods.
pub struct Workload<'i> {
    object: &'i Object,
    template: &'i Value,
}

/// Every workload but proxies.
pub fn workloads(inventory: &Inventory) -> Vec<Workload<'_>> {
    let workload = |object| {
        let Object { key, value, .. }: &Object = object;
        let (.., path) = KINDS.iter().find(|(group, kind, _)| key.is(group, kind))?;
        Some(Workload { object, template: at(value, path)? })
    };
    let all = inventory.objects().iter().filter_map(workload);
    all.filter(|workload| workload.label(FRONT_LABEL).is_none()).collect()
}

impl Workload<'_> {
    fn label(&self, key: &str) -> Option<&str> {
        at(self.template, &["metadata", "labels", key])?.as_str()
    }

    fn has(&self, labels: &Mapping) -> bool {
        !labels.is_empty() && labels.iter().all(|(key, value)| key.as_str().and_then(|key| self.label(key)) == value.as_str())
    }

    /// The container ports by name; of several with one name the first.
    fn ports(&self) -> HashMap<&str, u64> {
        let containers = at(self.template, &["spec", "containers"]).and_then(Value::as_sequence).into_iter().flatten();
        let ports = containers.filter_map(|container| container.get("ports")?.as_sequence()).flatten();
        let mut named = HashMap::new();
        for port in ports {
            let number = port.get("containerPort").and_then(Value::as_u64);
            if let (Some(name), Some(number)) = (port.get("name").and_then(Value::as_str), number) {
                named.entry(name).or_insert(number);
            }
        }
        named
    }

    fn size(&self, inventory: &Inventory) -> String {
        let key = &self.object.key;
        match key.kind.as_str() {
            "DaemonSet" => return "one on each node".to_string(),
            "Pod" | "Job" => return String::new(),
            _ => {}
        }
        let hpa = inventory.of_kind("autoscaling", "HorizontalPodAutoscaler").find(|hpa| {
            let of = |field: &str| hpa.text(&["spec", "scaleTargetRef", field]);
            hpa.key.namespace == key.namespace && of("name") == Some(&key.name) && of("kind") == Some(&key.kind)
        });
        size(self.object, hpa, "pods")
    }
}

/// Adds what runs the pods that a Service selects, and the edges to it. `subsets` are those that
/// proxies tell apart; `None` means that each client balances.
pub fn add_pods(
    chain: &mut Chain,
    from: &NodeKey,
    service: &Object,
    subsets: Option<&[&Value]>,
    workloads: &[Workload<'_>],
    inventory: &Inventory,
) {
    let namespace = &service.key.namespace;
    let Some(selector) = service.at(&["spec", "selector"]).and_then(Value::as_mapping) else { return };
    let balanced = if subsets.is_none() { "each client balances" } else { "" };
    let found = workloads.iter().filter(|workload| workload.object.key.namespace == *namespace && workload.has(selector));
    let mut any = false;
    for workload in found {
        any = true;
        let key = &workload.object.key;
        let says = vec![key.kind.clone(), workload.size(inventory)];
        let pods = chain.node(Column::Pods, &key.kind, &key.namespace, &key.name, says);
        let mut says = target_ports(service, Some(workload));
        for subset in subsets.unwrap_or_default() {
            let labels = subset.get("labels").and_then(Value::as_mapping);
            if labels.is_some_and(|labels| workload.has(labels)) {
                says.push(subset.get("name").and_then(Value::as_str).unwrap_or_default().to_string());
            }
        }
        says.push(balanced.to_string());
        chain.edge(from, &pods, says);
    }
    if !any {
        let pair = |(key, value): (&Value, &Value)| Some(format!("{}={}", key.as_str()?, value.as_str()?));
        let labels: Vec<String> = selector.iter().filter_map(pair).collect();
        let name = if labels.is_empty() { "pods".to_string() } else { labels.join(",") };
        let pods = chain.node(Column::Pods, "", namespace, &name, vec!["not in these manifests".to_string()]);
        let mut says = target_ports(service, None);
        says.push(balanced.to_string());
        chain.edge(from, &pods, says);
    }
}

/// `port 8080`: where each port of the Service leads, by number where the workload tells it.
fn target_ports(service: &Object, workload: Option<&Workload<'_>>) -> Vec<String> {
    let named = workload.map(Workload::ports).unwrap_or_default();
    let ports = service.list(&["spec", "ports"]).filter_map(|port| {
        let target = port.get("targetPort").or_else(|| port.get("port"))?;
        let number = target.as_str().and_then(|name| named.get(name)).map(ToString::to_string);
        Some(format!("port {}", number.or_else(|| scalar(target))?))
    });
    ports.collect()
}
