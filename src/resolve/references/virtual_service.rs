//! Whom a VirtualService of the user's is for: an intercepted Service, whose routes move to its
//! proxies, or another host that only leads there.

use super::exported::{self, strings};
use super::host::{Hosts, elsewhere, partially_qualified_host};
use super::routes;
use super::staying::Staying;
use crate::krm::{Code, Finding, Findings, Item};
use crate::resolve::index::{Index, namespace_key};
use crate::resolve::names::{derived, is_generated};
use crate::resolve::{Interception, Resolution};
use serde_yaml::{Mapping, Value};

/// The reserved name of every sidecar.
const MESH: &str = "mesh";

/// A VirtualService for a front.
struct Claim<'l, 'a> {
    index: usize,
    item: &'l Item<'a>,
    /// Whether an earlier run has moved it to the proxies' Gateway.
    moved: bool,
    /// Whether it is for other hosts too, and has to be cut in two.
    shared: bool,
}

/// What the VirtualServices of the input are for.
struct Found<'l, 'a> {
    /// For each interception, the rules for its front.
    claims: Vec<Vec<Claim<'l, 'a>>>,
    staying: Staying<'l, 'a>,
}

/// Moves the routes for fronts, and refuses what would no longer lead where it did.
pub fn resolve(resolution: &mut Resolution, fronts: &Hosts, index: &Index<'_, '_>, findings: &mut Findings) {
    let claims = resolution.interceptions.iter().map(|_| Vec::new()).collect();
    let mut found = Found { claims, staying: Staying::default() };
    for (position, item) in index.of_kind("networking.istio.io", "VirtualService") {
        if !fronts.can_be_in(item.fragment().text()) || is_generated(item) {
            continue;
        }
        match item.value() {
            Ok(value) => claim(position, item, value, fronts, resolution, &mut found, findings),
            Err(finding) => findings.push(finding),
        }
    }
    for (position, claims) in found.claims.into_iter().enumerate() {
        let [claim] = claims.as_slice() else {
            refuse_several(&resolution.interceptions[position], &claims, findings);
            continue;
        };
        found.staying.check(claim.item, position, &resolution.interceptions[position], findings);
        take(claim, position, resolution, fronts, index, findings);
    }
}

fn claim<'l, 'a>(
    position: usize,
    item: &'l Item<'a>,
    value: &Value,
    fronts: &Hosts,
    resolution: &mut Resolution,
    found: &mut Found<'l, 'a>,
    findings: &mut Findings,
) {
    let Some(spec) = value.get("spec") else { return };
    let namespace = item.id().namespace.as_deref();
    let (hosts, gateways) = (strings(spec.get("hosts")), strings(spec.get("gateways")));
    if let ([gateway], ["*"]) = (gateways.as_slice(), hosts.as_slice())
        && let Some(owner) = fronts.gateway(gateway, namespace)
    {
        found.claims[owner].push(Claim { index: position, item, moved: true, shared: false });
        found.staying.look_for_fronts(item, spec, fronts, &resolution.interceptions, Some(owner), findings);
        return;
    }
    let on_mesh = gateways.is_empty() || gateways.contains(&MESH);
    let mut owners: Vec<usize> = Vec::new();
    // The hosts for which the object stays: those of others, and of fronts in the phase Prepare.
    let mut others: Vec<&str> = Vec::new();
    let mut foreign = false;
    for (number, host) in hosts.iter().enumerate().filter(|_| on_mesh) {
        let Some(named) = fronts.front(host, namespace) else {
            others.push(host);
            foreign = true;
            if host.starts_with('*') {
                found.staying.wildcards.push((item, host.to_string()));
            }
            continue;
        };
        let interception = &resolution.interceptions[named.interception];
        let field = format!("spec.hosts[{number}]");
        if !named.known_to_istio {
            findings.push(partially_qualified_host(item, host, &field, interception));
        } else if namespace_key(namespace) != namespace_key(interception.namespace.as_deref()) {
            findings.push(elsewhere(item, host, &field, interception));
        } else if let Some(other) = gateways.iter().find(|gateway| **gateway != MESH) {
            let message = format!(
                "the VirtualService is for \"{other}\" and for sidecars, but the routes of \"{}\" move to its proxies",
                interception.front_name
            );
            let remedy = format!("write two: one for \"{other}\", and one for the host \"{host}\" without `gateways`");
            findings.push(Finding::error(Code::RuleCannotMove, message, remedy).about(item).at("spec.gateways").seen(*other));
        } else {
            if !interception.intercepts() {
                others.push(host);
            }
            if !owners.contains(&named.interception) {
                owners.push(named.interception);
            }
        }
    }
    let owner = owners.first().copied().filter(|_| owners.len() == 1 && !foreign);
    found.staying.look_for_fronts(item, spec, fronts, &resolution.interceptions, owner, findings);
    let mut leaving = 0;
    for owner in &owners {
        // Without other hosts the first front keeps the object.
        let shared = leaving > 0 || !others.is_empty();
        found.claims[*owner].push(Claim { index: position, item, moved: false, shared });
        leaving += usize::from(resolution.interceptions[*owner].intercepts());
    }
    if leaving > 0 && !others.is_empty() {
        let others: Vec<Value> = others.into_iter().map(Value::from).collect();
        let mut rest = value.clone();
        rest["spec"]["hosts"] = others.into();
        resolution.rewritten.insert(position, rest);
    }
}

/// Refuses a way back that the input no longer knows: where an earlier run has rewritten the
/// front's rule in place, what the user wrote is not there any more.
pub fn refuse_going_back(item: &Item<'_>, interception: &Interception, field: &str, findings: &mut Findings) {
    if !interception.goes_back {
        return;
    }
    let message = format!(
        "an earlier run has moved this rule to the proxies, and in the phase Prepare the clients of \"{}\" need it as you wrote it",
        interception.front_name
    );
    let remedy = "restore the rule from version control, or leave the phase at Intercept";
    findings.push(Finding::error(Code::RuleMovedEarlier, message, remedy).about(item).at(field));
}

/// Moves a front's routes to its proxies: in place, or into an object of their own. In the phase
/// Prepare they stay for the clients, and the proxies get a copy.
fn take(
    claim: &Claim<'_, '_>,
    position: usize,
    resolution: &mut Resolution,
    fronts: &Hosts,
    index: &Index<'_, '_>,
    findings: &mut Findings,
) {
    let interception = &resolution.interceptions[position];
    let Ok(value) = claim.item.value() else { return };
    let Some(spec) = value.get("spec").and_then(Value::as_mapping) else { return };
    exported::check(claim.item, value, interception, !claim.moved, findings);
    let (spec, routed) = routes::moved(claim.item, spec, interception, position, fronts, findings);
    if claim.moved {
        refuse_going_back(claim.item, interception, "spec.gateways", findings);
    } else if !interception.intercepts() {
        resolution.kept_routes.insert(position, claim.index);
        resolution.interceptions[position].copied_routes = Some(spec.into());
        resolution.interceptions[position].routed_by_user = routed;
        return;
    }
    if !claim.shared {
        let mut value = value.clone();
        value["spec"] = spec.into();
        resolution.rewritten.insert(claim.index, value);
        resolution.moved_routes.insert(position, (claim.index, None));
    } else if let Some(part) = own_object(claim.item, value, spec, interception, index, findings) {
        let added = resolution.added.entry(claim.index).or_default();
        resolution.moved_routes.insert(position, (claim.index, Some(added.len())));
        added.push(part);
    }
    resolution.interceptions[position].routed_by_user = routed;
}

/// The front's part of a VirtualService that is for other hosts too. It is the user's, as the rest
/// is, and not generated: a later run finds it as it finds one moved in place.
fn own_object(
    item: &Item<'_>,
    value: &Value,
    spec: Mapping,
    interception: &Interception,
    index: &Index<'_, '_>,
    findings: &mut Findings,
) -> Option<Value> {
    let name = derived(&item.id().name, &format!("-{}", interception.front_name));
    if !index.find("networking.istio.io", "VirtualService", interception.namespace.as_deref(), &name).is_empty() {
        let message =
            format!("the routes for \"{}\" need an object of their own, and \"{name}\" is taken", interception.front_name);
        let remedy = format!("write a VirtualService for the host \"{}\" alone", interception.front_name);
        findings.push(Finding::error(Code::NameTaken, message, remedy).about(item).at("spec.hosts").seen(name));
        return None;
    }
    let mut metadata = Mapping::new();
    metadata.insert("name".into(), name.into());
    let old = value.get("metadata");
    for key in ["namespace", "labels"] {
        if let Some(kept) = old.and_then(|old| old.get(key)) {
            metadata.insert(key.into(), kept.clone());
        }
    }
    let mut part = Mapping::new();
    for key in ["apiVersion", "kind"] {
        part.insert(key.into(), value.get(key).cloned().unwrap_or_default());
    }
    part.insert("metadata".into(), metadata.into());
    part.insert("spec".into(), spec.into());
    Some(part.into())
}

/// istiod gives a host to one VirtualService of the mesh (IST0109), and merges those of a Gateway
/// in an order of its own.
fn refuse_several(interception: &Interception, claims: &[Claim<'_, '_>], findings: &mut Findings) {
    let Some((first, others)) = claims.split_first() else { return };
    for other in others {
        let message = format!(
            "\"{}\" has routes in {} already, and istiod would follow one of the two",
            interception.front_name,
            first.item.id().to_ref()
        );
        findings.push(Finding::error(Code::SeveralRules, message, "merge the two").about(other.item).at("spec.hosts"));
    }
}
