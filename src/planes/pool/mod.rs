//! What pools of pods have in common, whichever data plane they are of: the Services, the ServiceAccount, the
//! autoscaler and the disruption budget. The Deployment is the plane's own.
//!
//! Objects made from scratch are typed; the two Services are rewritten as values, so that fields
//! that this program does not know survive.

mod autoscaler;
mod disruption_budget;
pub(crate) mod object;
mod service;
mod service_account;

use crate::changes::{Changes, Claim, Kind, Planned, Role};
use crate::interception::{Interception, is_generated};
use crate::krm::{Finding, Findings, Item, NewObject};
use serde_yaml::Value;

const SERVICE: Kind = Kind { group: "", kind: "Service" };

/// The Services that the input does not have.
pub fn services<'r>(items: &'r [Item<'r>], position: usize, interception: &'r Interception, all: &mut Vec<Planned<'r>>) {
    let mut plan = |name: &str, role, make: fn(&Value, &Interception) -> Value| {
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

/// The proxies and what they need: `deployment` is made by the data plane.
pub fn pods<'r>(
    position: usize,
    interception: &'r Interception,
    deployment: impl FnOnce() -> NewObject + 'r,
    all: &mut Vec<Planned<'r>>,
) {
    let name = &interception.proxy_name;
    let account = move |_: &mut Findings| Ok(NewObject::typed(&service_account::service_account(interception)));
    all.push(Planned::new(position, service_account::KIND, name, Role::Proxies, account));
    let kind = Kind { group: "apps", kind: "Deployment" };
    all.push(Planned::new(position, kind, name, Role::Proxies, move |_| Ok(deployment())));
    let autoscaler = move |_: &mut Findings| Ok(NewObject::typed(&autoscaler::autoscaler(interception)));
    all.push(Planned::new(position, autoscaler::KIND, name, Role::Scaling, autoscaler));
    if interception.has_disruption_budget() {
        let budget = move |_: &mut Findings| Ok(NewObject::typed(&disruption_budget::disruption_budget(interception)));
        all.push(Planned::new(position, disruption_budget::KIND, name, Role::Scaling, budget));
    }
}

/// What becomes of the Services that the input has.
///
/// # Errors
/// A Service cannot be parsed; `interception` has parsed it before, so this does not happen.
pub fn rewrite(
    items: &[Item<'_>],
    (position, interception): (usize, &Interception),
    changes: &mut Changes,
) -> Result<(), Finding> {
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
        let claim = if is_generated(&items[target]) { Claim::own } else { Claim::users };
        changes.claim(target, claim(position, Role::Target));
    }
    Ok(())
}
