//! How many proxies a node drain may take away.

use super::object::{Object, metadata, proxies};
use crate::changes::Kind;
use crate::interception::Interception;
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// Its group and kind.
pub const KIND: Kind = Kind { group: "policy", kind: "PodDisruptionBudget" };

/// A PodDisruptionBudget: one proxy at a time, unless the spec says otherwise.
pub fn disruption_budget(interception: &Interception) -> Object<'_, PodDisruptionBudgetSpec> {
    let asked = interception.proxy.disruption_budget.clone();
    let (min_available, max_unavailable) =
        asked.map_or((None, Some(IntOrString::Int(1))), |budget| (budget.min_available, budget.max_unavailable));
    Object::of::<PodDisruptionBudget>(
        metadata(interception, &interception.proxy_name),
        Some(PodDisruptionBudgetSpec {
            min_available,
            max_unavailable,
            selector: Some(proxies(interception)),
            ..PodDisruptionBudgetSpec::default()
        }),
    )
}
