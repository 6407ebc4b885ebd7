//! The workloads behind a Service.

use super::chain::{Chain, Column, MOST_DRAWN, NodeKey};
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

/// Every workload but proxies, found by label.
#[derive(Default)]
pub struct Workloads<'i> {
    all: Vec<Workload<'i>>,
    by_namespace: HashMap<&'i str, Vec<usize>>,
    by_label: HashMap<(&'i str, &'i str, &'i str), Vec<usize>>,
    /// By namespace, kind and name of what they scale.
    autoscalers: HashMap<(&'i str, &'i str, &'i str), &'i Object>,
}

impl<'i> Workloads<'i> {
    /// Those of the manifests, in their order.
    pub fn of(inventory: &'i Inventory) -> Self {
        let mut found = Workloads::default();
        for object in inventory.objects() {
            let Object { key, value, .. } = object;
            let namespace = key.namespace.as_str();
            if key.is("autoscaling", "HorizontalPodAutoscaler") {
                let of = |field: &str| object.text(&["spec", "scaleTargetRef", field]);
                if let (Some(kind), Some(name)) = (of("kind"), of("name")) {
                    found.autoscalers.entry((namespace, kind, name)).or_insert(object);
                }
            }
            let Some((.., path)) = KINDS.iter().find(|(group, kind, _)| key.is(group, kind)) else { continue };
            let Some(template) = at(value, path) else { continue };
            let workload = Workload { object, template };
            if workload.label(FRONT_LABEL).is_some() {
                continue;
            }
            let position = found.all.len();
            found.by_namespace.entry(namespace).or_default().push(position);
            for (key, value) in at(template, &["metadata", "labels"]).and_then(Value::as_mapping).into_iter().flatten() {
                if let (Some(key), Some(value)) = (key.as_str(), value.as_str()) {
                    found.by_label.entry((namespace, key, value)).or_default().push(position);
                }
            }
            found.all.push(workload);
        }
        found
    }

    /// Those whose pods have these labels.
    fn selected<'s>(&'s self, namespace: &'s str, labels: &'s Mapping) -> impl Iterator<Item = &'s Workload<'i>> {
        let pairs = labels.iter().filter_map(|(key, value)| Some((key.as_str()?, value.as_str()?)));
        let with = pairs.map(|(key, value)| self.by_label.get(&(namespace, key, value)).map_or(&[][..], Vec::as_slice));
        let rarest = with.min_by_key(|found| found.len());
        let candidates = rarest.unwrap_or_else(|| self.by_namespace.get(namespace).map_or(&[], Vec::as_slice));
        // Those of one label are found already.
        let one = labels.len() == 1 && rarest.is_some();
        candidates.iter().map(|position| &self.all[*position]).filter(move |workload| one || workload.has(labels))
    }
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

    fn size(&self, all: &Workloads<'_>) -> String {
        let key = &self.object.key;
        match key.kind.as_str() {
            "DaemonSet" => return "one on each node".to_string(),
            "Pod" | "Job" => return String::new(),
            _ => {}
        }
        let hpa = all.autoscalers.get(&(key.namespace.as_str(), key.kind.as_str(), key.name.as_str()));
        size(self.object, hpa.copied(), "pods")
    }
}

/// Adds what runs the pods that a Service selects, and the edges to it. `subsets` are those that
/// proxies tell apart; `None` means that each client balances.
pub fn add_pods(chain: &mut Chain, from: &NodeKey, service: &Object, subsets: Option<&[&Value]>, workloads: &Workloads<'_>) {
    let namespace = &service.key.namespace;
    let Some(selector) = service.at(&["spec", "selector"]).and_then(Value::as_mapping) else { return };
    let balanced = if subsets.is_none() { "each client balances" } else { "" };
    let mut found = workloads.selected(namespace, selector);
    let mut any = false;
    for workload in found.by_ref().take(MOST_DRAWN) {
        any = true;
        let key = &workload.object.key;
        let says = vec![key.kind.clone(), workload.size(workloads)];
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
    if let more @ 1.. = found.count() {
        let pods = chain.node(Column::Pods, "", namespace, &format!("and {more} more"), vec!["workloads".to_string()]);
        chain.edge(from, &pods, vec![balanced.to_string()]);
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
