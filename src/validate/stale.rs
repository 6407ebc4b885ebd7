//! What was generated belongs to an interception that is there.

use super::finding;
use super::policy_selectors::{KINDS, selector};
use super::selector::Selector;
use super::view::{View, is_generated};
use crate::findings::Code;
use crate::interception::FRONT_LABEL;
use crate::krm::Findings;
use crate::rendered::Object;
use std::collections::HashSet;

/// PS122. A pool whose front does not send it clients is complete all the same: that is the phase
/// Prepare, and the way back. What belongs to no pool, or to a front that is not there, is left over.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    let accounts: HashSet<_> = view
        .proxies
        .all()
        .iter()
        .filter_map(|proxies| Some((proxies.object.key.namespace.as_str(), proxies.pod.get("serviceAccountName")?.as_str()?)))
        .collect();
    let broken: HashSet<_> = view.pools.iter().filter(|pool| pool.targets.is_empty()).map(|pool| pool.namespace).collect();
    for object in view.inventory.objects().iter().filter(|object| is_generated(object)) {
        let why = match view.pool_of(object) {
            Some(pool) if object.key == pool.deployment.key && pool.front.is_none() => {
                format!("the Service \"{}\", whose clients these proxies are for, is not there", pool.front_name)
            }
            Some(_) => continue,
            None if belongs(view, object, &accounts, &broken) => continue,
            None => "no proxies are there that it would belong to".to_string(),
        };
        let message = format!("it was generated for an interception, and {why}");
        let remedy = "remove it, or render the ProxyService again";
        findings.push(finding(object, false, Code::LeftOver, "metadata.name", message, remedy).seen(object.key.name.as_str()));
    }
}

fn belongs(view: &View<'_>, object: &Object, accounts: &HashSet<(&str, &str)>, broken: &HashSet<&str>) -> bool {
    let (namespace, name) = (object.key.namespace.as_str(), object.key.name.as_str());
    let named = view.proxies.get(namespace, "Deployment", name).is_some();
    match (object.key.group.as_str(), object.key.kind.as_str()) {
        ("", "ServiceAccount") => named || accounts.contains(&(namespace, name)),
        // Without routes to a Service nothing tells which Services and rules belong to a pool.
        ("", "Service") => broken.contains(namespace),
        // One of the proxies' own name is for the clients of their front (`emit::istio::clients_rule`).
        ("networking.istio.io", "DestinationRule") => named || broken.contains(namespace),
        // These are told where they name what is not there.
        ("autoscaling", _) | ("networking.istio.io", "VirtualService" | "Gateway") => true,
        (group, kind) => {
            let Some((.., place)) = KINDS.iter().find(|known| known.0 == group && known.1 == kind) else { return true };
            // Those that select the application's pods have nothing that tells their pool.
            let means_proxies = |selector: &Selector<'_>| selector.labels.iter().any(|(label, _)| *label == FRONT_LABEL);
            let selector = object.at(place).map(selector).filter(means_proxies);
            named || selector.is_none_or(|selector| view.proxies.selected(namespace, &selector).next().is_some())
        }
    }
}
