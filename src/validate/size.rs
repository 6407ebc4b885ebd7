//! The pool is small beside what it fronts.

use super::finding;
use super::selector::Selector;
use super::view::{View, counted};
use super::workloads::Workload;
use crate::findings::Code;
use crate::krm::Findings;
use crate::rendered::{Key, Object, Pool, at};
use serde_yaml::Value;
use std::collections::HashMap;

/// How many pods there are at least and at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub min: u64,
    pub max: u64,
}

/// The size of every workload that the manifests tell.
pub struct Sizes<'i>(HashMap<&'i Key, Size>);

impl Sizes<'_> {
    pub fn of(&self, object: &Object) -> Option<Size> {
        self.0.get(&object.key).copied()
    }
}

impl Size {
    /// An autoscaler's bounds, else the workload's own number. Without either it may be set by hand.
    pub fn all<'i>(view: &View<'i>) -> Sizes<'i> {
        let mut scaled = HashMap::new();
        for autoscaler in view.inventory.of_kind("autoscaling", "HorizontalPodAutoscaler") {
            let number = |key: &str| autoscaler.at(&["spec", key]).and_then(Value::as_u64);
            let reference = |key: &str| autoscaler.text(&["spec", "scaleTargetRef", key]);
            if let (Some(kind), Some(name), Some(max)) = (reference("kind"), reference("name"), number("maxReplicas")) {
                scaled.insert(
                    (autoscaler.key.namespace.as_str(), kind, name),
                    Size { min: number("minReplicas").unwrap_or(1), max },
                );
            }
        }
        let size = |workload: &Workload<'i>| {
            let key = &workload.object.key;
            let own = workload.replicas().map(|replicas| Size { min: replicas, max: replicas });
            let single = (key.kind == "Pod").then_some(Size { min: 1, max: 1 });
            scaled.get(&(key.namespace.as_str(), key.kind.as_str(), key.name.as_str())).copied().or(own).or(single)
        };
        Sizes(view.workloads.all().iter().filter_map(|workload| Some((&workload.object.key, size(workload)?))).collect())
    }
}

/// PS119.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    if view.pools.is_empty() {
        return;
    }
    let sizes = Size::all(view);
    for (pool, proxies) in view.pools.iter().zip(view.proxies.all()) {
        let Some(own) = sizes.of(pool.deployment) else { continue };
        let mut application = Total::default();
        if pool.targets.iter().try_for_each(|target| application.add(view, target, &sizes)).is_none() || application.pods.max == 0
        {
            continue;
        }
        if let Some((bound, message)) = too_large(pool, proxies, own, &application) {
            let object = pool.autoscaler.unwrap_or(pool.deployment);
            let field = if pool.autoscaler.is_some() { bound } else { "spec.replicas" };
            let remedy = "lower spec.autoscaling of the ProxyService, or do not intercept a Service this small";
            findings.push(finding(object, false, Code::PoolTooLarge, field, message, remedy));
        }
    }
}

/// The bound that makes the pool too large, and why.
fn too_large(pool: &Pool<'_>, proxies: &Workload<'_>, own: Size, application: &Total) -> Option<(&'static str, String)> {
    let (front, pods) = (pool.front_name, application.pods);
    let behind = counted(pods.max, "pod");
    if own.min >= pods.max {
        let message =
            format!("at least {} before {behind} of \"{front}\": a hop, and little to balance", counted(own.min, "proxy"));
        return Some(("spec.minReplicas", message));
    }
    if own.max >= pods.max {
        let message = format!(
            "up to {} before {behind} of \"{front}\": each has only a small part of the requests in view",
            counted(own.max, "proxy")
        );
        return Some(("spec.maxReplicas", message));
    }
    let (reserved, theirs) = (own.min.saturating_mul(cpu(proxies)?), application.cpu?);
    let message = || format!("the proxies of \"{front}\" request {reserved}m CPU at least, its pods together {theirs}m");
    (reserved > theirs).then(|| ("spec.minReplicas", message()))
}

/// The pods behind the targets of a pool.
struct Total {
    pods: Size,
    /// Requested by the fewest of them, in thousandths; `None` where one requests none.
    cpu: Option<u64>,
}

impl Default for Total {
    fn default() -> Self {
        Total { pods: Size { min: 0, max: 0 }, cpu: Some(0) }
    }
}

impl Total {
    /// Adds the pods of a target; `None` where their number is not told.
    fn add(&mut self, view: &View<'_>, target: &Object, sizes: &Sizes<'_>) -> Option<()> {
        let selector = Selector::of_labels(target.at(&["spec", "selector"])?.as_mapping()?);
        for (_, workload) in view.workloads.selected(&target.key.namespace, &selector) {
            let size = sizes.of(workload.object)?;
            self.pods.min = self.pods.min.saturating_add(size.min);
            self.pods.max = self.pods.max.saturating_add(size.max);
            self.cpu = self.cpu.zip(cpu(workload)).map(|(sum, each)| sum.saturating_add(each.saturating_mul(size.min)));
        }
        Some(())
    }
}

/// The CPU that a pod requests, in thousandths; `None` where a container requests none.
fn cpu(workload: &Workload<'_>) -> Option<u64> {
    let request = |container: &Value| {
        let amount =
            at(container, &["resources", "requests", "cpu"]).or_else(|| at(container, &["resources", "limits", "cpu"]))?;
        millis(amount)
    };
    workload.containers().try_fold(0_u64, |sum, container| Some(sum.saturating_add(request(container)?)))
}

/// `250m`, `"2"`, `0.5` in thousandths.
fn millis(amount: &Value) -> Option<u64> {
    let text = match amount {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let (digits, factor) = text.strip_suffix('m').map_or((text.as_str(), 1000.0), |digits| (digits, 1.0));
    let value: f64 = digits.parse().ok()?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (value.is_finite() && value >= 0.0).then(|| (value * factor).round().min(1e15) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_in_thousandths() {
        let read = |text: &str| millis(&serde_yaml::from_str(text).unwrap());
        assert_eq!([read("250m"), read("2"), read("\"0.5\""), read("1Gi")], [Some(250), Some(2000), Some(500), None]);
    }
}
