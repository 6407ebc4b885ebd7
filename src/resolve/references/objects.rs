//! Which check looks at which kind of object. What becomes of everything that points at a Service stands beside
//! each check (`fact`), of which `docs/references.md` is made.

use super::fronts::Fronts;
use super::injection::Injection;
use super::sight::Sight;
use super::{api_server, around, budgets, callers, clients, controllers, endpoints, gateway_api, gateways, monitors};
use super::{mesh_programs, namespaces, queries, service_fields, sessions};
use crate::krm::{Findings, Item};
use crate::mesh::Mesh;
use crate::resolve::index::Index;
use crate::resolve::interception::Interception;
use std::cell::OnceCell;

/// Looks at every object of the input that may point at a front, or at the pods behind it.
pub fn check(interceptions: &[Interception], mesh: &Mesh, index: &Index<'_, '_>, findings: &mut Findings) {
    let fronts = Fronts::new(interceptions, index);
    if fronts.is_empty() {
        return;
    }
    for interception in interceptions {
        service_fields::check(interception, index, findings);
    }
    namespaces::check(interceptions, index, findings);
    around::check(interceptions, index, findings);
    gateways::check(interceptions, index, findings);
    check_clients(interceptions, &fronts, mesh, index, findings);
    queries::check(interceptions, &fronts, index, findings);
    let found = OnceCell::new();
    for (_, item) in index.items() {
        check_selectors(item, index, interceptions, &found, findings);
        if is_looked_at(item) && fronts.named_in(item.fragment().text()) {
            check_names(item, index, &fronts, mesh, findings);
        }
    }
}

/// Clients that do not call the front from a sidecar that knows it.
fn check_clients(
    interceptions: &[Interception],
    fronts: &Fronts<'_>,
    mesh: &Mesh,
    index: &Index<'_, '_>,
    findings: &mut Findings,
) {
    if interceptions.iter().all(|front| !front.needs_sidecars()) {
        return;
    }
    let injection = Injection::of(index);
    let sight = Sight::of(interceptions, mesh, index);
    clients::check(fronts, &sight, &injection, index, findings);
    sight.warn(&injection, index, findings);
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
        "" => match item.id().kind.as_ref() {
            "Service" => endpoints::may_be_an_alias(item.fragment().text()),
            "ConfigMap" => mesh_programs::may_be_one(item),
            _ => false,
        },
        "apps" | "batch" | "policy" | "rbac.authorization.k8s.io" => false,
        _ => true,
    }
}

/// Objects that name Services.
fn check_names(item: &Item<'_>, index: &Index<'_, '_>, fronts: &Fronts<'_>, mesh: &Mesh, findings: &mut Findings) {
    let id = item.id();
    for caller in callers::CALLERS.iter().filter(|caller| id.is(caller.group, caller.kind)) {
        callers::check(caller, item, index, fronts, findings);
        sessions::check(item, caller.places, fronts, findings);
    }
    for program in mesh_programs::PROGRAMS.iter().filter(|program| id.is(program.group, program.kind)) {
        mesh_programs::check(program, item, fronts, mesh, findings);
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
        ("networking.istio.io", "ServiceEntry") => endpoints::check_service_entry(item, fronts, mesh, findings),
        ("networking.gke.io", "HealthCheckPolicy") => service_fields::warn_of_health_policy(item, fronts, findings),
        ("gateway.networking.k8s.io", "BackendTLSPolicy") => gateway_api::refuse_tls(item, fronts, findings),
        ("autoscaling", "HorizontalPodAutoscaler") => queries::check_autoscaler(item, fronts, findings),
        _ => {}
    }
}
