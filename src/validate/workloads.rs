//! The pods that the manifests make, found by labels without looking at all of them.

use super::selector::{Labels, Selector, pairs};
use crate::interception::FRONT_LABEL;
use crate::rendered::{Object, at};
use serde_yaml::Value;
use std::collections::{HashMap, HashSet};

/// What makes pods, and the pods it makes.
#[derive(Debug)]
pub struct Workload<'i> {
    pub object: &'i Object,
    pub labels: Labels<'i>,
    /// The pods' spec, and where it stands in the object.
    pub pod: &'i Value,
    pub path: &'static str,
}

impl<'i> Workload<'i> {
    /// Deployments, StatefulSets, Argo's Rollouts: whatever has a pod template; CronJobs; Pods.
    fn of(object: &'i Object) -> Option<Self> {
        const TEMPLATES: [(&[&str], &str); 2] = [
            (&["spec", "template"], "spec.template"),
            (&["spec", "jobTemplate", "spec", "template"], "spec.jobTemplate.spec.template"),
        ];
        let read = |template: &'i Value, path| {
            let pod = template.get("spec")?;
            pod.get("containers")?.as_sequence()?;
            let labels = at(template, &["metadata", "labels"]).and_then(Value::as_mapping);
            Some(Workload { object, labels: labels.into_iter().flat_map(pairs).collect(), pod, path })
        };
        if object.key.is("", "Pod") {
            return read(&object.value, "");
        }
        TEMPLATES.iter().find_map(|(place, path)| read(object.at(place)?, path))
    }

    /// A field of the pod's spec, as a path in the object.
    pub fn field(&self, field: &str) -> String {
        let dot = if self.path.is_empty() { "" } else { "." };
        format!("{}{dot}spec.{field}", self.path)
    }

    pub fn containers(&self) -> impl Iterator<Item = &'i Value> {
        self.pod.get("containers").and_then(Value::as_sequence).into_iter().flatten()
    }

    /// Containers and the init containers that stay (sidecars).
    fn listening(&self) -> impl Iterator<Item = &'i Value> {
        let init = self.pod.get("initContainers").and_then(Value::as_sequence).into_iter().flatten();
        let stays = |container: &&Value| container.get("restartPolicy").and_then(Value::as_str) == Some("Always");
        self.containers().chain(init.filter(stays))
    }

    /// Number and name of the ports that the containers declare.
    pub fn ports(&self) -> impl Iterator<Item = (Option<u64>, Option<&'i str>)> {
        let ports = self.listening().filter_map(|container| container.get("ports")?.as_sequence()).flatten();
        ports.map(|port| (port.get("containerPort").and_then(Value::as_u64), port.get("name").and_then(Value::as_str)))
    }

    /// How many pods the manifest itself asks for.
    pub fn replicas(&self) -> Option<u64> {
        self.object.at(&["spec", "replicas"])?.as_u64()
    }
}

/// Workloads by namespace and label.
#[derive(Debug, Default)]
pub struct Workloads<'i> {
    all: Vec<Workload<'i>>,
    by_label: HashMap<(&'i str, &'i str), Vec<usize>>,
    by_namespaced_label: HashMap<(&'i str, &'i str, &'i str), Vec<usize>>,
    by_namespace: HashMap<&'i str, Vec<usize>>,
    /// Namespaces with pods that are no proxies.
    applications: HashSet<&'i str>,
    by_object: HashMap<(&'i str, &'i str, &'i str), usize>,
}

impl<'i> Workloads<'i> {
    /// Those among the objects, in their order.
    pub fn of(objects: impl Iterator<Item = &'i Object>) -> Self {
        let mut workloads = Workloads::default();
        for workload in objects.filter_map(Workload::of) {
            let (position, key) = (workloads.all.len(), &workload.object.key);
            let namespace = key.namespace.as_str();
            workloads.by_namespace.entry(namespace).or_default().push(position);
            workloads.by_object.entry((namespace, key.kind.as_str(), key.name.as_str())).or_insert(position);
            if !workload.labels.contains_key(FRONT_LABEL) {
                workloads.applications.insert(namespace);
            }
            for (label, value) in &workload.labels {
                workloads.by_label.entry((label, value)).or_default().push(position);
                workloads.by_namespaced_label.entry((namespace, label, value)).or_default().push(position);
            }
            workloads.all.push(workload);
        }
        workloads
    }

    pub fn all(&self) -> &[Workload<'i>] {
        &self.all
    }

    /// The workload that an object is.
    pub fn get(&self, namespace: &str, kind: &str, name: &str) -> Option<&Workload<'i>> {
        self.by_object.get(&(namespace, kind, name)).map(|position| &self.all[*position])
    }

    /// Whether the namespace has pods of applications. Where it has none but proxies, these are
    /// elsewhere.
    pub fn has_applications(&self, namespace: &str) -> bool {
        self.applications.contains(namespace)
    }

    /// Whether the namespace has any.
    pub fn has(&self, namespace: &str) -> bool {
        self.by_namespace.contains_key(namespace)
    }

    /// Those whose pods the selector matches, with their positions.
    pub fn selected<'s>(
        &'s self,
        namespace: &'s str,
        selector: &'s Selector<'_>,
    ) -> impl Iterator<Item = (usize, &'s Workload<'i>)> {
        let rarest = selector
            .labels
            .iter()
            .map(|(label, value)| self.by_namespaced_label.get(&(namespace, *label, *value)).map_or(&[][..], Vec::as_slice))
            .min_by_key(|found| found.len());
        let candidates = rarest.unwrap_or_else(|| self.by_namespace.get(namespace).map_or(&[], Vec::as_slice));
        self.among(candidates, selector)
    }

    /// The same in every namespace.
    pub fn selected_anywhere<'s>(&'s self, selector: &'s Selector<'_>) -> impl Iterator<Item = (usize, &'s Workload<'i>)> {
        let found = selector.labels.iter().map(|label| self.by_label.get(label).map_or(&[][..], Vec::as_slice));
        self.among(found.min_by_key(|found| found.len()).unwrap_or(&[]), selector)
    }

    fn among<'s>(
        &'s self,
        candidates: &'s [usize],
        selector: &'s Selector<'_>,
    ) -> impl Iterator<Item = (usize, &'s Workload<'i>)> {
        let candidates = candidates.iter().map(|position| (*position, &self.all[*position]));
        candidates.filter(|(_, workload)| selector.matches(&workload.labels))
    }
}
