//! Which check looks at which kind of object. What becomes of everything that points at a Service stands beside
//! each check (`fact`), of which `docs/references.md` is made.

use super::Surroundings;
use super::fronts::Fronts;
use super::{
    api_server, budgets, bypass, callers, controllers, endpoints, gateway_api, monitors, queries, service_fields, sessions,
};
use crate::interception::Interception;
use crate::krm::{Findings, Item};
use crate::objects::Index;
use std::cell::OnceCell;

/// Looks at the fields of the fronts and of the targets that the user wrote.
pub fn check_services(around: &Surroundings<'_>, findings: &mut Findings) {
    around.interceptions.iter().for_each(|interception| service_fields::check(interception, around.index, findings));
}

/// How data planes look at objects that only they read.
pub struct OfPlanes {
    /// Whether an object may name a front.
    pub may_name: fn(&Item<'_>) -> bool,
    /// Looks at an object that names one.
    pub check: fn(&Item<'_>, &Surroundings<'_>, &Fronts<'_>, &mut Findings),
}

/// Looks at every object of the input that may point at a front, or at the pods behind it.
pub fn check(around: &Surroundings<'_>, fronts: &Fronts<'_>, of_planes: &OfPlanes, findings: &mut Findings) {
    let Surroundings { interceptions, index, .. } = *around;
    if fronts.is_empty() {
        return;
    }
    bypass::check(interceptions, index, findings);
    queries::check(interceptions, fronts, index, findings);
    let found = OnceCell::new();
    for (_, item) in index.items() {
        check_selectors(item, index, interceptions, &found, findings);
        if (is_looked_at(item) || (of_planes.may_name)(item)) && fronts.named_in(item.fragment().text()) {
            (of_planes.check)(item, around, fronts, findings);
            check_names(item, index, fronts, findings);
        }
    }
}

/// Objects that find Services or pods by label.
fn check_selectors<'r, 'i, 'a>(
    item: &Item<'_>,
    index: &Index<'i, 'a>,
    interceptions: &'r [Interception],
    found: &OnceCell<Vec<monitors::Found<'r, 'i, 'a>>>,
    findings: &mut Findings,
) {
    let id = item.id();
    if id.is("policy", "PodDisruptionBudget") {
        budgets::check(item, interceptions.iter(), findings);
    }
    for (group, kind, relabelings) in monitors::KINDS {
        if id.is(group, kind) {
            let fronts = found.get_or_init(|| monitors::fronts(interceptions, index));
            monitors::check(relabelings, item, index, fronts, findings);
        }
    }
}

/// Kinds without a check are not even searched.
fn is_looked_at(item: &Item<'_>) -> bool {
    let group = item.id().group();
    match group {
        "" => item.id().kind == "Service" && endpoints::may_be_an_alias(item.fragment().text()),
        "apps" | "batch" | "policy" | "rbac.authorization.k8s.io" => false,
        _ => true,
    }
}

/// Objects that name Services.
fn check_names(item: &Item<'_>, index: &Index<'_, '_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    let id = item.id();
    for caller in callers::CALLERS.iter().filter(|caller| id.is(caller.group, caller.kind)) {
        callers::check(caller, item, index, fronts, findings);
        sessions::check(item, caller.places, fronts, findings);
    }
    if gateway_api::ROUTES.iter().any(|kind| id.is("gateway.networking.k8s.io", kind)) {
        gateway_api::check(item, index, fronts, findings);
        sessions::check(item, gateway_api::BACKENDS, fronts, findings);
    }
    for (_, _, places) in sessions::POLICIES.iter().filter(|(group, kind, _)| id.is(group, kind)) {
        sessions::check(item, places, fronts, findings);
    }
    for (_, _, place, how, instead) in endpoints::ADDRESSES.iter().filter(|(group, kind, ..)| id.is(group, kind)) {
        endpoints::check_address(place, (how, instead), item, fronts, findings);
    }
    for (_, _, places) in api_server::KINDS.iter().filter(|(group, kind, _)| id.is(group, kind)) {
        api_server::check(places, item, fronts, findings);
    }
    for controller in controllers::CONTROLLERS.iter().filter(|known| id.group() == known.group) {
        if controller.kinds.contains(&id.kind.as_ref()) {
            controllers::check(controller, item, fronts, findings);
        }
    }
    match (id.group(), id.kind.as_ref()) {
        ("discovery.k8s.io", "EndpointSlice") => endpoints::check_slice(item, fronts, findings),
        ("networking.gke.io", "HealthCheckPolicy") => service_fields::warn_of_health_policy(item, fronts, findings),
        ("gateway.networking.k8s.io", "BackendTLSPolicy") => gateway_api::refuse_tls(item, fronts, findings),
        ("autoscaling", "HorizontalPodAutoscaler") => queries::check_autoscaler(item, fronts, findings),
        _ => {}
    }
}
