//! Istio's objects.
//!
//! Hosts are short names: whole scalars that kustomize's name references can repair under a later
//! prefix. A host composed with its namespace could not be.

mod clients_rule;
mod deployment;
mod destination_rule;
mod envoy_filter;
mod gateway;
mod http_policy;
mod merge;
mod user_rules;
mod virtual_service;

use super::{Adapted, IstioVersion, Settings};
use crate::changes::{Changes, Claim, Kind, Planned, Role};
use crate::interception::Interception;
use crate::krm::{Finding, Findings, Item, NewObject};
use crate::neighbours::{GeneratedPolicy, Surroundings};
use crate::planes::pool::object::{Metadata, Object};

/// A kind of Istio's networking API.
const fn istio(kind: &'static str) -> Kind {
    Kind { group: "networking.istio.io", kind }
}

/// Istio's objects to generate, in the order of writing.
pub(super) fn plan<'r>(
    around: &'r Surroundings<'r>,
    (position, interception): (usize, &'r Interception),
    adapted: &'r Adapted,
    all: &mut Vec<Planned<'r>>,
) {
    let Adapted { settings, rules, .. } = adapted;
    let (items, mesh, version) = (around.items, around.mesh, settings.version);
    let (proxies, target) = (&interception.proxy_name, &interception.target_name);
    let gateway = move |_: &mut Findings| Ok(NewObject::typed(&gateway::gateway(interception, version, mesh)));
    all.push(Planned::new(position, istio("Gateway"), proxies, Role::Proxies, gateway));
    let routes =
        move |_: &mut Findings| Ok(NewObject::typed(&virtual_service::virtual_service((interception, version), rules, mesh)));
    all.push(Planned::new(position, istio("VirtualService"), proxies, Role::Proxies, routes));
    if rules.on_target.is_none() {
        let rule = move |findings: &mut Findings| user_rules::rule_of_pods(items, interception, adapted, findings);
        all.push(Planned::new(position, istio("DestinationRule"), target, Role::Proxies, rule));
    }
    if adapted.has_rule_of_clients(interception) {
        let rule = move |_: &mut Findings| Ok(NewObject::typed(&clients_rule::clients_rule(interception, version)));
        all.push(Planned::new(position, istio("DestinationRule"), proxies, Role::Rule, rule));
    }
    if interception.carries_http() || interception.traffic.raises_choices(&interception.ports) {
        let filter = move |_: &mut Findings| Ok(NewObject::typed(&envoy_filter::envoy_filter(interception)));
        all.push(Planned::new(position, istio("EnvoyFilter"), proxies, Role::Proxies, filter));
    }
    for GeneratedPolicy { kind, name, object } in adapted.policies.take() {
        all.push(Planned::new(position, kind, &name, Role::Proxies, move |_| Ok(object.into())));
    }
}

/// The proxies' Deployment.
pub(super) fn deployment(interception: &Interception, settings: &Settings) -> NewObject {
    NewObject::typed(&deployment::deployment(interception, settings))
}

/// What becomes of the user's DestinationRules for the front and for an existing target.
///
/// # Errors
/// A rule cannot be parsed; `resolve` has parsed it before, so this does not happen.
pub(super) fn rewrite(
    items: &[Item<'_>],
    (position, interception): (usize, &Interception),
    adapted: &Adapted,
    changes: &mut Changes,
    findings: &mut Findings,
) -> Result<(), Finding> {
    if let Some(index) = adapted.rules.on_target {
        changes.rewrite(index, user_rules::rule_of_target(&items[index], interception, adapted, findings)?);
        changes.claim(index, Claim::users(position, Role::TargetRule));
    }
    for index in &adapted.rules.on_front {
        let general = user_rules::is_for_all_ports(items, *index, &adapted.rules);
        let rule = user_rules::rule_of_clients(items[*index].value()?, general, interception, adapted.tls);
        changes.rewrite(*index, rule);
        changes.claim(*index, Claim::users(position, Role::Rule));
    }
    Ok(())
}

/// An object of Istio's networking API, of the version that the mesh serves.
fn networking<'i, Spec>(kind: &'static str, version: IstioVersion, metadata: Metadata<'i>, spec: Spec) -> Object<'i, Spec> {
    Object::new(version.networking(), kind, metadata, spec)
}
