//! A PodDisruptionBudget lets one pod go at a time, or no node could be drained.

use super::finding;
use super::selector::Selector;
use super::size::Size;
use super::view::View;
use crate::findings::Code;
use crate::krm::Findings;
use crate::rendered::Object;
use serde_yaml::Value;

/// PS120.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    let sizes = Size::all(view);
    for budget in view.inventory.of_kind("policy", "PodDisruptionBudget") {
        let Some((field, message)) = blocks(view, budget, &sizes) else { continue };
        let remedy = "write `maxUnavailable: 1`, or run more pods";
        findings.push(finding(budget, false, Code::BudgetBlocksEvictions, field, message, remedy));
    }
}

fn blocks(view: &View<'_>, budget: &Object, sizes: &super::size::Sizes<'_>) -> Option<(&'static str, String)> {
    let (max_unavailable, min_available) = (budget.at(&["spec", "maxUnavailable"]), budget.at(&["spec", "minAvailable"]));
    let none = |value: &Value| value.as_u64() == Some(0) || value.as_str() == Some("0%");
    if max_unavailable.is_some_and(none) {
        return Some(("spec.maxUnavailable", "no pod may ever be unavailable: no node that runs one could be drained".into()));
    }
    let min_available = min_available?;
    if min_available.as_str() == Some("100%") {
        return Some(("spec.minAvailable", "all pods must be available: no node that runs one could be drained".into()));
    }
    let wanted = min_available.as_u64()?;
    let selector = Selector::of(budget.at(&["spec", "selector"])?);
    let mut pods = 0_u64;
    let mut any = false;
    for (_, workload) in view.workloads.selected(&budget.key.namespace, &selector) {
        pods = pods.saturating_add(sizes.of(workload.object)?.max);
        any = true;
        if pods > wanted {
            return None;
        }
    }
    let message = || format!("{wanted} of at most {pods} pods must be available: no node that runs one could be drained");
    (any && wanted > 0).then(|| ("spec.minAvailable", message()))
}
