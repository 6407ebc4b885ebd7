//! The user's DestinationRules for fronts: what is about the hop from the clients stays, and what is about
//! the application's pods goes to the rule of the target (`resolve::division`).

use super::division::is_about_pods;
use super::host::{Hosts, elsewhere, full_name, partially_qualified_host};
use super::passthrough::Hop;
use super::policy_fields::tls_modes;
use super::tls_by_rule::as_written;
use super::wildcard_rule::Wildcard;
use super::{Ruled, UserRules, exported, front_tls, limits, passthrough, written_labels};
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::interception::names::is_generated;
use crate::krm::{Finding, Findings, Item};
use crate::mesh::Mesh;
use crate::objects::Index;
use crate::objects::index::namespace_key;
use crate::planes::istio_gateway::DIVIDED_RULES;
use serde_yaml::Value;
use std::collections::HashSet;

/// Routes to subsets at the proxies, of all ports.
const MOST_ROUTES: usize = 10_000;

/// Finds the rules of each interception, and refuses what the division would break. The emitter merges
/// what goes to the target with what it would have generated.
pub fn resolve(
    interceptions: &[Interception],
    fronts: &Hosts<'_>,
    index: &Index<'_, '_>,
    findings: &mut Findings,
) -> Vec<UserRules> {
    let mesh = fronts.mesh;
    let mut all: Vec<UserRules> = interceptions.iter().map(|_| UserRules::default()).collect();
    let mut wildcards = Vec::new();
    for (position, item) in index.of_kind("networking.istio.io", "DestinationRule") {
        if !fronts.can_be_in(item.fragment().text()) || is_generated(item) {
            continue;
        }
        let value = match item.value() {
            Ok(value) => value,
            Err(finding) => {
                findings.push(finding);
                continue;
            }
        };
        let Some(host) = value.get("spec").and_then(|spec| spec.get("host")?.as_str()) else { continue };
        if host.starts_with('*') {
            wildcards.push(Wildcard::read(item, value, host));
            continue;
        }
        let namespace = item.id().namespace.as_deref();
        let (named, on_front) = match (fronts.front(host, namespace), fronts.target(host, namespace)) {
            (Some(named), _) => (named, true),
            (None, Some(named)) if named.known_to_istio => (named, false),
            (None, _) => continue,
        };
        let (interception, rules) = (&interceptions[named.interception], &mut all[named.interception]);
        if !named.known_to_istio {
            findings.push(partially_qualified_host(item, host, "spec.host", interception, mesh));
        } else if namespace_key(namespace) != namespace_key(interception.namespace.as_deref()) {
            // Somebody else's clients of an adopted target keep their own rule, and so do those of the front
            // where it says nothing of pods.
            if on_front && is_about_pods(value) {
                findings.push(elsewhere(item, host, "spec.host", interception));
            } else if on_front {
                limits::warn(item, value, interception, mesh, findings);
            }
        } else if on_front {
            add_rule_of_front(position, (item, value), (interception, rules), (index, mesh), findings);
        } else if let Some(first) = rules.on_target {
            findings.push(several(item, host, "spec.host", index.item(first)));
        } else {
            refuse_selected(item, value, interception, findings);
            exported::check_target(item, value, interception, findings);
            passthrough::check(item, value, Hop::Target, interception, findings);
            refuse_going_back(item, interception, "spec.host", findings);
            rules.on_target = Some(position);
        }
    }
    for (interception, rules) in interceptions.iter().zip(&mut all) {
        check_both(interception, rules, index, findings);
        rules.divided_before = earlier_division(interception, rules, index, findings);
    }
    let ruled = Ruled::all(interceptions, &all);
    written_labels::refuse(&ruled, index, findings);
    check_wildcards(&wildcards, &ruled, (index, mesh), findings);
    all
}

fn check_wildcards(wildcards: &[Wildcard<'_, '_>], fronts: &[Ruled<'_>], of: (&Index<'_, '_>, &Mesh), findings: &mut Findings) {
    if wildcards.is_empty() {
        return;
    }
    let hosts: Vec<String> = fronts.iter().map(|front| full_name(front.interception, of.1)).collect();
    for wildcard in wildcards {
        let covered = fronts.iter().zip(&hosts).filter(|(_, host)| wildcard.covers(host));
        wildcard.check(&covered.map(|(front, _)| *front).collect::<Vec<_>>(), of, findings);
    }
}

/// A rule for the front: the first, or one that istiod merges with those before it, because they say
/// nothing of the same (`mergeDestinationRule`).
fn add_rule_of_front(
    position: usize,
    (item, value): (&Item<'_>, &Value),
    (interception, rules): (&Interception, &mut UserRules),
    (index, mesh): (&Index<'_, '_>, &Mesh),
    findings: &mut Findings,
) {
    let has_policy = |item: &Item<'_>| item.value().is_ok_and(|value| of_spec(value, "trafficPolicy").is_some());
    let mut earlier = rules.on_front.iter().map(|earlier| index.item(*earlier));
    if let Some(first) = earlier.clone().next()
        && first.value().is_ok_and(|first| of_spec(first, "exportTo") != of_spec(value, "exportTo"))
    {
        findings.push(several(item, &interception.front_name, "spec.exportTo", first));
    } else if has_policy(item)
        && let Some(other) = earlier.find(|earlier| has_policy(earlier))
    {
        findings.push(several(item, &interception.front_name, "spec.trafficPolicy", other));
    }
    for (number, name) in subset_names(value) {
        if !rules.subsets.insert(name.to_string()) {
            let message = format!("\"{name}\" stands twice among the subsets of \"{}\"", interception.front_name);
            let finding = Finding::error(Code::SeveralRules, message, "rename or remove one of the two");
            findings.push(finding.about(item).at(format!("spec.subsets[{number}].name")).seen(name));
        }
    }
    refuse_many(item, interception, rules, findings);
    refuse_selected(item, value, interception, findings);
    front_tls::refuse(item, value, interception, findings);
    if is_about_pods(value) {
        exported::warn_of_front(item, value, interception, mesh, findings);
    }
    limits::warn(item, value, interception, mesh, findings);
    passthrough::check(item, value, Hop::Front, interception, findings);
    rules.mutual |= tls_modes(&as_written(value)).iter().any(|(_, mode)| *mode == "ISTIO_MUTUAL");
    rules.on_front.push(position);
}

fn of_spec<'v>(rule: &'v Value, key: &str) -> Option<&'v Value> {
    rule.get("spec")?.get(key)
}

/// The positions and names of a rule's subsets.
fn subset_names(rule: &Value) -> impl Iterator<Item = (usize, &str)> {
    let subsets = of_spec(rule, "subsets").and_then(Value::as_sequence).into_iter().flatten();
    subsets.enumerate().filter_map(|(number, subset)| Some((number, subset.get("name")?.as_str()?)))
}

/// The proxies have a route for each subset on each port.
fn refuse_many(item: &Item<'_>, interception: &Interception, rules: &UserRules, findings: &mut Findings) {
    let (ports, subsets) = (interception.ports.len(), rules.subsets.len());
    if ports * subsets > MOST_ROUTES {
        let message = format!("{subsets} subsets on {ports} ports are more than {MOST_ROUTES} routes at the proxies");
        let finding = Finding::error(Code::AsksForTooMuch, message, "divide the Service, or choose by fewer subsets");
        findings.push(finding.about(item).at("spec.subsets"));
    }
}

fn several(item: &Item<'_>, host: &str, field: &str, first: &Item<'_>) -> Finding {
    let message = format!("\"{host}\" has {} already, and istiod would follow one of the two", first.id().to_ref());
    Finding::error(Code::SeveralRules, message, "merge the two").about(item).at(field).seen(host)
}

/// Rules for the front and for its target: both say how pods are chosen, and the proxies look for the
/// subsets of the one in the other.
fn check_both(interception: &Interception, rules: &UserRules, index: &Index<'_, '_>, findings: &mut Findings) {
    let Some(of_target) = rules.on_target.map(|rule| index.item(rule)) else { return };
    for item in rules.on_front.iter().map(|rule| index.item(*rule)) {
        let Ok(value) = item.value() else { continue };
        if is_about_pods(value) {
            findings.push(several(item, &interception.front_name, "spec", of_target));
            continue;
        }
        let known: HashSet<&str> = of_target.value().into_iter().flat_map(subset_names).map(|(_, name)| name).collect();
        for (number, name) in subset_names(value).filter(|(_, name)| !known.contains(name)) {
            let message =
                format!("the proxies look for the subset \"{name}\" in {}, which has none of that name", of_target.id().to_ref());
            let finding = Finding::error(Code::SubsetOfFront, message, "add it there, or remove it here");
            findings.push(finding.about(item).at(format!("spec.subsets[{number}].name")).seen(name));
        }
    }
}

/// Where an earlier run has divided the user's rules, the input has what was about pods in a generated
/// rule only.
fn earlier_division(
    interception: &Interception,
    rules: &UserRules,
    index: &Index<'_, '_>,
    findings: &mut Findings,
) -> Option<usize> {
    let rules: Vec<_> = rules.on_front.iter().map(|rule| index.item(*rule)).collect();
    if rules.is_empty() || rules.iter().any(|item| item.value().is_ok_and(is_about_pods)) {
        return None;
    }
    let found =
        index.find("networking.istio.io", "DestinationRule", interception.namespace.as_deref(), &interception.target_name);
    let divided = |item: &Item<'_>| is_generated(item) && item.text_at(&["metadata", "annotations", DIVIDED_RULES]).is_some();
    let before = found.iter().copied().find(|found| divided(index.item(*found)))?;
    rules.iter().for_each(|item| refuse_going_back(item, interception, "spec", findings));
    Some(before)
}

/// Refuses a way back that the input no longer knows: where an earlier run has rewritten the user's rule
/// in place, what the user wrote is not there any more.
fn refuse_going_back(item: &Item<'_>, interception: &Interception, field: &str, findings: &mut Findings) {
    if !interception.rollout.reverting {
        return;
    }
    let message = format!(
        "an earlier run has rewritten this rule for the proxies, and in the phase Prepare the clients of \"{}\" need it as you wrote it",
        interception.front_name
    );
    let remedy = "restore the rule from version control, or leave the phase at Intercept";
    findings.push(Finding::error(Code::RuleMovedEarlier, message, remedy).about(item).at(field));
}

fn refuse_selected(item: &Item<'_>, value: &Value, interception: &Interception, findings: &mut Findings) {
    if value.get("spec").is_some_and(|spec| spec.get("workloadSelector").is_some()) {
        let message =
            format!("a rule for some clients cannot hold at the proxies of \"{}\", which serve all", interception.front_name);
        let remedy = "remove `workloadSelector`, or do not intercept this Service";
        findings.push(Finding::error(Code::RuleCannotMove, message, remedy).about(item).at("spec.workloadSelector"));
    }
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Rules,
        "DestinationRule for the front: `tls` ISTIO_MUTUAL, `connectionPool`, `retryBudget`, names of subsets",
        "stay",
        &[],
    )
    .because("what each client may ask for", "istiod `MergeSubsetTrafficPolicy`")
    .of(&[("networking.istio.io", "DestinationRule")]),
    fact(
        Table::Rules,
        "the same: labels of subsets, `loadBalancer`, `outlierDetection`, all else of a policy",
        "go to the DestinationRule of the target",
        &[],
    )
    .because("the proxies choose and judge the pods; outliers of the application must not eject proxies", "the same")
    .of(&[("networking.istio.io", "DestinationRule")]),
    fact(Table::Rules, "DestinationRule for the front or the target: `workloadSelector`", "error {}", &[Code::RuleCannotMove])
        .because("the proxies serve all clients", "istiod `DestinationRule`")
        .of(&[("networking.istio.io", "DestinationRule")]),
    fact(
        Table::Rules,
        "DestinationRule for the front in another namespace",
        "nothing, or error {} if it is about pods",
        &[Code::RuleElsewhere],
    )
    .because("clients of that namespace keep their limits; the proxies do not see it", "istiod `destinationRule` lookup")
    .of(&[("networking.istio.io", "DestinationRule")]),
    fact(
        Table::Rules,
        "several DestinationRules for the front, or for the target",
        "those for the front are merged as istiod does; error {} where two say the same or differ in `exportTo`, \
         and for two for the target",
        &[Code::SeveralRules],
    )
    .because("the older one would count", "istiod `mergeDestinationRule`")
    .of(&[("networking.istio.io", "DestinationRule")]),
    fact(
        Table::Rules,
        "DestinationRules for the front and for an existing target: both about pods, or a subset of the one that \
         the other lacks",
        "error {}, error {}",
        &[Code::SeveralRules, Code::SubsetOfFront],
    )
    .because("the proxies follow the rule of the target, and look for the front's subsets there", "–")
    .of(&[("networking.istio.io", "DestinationRule")]),
    fact(Table::Rules, "DestinationRule with more subsets times ports than 10,000", "error {}", &[Code::AsksForTooMuch])
        .because("the proxies have a route for each", "–")
        .of(&[("networking.istio.io", "DestinationRule")]),
    fact(
        Table::Rules,
        "DestinationRule that an earlier run divided, in the phase Prepare again",
        "error {}",
        &[Code::RuleMovedEarlier],
    )
    .because("clients need the rule as the user wrote it", "–")
    .of(&[("networking.istio.io", "DestinationRule")]),
    fact(
        Table::Rules,
        "DestinationRule for `<front>.<namespace>` or `<front>.<namespace>.svc`",
        "error {}",
        &[Code::PartiallyQualifiedHost],
    )
    .because("Istio does not complete such a name: the rule is for nobody", "istiod `ResolveShortnameToFQDN`")
    .of(&[("networking.istio.io", "DestinationRule")]),
];
