//! HorizontalPodAutoscalers scale what is there, and can measure it.

use super::finding;
use super::view::View;
use super::workloads::Workload;
use crate::findings::Code;
use crate::krm::Findings;
use crate::rendered::{Key, Object, at};
use serde_yaml::Value;
use std::collections::HashMap;

/// PS115 to PS118.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for autoscaler in view.inventory.of_kind("autoscaling", "HorizontalPodAutoscaler") {
        in_order(autoscaler, findings);
        let reference = |key: &str| autoscaler.text(&["spec", "scaleTargetRef", key]);
        let (Some(kind), Some(name)) = (reference("kind"), reference("name")) else { continue };
        let group = reference("apiVersion").and_then(|version| version.split_once('/')).map_or("", |(group, _)| group);
        let namespace = autoscaler.key.namespace.as_str();
        if view.inventory.get(&Key::new(group, kind, namespace, name)).is_none() {
            let ours = view.ours(autoscaler);
            if ours || (view.workloads.has_applications(namespace) && !view.hosts.may_be_made(name, namespace)) {
                let message = format!("there is no {kind} \"{name}\" to scale");
                let remedy = "correct kind and name, or add what is to be scaled";
                let field = "spec.scaleTargetRef.name";
                findings.push(finding(autoscaler, ours, Code::NothingToScale, field, message, remedy).seen(name));
            }
            continue;
        }
        let Some(workload) = view.workloads.get(namespace, kind, name) else { continue };
        beside_replicas(autoscaler, workload, findings);
        // The namespace's own defaults fill requests in.
        if !view.has("", "LimitRange", namespace) {
            measurable(autoscaler, workload, view.ours(autoscaler), findings);
        }
    }
}

fn in_order(autoscaler: &Object, findings: &mut Findings) {
    let number = |key: &str| autoscaler.at(&["spec", key]).and_then(Value::as_u64);
    let (min, Some(max)) = (number("minReplicas").unwrap_or(1), number("maxReplicas")) else { return };
    if min > max {
        let message = format!("minReplicas {min} is greater than maxReplicas {max}, which the API server refuses");
        let field = if number("minReplicas").is_some() { "spec.minReplicas" } else { "spec.maxReplicas" };
        findings.push(finding(autoscaler, true, Code::AutoscalerOutOfOrder, field, message, "correct one of the two").seen(min));
    }
}

/// Every apply would set the replicas back to what the manifest says.
fn beside_replicas(autoscaler: &Object, workload: &Workload<'_>, findings: &mut Findings) {
    let Some(replicas) = workload.replicas() else { return };
    let message = format!("{} scales it, and every apply would set it back to {replicas}", autoscaler.to_ref());
    let finding = finding(workload.object, false, Code::ReplicasBesideAutoscaler, "spec.replicas", message, "leave replicas out");
    findings.push(finding.seen(replicas));
}

/// A metric in percent of the request needs the request, in every container of the pods.
fn measurable<'i>(autoscaler: &'i Object, workload: &Workload<'i>, ours: bool, findings: &mut Findings) {
    let mut without = Without::of(workload);
    for (field, resource, container) in utilizations(autoscaler) {
        let Some(name) = without.request(resource, container) else { continue };
        let message = format!(
            "it measures {resource} in percent of the request, and the container \"{name}\" of {} requests none: it would never scale",
            workload.object.to_ref()
        );
        let remedy = format!("set resources.requests.{resource}");
        findings.push(finding(autoscaler, ours, Code::UtilizationWithoutRequest, &field, message, remedy));
    }
}

/// The containers that request none of a resource. Metrics may ask for many, each of one container.
struct Without<'i> {
    containers: Vec<(&'i str, &'i Value)>,
    by_name: HashMap<&'i str, usize>,
    /// The first one, by resource.
    first: HashMap<&'i str, Option<usize>>,
}

impl<'i> Without<'i> {
    fn of(workload: &Workload<'i>) -> Self {
        let name = |container: &'i Value| container.get("name").and_then(Value::as_str).unwrap_or_default();
        let containers: Vec<_> = workload.containers().map(|container| (name(container), container)).collect();
        let mut by_name = HashMap::new();
        for (at, (name, _)) in containers.iter().enumerate() {
            by_name.entry(*name).or_insert(at);
        }
        Without { containers, by_name, first: HashMap::new() }
    }

    /// The name of the container, or of the first of all, that requests none.
    fn request(&mut self, resource: &'i str, container: Option<&str>) -> Option<&'i str> {
        let requests_none = |(_, container): &&(&str, &Value)| {
            ["requests", "limits"].iter().all(|list| at(container, &["resources", list, resource]).is_none())
        };
        let found = match container {
            Some(only) => self.by_name.get(only).copied().filter(|at| requests_none(&&self.containers[*at])),
            None => {
                let first = || self.containers.iter().position(|container| requests_none(&container));
                *self.first.entry(resource).or_insert_with(first)
            }
        };
        found.map(|at| self.containers[at].0)
    }
}

/// Field, resource and container of the metrics in percent; every version of the API.
fn utilizations(autoscaler: &Object) -> Vec<(String, &str, Option<&str>)> {
    let mut found = Vec::new();
    if autoscaler.at(&["spec", "targetCPUUtilizationPercentage"]).is_some() {
        found.push(("spec.targetCPUUtilizationPercentage".to_string(), "cpu", None));
    }
    for (position, metric) in autoscaler.list(&["spec", "metrics"]).enumerate() {
        for key in ["resource", "containerResource"] {
            let Some(source) = metric.get(key) else { continue };
            let percent = at(source, &["target", "averageUtilization"]).or_else(|| source.get("targetAverageUtilization"));
            let name = source.get("name").and_then(Value::as_str);
            if let (Some(_), Some(name)) = (percent, name) {
                found.push((format!("spec.metrics[{position}].{key}"), name, source.get("container").and_then(Value::as_str)));
            }
        }
    }
    found
}
