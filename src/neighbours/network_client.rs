//! Clients whose own NetworkPolicy restricts what they may reach: they may reach the application's pods, and
//! need to reach the proxies.

use super::application::App;
use super::generated_policy::{Carried, GeneratedPolicy};
use super::network_object::{Policy, unresolved, written};
use super::network_rule::{Ports, allows, at_proxies, is_mistaken, namespace_named, ports, reach};
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::names::derived;
use crate::interception::{FRONT_LABEL, Interception};
use crate::krm::{Finding, Findings, to_yaml};
use crate::objects::index::namespace_key;
use crate::objects::selector::{Labels, Match};
use crate::objects::value::{at, entry, mapping, sequence};
use indexmap::IndexSet;
use serde_yaml::{Mapping, Value};

/// The ports of the proxies that clients need, because they may reach the application's.
pub fn missing(
    interception: &Interception,
    app: &App,
    policy: &Policy<'_, '_>,
    proxies: &Labels,
    findings: &mut Findings,
) -> Vec<u16> {
    let is_own = policy.namespace == namespace_key(interception.namespace.as_deref());
    let mut missing: IndexSet<u16> = IndexSet::new();
    let rules = sequence(policy.value, &["spec", "egress"]).iter().zip(&policy.egress);
    for (position, (rule, (peers, of_all_ports))) in rules.enumerate() {
        let reach = reach(peers, app, proxies, is_own);
        if (reach.app == Match::No && !reach.proxies) || (reach.proxies && *of_all_ports) {
            continue;
        }
        let place = |field: &str| format!("spec.egress[{position}].{field}");
        if is_for_proxies(rule, interception) {
            continue;
        }
        if reach.proxies && is_mistaken(rule, app) {
            let message = format!(
                "a port stands here that at {} leads to another one of the application, which was not allowed",
                interception.proxy_name
            );
            let remedy = "name the destinations in `to`, so that the rule does not mean the proxies";
            findings.push(Finding::error(Code::NetworkPolicyNotAdapted, message, remedy).about(policy.item).at(place("ports")));
            continue;
        }
        if reach.app == Match::No {
            continue;
        }
        let listen: Vec<u16> = match at_proxies(rule, app) {
            Ports::All => app.ports.iter().map(|port| port.listen).collect(),
            Ports::These(listen) => listen,
            // A port of somebody else's, unless the rule is about these pods.
            Ports::Unknown(port) if reach.app == Match::Yes && at(rule, &["to"]).is_some() => {
                findings.push(unresolved(policy, place("ports"), &port));
                continue;
            }
            Ports::Unknown(_) => continue,
        };
        if listen.is_empty() || (reach.proxies && allows(rule, &listen)) {
            continue;
        }
        if reach.app == Match::Unknown {
            let message = format!(
                "may hold the pods behind {}, which clients reach through its proxies now: the input does not tell",
                interception.front_name
            );
            let remedy = format!(
                "allow these clients egress to the label msvcbench.io/front: {}, ports {listen:?}",
                interception.front_name
            );
            findings.push(Finding::warning(Code::MaySelectPods, message, remedy).about(policy.item).at(place("to")));
            continue;
        }
        missing.extend(listen);
    }
    missing.into_iter().collect()
}

/// Lets these clients out to the proxies: by a policy beside the user's, and in another namespace by a rule of
/// the user's policy, since what is generated stands in the namespace of the front.
pub fn let_out(
    interception: &Interception,
    policy: &Policy<'_, '_>,
    missing: &[u16],
    carried: &mut Carried<'_>,
    findings: &mut Findings,
) -> Option<GeneratedPolicy> {
    if missing.is_empty() {
        return None;
    }
    let mut peer = Mapping::new();
    let is_own = policy.namespace == namespace_key(interception.namespace.as_deref());
    match &interception.namespace {
        _ if is_own => {}
        Some(namespace) => drop(peer.insert("namespaceSelector".into(), namespace_named(namespace))),
        None => {
            findings.push(without_namespace(interception, policy, missing));
            return None;
        }
    }
    peer.insert("podSelector".into(), entry("matchLabels", mapping(&interception.selector())));
    let mut rule = Mapping::new();
    rule.insert("to".into(), vec![Value::from(peer)].into());
    rule.insert("ports".into(), ports(missing.iter().map(|port| Value::from(*port))));
    if is_own {
        let name = derived(&policy.item.id().name, &format!("-{}", interception.proxy_name));
        let selected = at(policy.value, &["spec", "podSelector"]).cloned().unwrap_or_else(|| Mapping::new().into());
        return Some(written(interception, &name, selected, None, Some(vec![rule.into()])));
    }
    add(rule.into(), policy, carried);
    None
}

/// Whether a rule names the proxies by their label: an earlier run wrote it, or the user for them.
fn is_for_proxies(rule: &Value, interception: &Interception) -> bool {
    let label = |peer: &Value| {
        at(peer, &["podSelector", "matchLabels", FRONT_LABEL]).and_then(Value::as_str) == Some(&interception.front_name)
    };
    let peers = sequence(rule, &["to"]);
    !peers.is_empty() && peers.iter().all(label)
}

/// Adds a rule to the user's policy. Those of several fronts stand in an order of their own, whatever that of
/// the input is.
fn add(rule: Value, policy: &Policy<'_, '_>, carried: &mut Carried<'_>) {
    let before = sequence(policy.value, &["spec", "egress"]);
    if before.contains(&rule) {
        return;
    }
    let value = carried.exempting(policy.index, policy.value);
    if let Some(rules) = value.get_mut("spec").and_then(|spec| spec.get_mut("egress")?.as_sequence_mut()) {
        let text = to_yaml(&rule, 0);
        let place = rules[before.len()..].partition_point(|other| to_yaml(other, 0) < text);
        rules.insert(before.len() + place, rule);
    }
}

fn without_namespace(interception: &Interception, policy: &Policy<'_, '_>, missing: &[u16]) -> Finding {
    let front = &interception.front_name;
    let message = format!(
        "allows clients the pods behind {front}, which they reach through its proxies now, and the input does not tell in which namespace these are"
    );
    let remedy =
        format!("set the namespace, or add egress to its podSelector msvcbench.io/front: {front}, ports {missing:?}, here");
    Finding::error(Code::NetworkPolicyNotAdapted, message, remedy).about(policy.item).at("spec.egress")
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Network,
        "egress of clients to the application",
        "NetworkPolicy `<policy>-<proxies>` lets them out to the proxies; in another namespace their own policy \
         gets one rule more",
        &[],
    )
    .because("what is generated stands in the namespace of the front", "k8s networking/v1")
    .of(&[("networking.k8s.io", "NetworkPolicy")]),
    fact(
        Table::Network,
        "egress of clients in another namespace, without a namespace in the input",
        "error {}",
        &[Code::NetworkPolicyNotAdapted],
    )
    .because("the rule has to name the namespace of the proxies", "–")
    .of(&[("networking.k8s.io", "NetworkPolicy")]),
];
