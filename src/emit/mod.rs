//! From interceptions to objects: one file for each generated kind.
//!
//! Objects made from scratch are typed; the two Services are rewritten as values, so that fields
//! that this program does not know survive.

pub mod istio;

mod autoscaler;
mod deployment;
mod disruption_budget;
mod object;
mod service;
mod service_account;

use crate::changes::{Changes, Claim, Kind, Planned, Role};
use crate::krm::{Finding, Findings, Item, NewObject};
use crate::mesh::Mesh;
use crate::resolve::{Adaptation, GeneratedPolicy, Interception, Settings};

const SERVICE: Kind = Kind { group: "", kind: "Service" };

/// What the objects of an interception are made from.
#[derive(Clone, Copy)]
struct Source<'r> {
    items: &'r [Item<'r>],
    /// The position of the interception.
    position: usize,
    interception: &'r Interception,
    settings: &'r Settings,
    adaptation: &'r Adaptation,
    mesh: &'r Mesh,
}

/// Every object to generate, in the order of writing.
pub fn plan<'r>(
    items: &'r [Item<'r>],
    (interceptions, settings): (&'r [Interception], &'r [Settings]),
    (adaptations, policies): (&'r [Adaptation], Vec<Vec<GeneratedPolicy>>),
    mesh: &'r Mesh,
) -> Vec<Planned<'r>> {
    let mut all = Vec::with_capacity(interceptions.len() * 9);
    for (position, (interception, policies)) in interceptions.iter().zip(policies).enumerate() {
        let source =
            Source { items, position, interception, settings: &settings[position], adaptation: &adaptations[position], mesh };
        services(source, &mut all);
        pool(source, &mut all);
        istio::plan(source, &mut all);
        all.extend(policies.into_iter().map(|policy| policy_of(position, policy)));
    }
    all
}

/// The Services that the input does not have.
fn services<'r>(source: Source<'r>, all: &mut Vec<Planned<'r>>) {
    let Source { items, position, interception, .. } = source;
    let mut plan = |name: &str, role, make: fn(&serde_yaml::Value, &Interception) -> serde_yaml::Value| {
        let make = move |_: &mut Findings| Ok(make(items[interception.anchor()].value()?, interception).into());
        all.push(Planned::new(position, SERVICE, name, role, make));
    };
    if interception.pairing.front().is_none() {
        plan(&interception.front_name, Role::Front, service::front_from_target);
    }
    if interception.pairing.target().is_none() {
        plan(&interception.target_name, Role::Proxies, service::target_from_front);
    }
    if interception.has_own_service() {
        plan(&interception.proxy_name, Role::Proxies, service::proxies_own);
    }
}

/// The proxies, their identity and their number.
fn pool<'r>(source: Source<'r>, all: &mut Vec<Planned<'r>>) {
    let Source { position, interception, settings, .. } = source;
    let mut plan = |kind, role, make: fn(&Interception, &Settings) -> NewObject| {
        let make = move |_: &mut Findings| Ok(make(interception, settings));
        all.push(Planned::new(position, kind, &interception.proxy_name, role, make));
    };
    plan(service_account::KIND, Role::Proxies, |front, _| NewObject::typed(&service_account::service_account(front)));
    plan(deployment::KIND, Role::Proxies, |front, settings| NewObject::typed(&deployment::deployment(front, settings)));
    plan(autoscaler::KIND, Role::Scaling, |front, _| NewObject::typed(&autoscaler::autoscaler(front)));
    if interception.has_disruption_budget() {
        plan(disruption_budget::KIND, Role::Scaling, |front, _| NewObject::typed(&disruption_budget::disruption_budget(front)));
    }
}

fn policy_of<'r>(position: usize, policy: GeneratedPolicy) -> Planned<'r> {
    let GeneratedPolicy { kind, name, object } = policy;
    Planned::new(position, kind, &name, Role::Proxies, move |_| Ok(object.into()))
}

/// What becomes of the user's own Services and DestinationRules.
///
/// Where the user's rule counts and not the interception's setting, `findings` says so.
///
/// # Errors
/// An item cannot be parsed; `resolve` has parsed it before, so this does not happen.
pub fn rewrite(
    items: &[Item<'_>],
    interceptions: &[Interception],
    (adaptations, settings): (&[Adaptation], &[Settings]),
    changes: &mut Changes,
    findings: &mut Findings,
) -> Result<(), Finding> {
    for (position, (interception, adaptation)) in interceptions.iter().zip(adaptations).enumerate() {
        if let Some(index) = interception.pairing.front() {
            changes.claim(index, Claim::users(position, Role::Front));
            let original = items[index].value()?;
            match interception.pairing.target() {
                _ if interception.intercepts() => changes.rewrite(index, service::front_in_place(original, interception)),
                Some(target) if interception.rollout.reverting => {
                    changes.rewrite(index, service::front_before(original, items[target].value()?));
                }
                _ => {}
            }
        }
        if let Some(target) = interception.pairing.target() {
            let generated = crate::resolve::is_generated(&items[target]);
            let claim = if generated { Claim::own } else { Claim::users };
            changes.claim(target, claim(position, Role::Target));
        }
        istio::rewrite(items, (position, interception), (adaptation, &settings[position]), changes, findings)?;
    }
    Ok(())
}
