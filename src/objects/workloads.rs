//! Workloads of the input and the pods that they make.

use super::Index;
use super::index::namespace_key;
use super::selector::{Labels, labels};
use super::value::at;
use crate::krm::Item;
use serde_yaml::Value;
use std::cell::OnceCell;
use std::collections::HashMap;

/// Kinds that make pods, or are one.
pub const WORKLOADS: [(&str, &str); 8] = [
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("apps", "ReplicaSet"),
    ("argoproj.io", "Rollout"),
    ("batch", "Job"),
    ("batch", "CronJob"),
    ("", "Pod"),
];

/// Whether an object makes pods, or is one.
pub fn is_workload(item: &Item<'_>) -> bool {
    WORKLOADS.iter().any(|(group, kind)| item.id().is(group, kind))
}

/// What a workload's pods are made from, and its field: a Pod is its own.
pub fn template<'i>(item: &'i Item<'_>) -> Option<(&'i Value, &'static str)> {
    let (_, kind) = WORKLOADS.into_iter().find(|(group, kind)| item.id().is(group, kind))?;
    let value = item.value().ok()?;
    match kind {
        "Pod" => Some((value, "")),
        "CronJob" => Some((at(value, &["spec", "jobTemplate", "spec", "template"])?, "spec.jobTemplate.spec.template")),
        _ => Some((at(value, &["spec", "template"])?, "spec.template")),
    }
}

/// The workloads of the input by namespace; those of one are read when an application in it is
/// looked for.
pub struct Workloads<'i, 'a>(HashMap<&'i str, Here<'i, 'a>>);

#[derive(Default)]
struct Here<'i, 'a> {
    items: Vec<&'i Item<'a>>,
    pods: OnceCell<Pods<'i>>,
}

/// The workloads of a namespace, and their positions by each label of their pods.
struct Pods<'i> {
    all: Vec<Pod<'i>>,
    by_label: HashMap<(String, String), Vec<usize>>,
}

impl<'i, 'a> Workloads<'i, 'a> {
    /// Picks them by group and kind.
    pub fn of(index: &Index<'i, 'a>) -> Self {
        let mut found: HashMap<&str, Here<'_, '_>> = HashMap::new();
        for (_, item) in index.items() {
            if is_workload(item) {
                found.entry(namespace_key(item.id().namespace.as_deref())).or_default().items.push(item);
            }
        }
        Workloads(found)
    }

    /// Those whose pods a Service selects, which stands in this namespace.
    pub fn behind(&self, service: &Item<'_>, namespace: Option<&str>) -> Vec<&Pod<'i>> {
        let service = service.value().ok();
        let selector = labels(service.and_then(|service| at(service, &["spec", "selector"])?.as_mapping()));
        self.selected(namespace_key(namespace), &selector)
    }

    /// Those whose pods a Service with this selector selects.
    pub fn selected(&self, namespace: &str, selector: &Labels) -> Vec<&Pod<'i>> {
        let Some(here) = self.0.get(namespace) else { return Vec::new() };
        here.pods.get_or_init(|| Pods::read(&here.items)).selected(selector)
    }
}

impl<'i> Pods<'i> {
    fn read(items: &[&'i Item<'_>]) -> Self {
        let mut pods = Pods { all: items.iter().filter_map(|item| Pod::of(item)).collect(), by_label: HashMap::new() };
        for (position, pod) in pods.all.iter().enumerate() {
            for (key, value) in &pod.labels {
                pods.by_label.entry((key.clone(), value.clone())).or_default().push(position);
            }
        }
        pods
    }

    fn selected(&self, selector: &Labels) -> Vec<&Pod<'i>> {
        let with =
            |label: (&String, &String)| self.by_label.get(&(label.0.clone(), label.1.clone())).map_or(&[][..], Vec::as_slice);
        let matches = |pod: &&Pod<'_>| selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value));
        match selector.iter().map(with).min_by_key(|found| found.len()) {
            Some(fewest) => fewest.iter().map(|position| &self.all[*position]).filter(matches).collect(),
            None => self.all.iter().collect(),
        }
    }
}

/// A workload, by what its pods are made from.
pub struct Pod<'i> {
    /// The workload's name; a Pod has none above it.
    pub workload: Option<&'i str>,
    /// The labels of the template.
    pub labels: Labels,
    /// The spec of the template.
    pub spec: Option<&'i Value>,
}

impl<'i> Pod<'i> {
    fn of(item: &'i Item<'_>) -> Option<Self> {
        let (template, _) = template(item)?;
        let id = item.id();
        Some(Pod {
            workload: (id.kind != "Pod").then_some(id.name.as_ref()),
            labels: labels(at(template, &["metadata", "labels"]).and_then(Value::as_mapping)),
            spec: template.get("spec"),
        })
    }
}
