//! The user's DestinationRules for fronts: what is about the hop from the clients stays, and what is about
//! the application's pods goes to the rule of the target (`resolve::division`).

use super::host::{Hosts, covers, elsewhere, full_name, partially_qualified_host};
use super::passthrough::{self, Hop};
use super::policy_fields::{in_policies, tls_modes};
use super::{exported, limits};
use crate::api::TlsMode;
use crate::krm::{Code, Finding, Findings, Item};
use crate::mesh::Mesh;
use crate::resolve::division::is_about_pods;
use crate::resolve::index::{Index, namespace_key};
use crate::resolve::names::{Kind, is_generated};
use crate::resolve::{DIVIDED_RULES, Interception, Resolution};
use serde_yaml::Value;
use std::collections::HashSet;

/// Routes to subsets at the proxies, of all ports.
const MOST_ROUTES: usize = 10_000;

/// Finds the rules of each interception, and refuses what the division would break. The emitter merges
/// what goes to the target with what it would have generated.
pub fn resolve(resolution: &mut Resolution, fronts: &Hosts<'_>, index: &Index<'_, '_>, findings: &mut Findings) {
    let mesh = fronts.mesh;
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
            wildcards.push((item, value, host));
            continue;
        }
        let namespace = item.id().namespace.as_deref();
        let (named, on_front) = match (fronts.front(host, namespace), fronts.target(host, namespace)) {
            (Some(named), _) => (named, true),
            (None, Some(named)) if named.known_to_istio => (named, false),
            (None, _) => continue,
        };
        let interception = &mut resolution.interceptions[named.interception];
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
            add_rule_of_front(position, item, value, interception, (index, mesh), findings);
        } else if let Some(first) = interception.rules.on_target {
            findings.push(several(item, host, "spec.host", index.item(first)));
        } else {
            refuse_selected(item, value, interception, findings);
            exported::check_target(item, value, interception, findings);
            passthrough::check(item, value, Hop::Target, interception, findings);
            refuse_going_back(item, interception, "spec.host", findings);
            interception.rules.on_target = Some(position);
        }
    }
    for interception in &mut resolution.interceptions {
        check_both(interception, index, findings);
        find_earlier_division(interception, index, findings);
    }
    refuse_written_labels(&resolution.interceptions, index, findings);
    for (item, value, host) in wildcards {
        for interception in resolution.interceptions.iter().filter(|interception| covers(host, &full_name(interception, mesh))) {
            check_wildcard(item, value, host, interception, mesh, findings);
        }
    }
}

/// A rule for the front: the first, or one that istiod merges with those before it, because they say
/// nothing of the same (`mergeDestinationRule`).
fn add_rule_of_front(
    position: usize,
    item: &Item<'_>,
    value: &Value,
    interception: &mut Interception,
    (index, mesh): (&Index<'_, '_>, &Mesh),
    findings: &mut Findings,
) {
    let has_policy = |item: &Item<'_>| item.value().is_ok_and(|value| of_spec(value, "trafficPolicy").is_some());
    let mut earlier = interception.rules.on_front.iter().map(|earlier| index.item(*earlier));
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
        if !interception.rules.subsets.insert(name.to_string()) {
            let message = format!("\"{name}\" stands twice among the subsets of \"{}\"", interception.front_name);
            let finding = Finding::error(Code::SeveralRules, message, "rename or remove one of the two");
            findings.push(finding.about(item).at(format!("spec.subsets[{number}].name")).seen(name));
        }
    }
    refuse_many(item, interception, findings);
    refuse_selected(item, value, interception, findings);
    refuse_tls(item, value, interception, findings);
    if is_about_pods(value) {
        exported::warn_of_front(item, value, interception, findings);
    }
    limits::warn(item, value, interception, mesh, findings);
    passthrough::check(item, value, Hop::Front, interception, findings);
    interception.rules.on_front.push(position);
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
fn refuse_many(item: &Item<'_>, interception: &Interception, findings: &mut Findings) {
    let (ports, subsets) = (interception.ports.len(), interception.rules.subsets.len());
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
fn check_both(interception: &Interception, index: &Index<'_, '_>, findings: &mut Findings) {
    let Some(of_target) = interception.rules.on_target.map(|rule| index.item(rule)) else { return };
    for item in interception.rules.on_front.iter().map(|rule| index.item(*rule)) {
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
fn find_earlier_division(interception: &mut Interception, index: &Index<'_, '_>, findings: &mut Findings) {
    let rules: Vec<_> = interception.rules.on_front.iter().map(|rule| index.item(*rule)).collect();
    if rules.is_empty() || rules.iter().any(|item| item.value().is_ok_and(is_about_pods)) {
        return;
    }
    let (group, kind) = Kind::DestinationRule.group_kind();
    let found = index.find(group, kind, interception.namespace.as_deref(), &interception.target_name);
    let divided = |item: &Item<'_>| is_generated(item) && item.text_at(&["metadata", "annotations", DIVIDED_RULES]).is_some();
    let Some(before) = found.iter().copied().find(|found| divided(index.item(*found))) else { return };
    rules.iter().for_each(|item| refuse_going_back(item, interception, "spec", findings));
    interception.rules.divided_before = Some(before);
}

/// Refuses a way back that the input no longer knows: where an earlier run has rewritten the user's rule
/// in place, what the user wrote is not there any more.
fn refuse_going_back(item: &Item<'_>, interception: &Interception, field: &str, findings: &mut Findings) {
    if !interception.goes_back {
        return;
    }
    let message = format!(
        "an earlier run has rewritten this rule for the proxies, and in the phase Prepare the clients of \"{}\" need it as you wrote it",
        interception.front_name
    );
    let remedy = "restore the rule from version control, or leave the phase at Intercept";
    findings.push(Finding::error(Code::RuleMovedEarlier, message, remedy).about(item).at(field));
}

/// Argo Rollouts writes `rollouts-pod-template-hash` into the labels of a rule's subsets (its
/// `rollout/trafficrouting/istio`), and on the front no pod has labels of the application.
fn refuse_written_labels(interceptions: &[Interception], index: &Index<'_, '_>, findings: &mut Findings) {
    const RULE: [&str; 7] = ["spec", "strategy", "canary", "trafficRouting", "istio", "destinationRule", "name"];
    for (_, rollout) in index.of_kind("argoproj.io", "Rollout") {
        let Some(name) = rollout.text_at(&RULE) else { continue };
        let namespace = namespace_key(rollout.id().namespace.as_deref());
        let is_it = |interception: &&Interception| {
            let mut rules = interception.rules.on_front.iter().map(|rule| index.item(*rule).id());
            rules.any(|rule| rule.name == name && namespace_key(rule.namespace.as_deref()) == namespace)
        };
        let Some(interception) = interceptions.iter().find(is_it) else { continue };
        let message = format!(
            "Argo Rollouts writes labels into the subsets of \"{name}\", where they would select none of the proxies of \"{}\"",
            interception.front_name
        );
        let remedy = format!("name the DestinationRule \"{}\" here, whose subsets have the labels", interception.target_name);
        findings.push(Finding::error(Code::ControllerOwnsService, message, remedy).about(rollout).at(RULE.join(".")).seen(name));
    }
}

fn refuse_selected(item: &Item<'_>, value: &Value, interception: &Interception, findings: &mut Findings) {
    if value.get("spec").is_some_and(|spec| spec.get("workloadSelector").is_some()) {
        let message =
            format!("a rule for some clients cannot hold at the proxies of \"{}\", which serve all", interception.front_name);
        let remedy = "remove `workloadSelector`, or do not intercept this Service";
        findings.push(Finding::error(Code::RuleCannotMove, message, remedy).about(item).at("spec.workloadSelector"));
    }
}

/// istiod takes the most specific rule and merges none (`SidecarScope.DestinationRule`): a wildcard
/// stays in force between clients and proxies, and the target has a rule of its own.
fn check_wildcard(item: &Item<'_>, value: &Value, host: &str, interception: &Interception, mesh: &Mesh, findings: &mut Findings) {
    let namespace = namespace_key(item.id().namespace.as_deref());
    let of_all = namespace == namespace_key(interception.namespace.as_deref()) || mesh.is_root(namespace);
    if of_all && !interception.rules.on_front.is_empty() {
        return; // Nobody follows this one, as before.
    }
    refuse_tls(item, value, interception, findings);
    if interception.tls == TlsMode::IstioMutual {
        passthrough::check(item, value, Hop::Wildcard, interception, findings);
    }
    let Some(spec) = value.get("spec") else { return };
    let names = (&interception.front_name, &interception.target_name);
    let remedy = format!("write a DestinationRule for \"{}\" with what should hold there: the target's rule takes it", names.0);
    if spec.get("subsets").is_some_and(Value::is_sequence) {
        let message = format!("the subsets of \"{host}\" would be empty for \"{}\": behind it are proxies", names.0);
        findings.push(Finding::error(Code::SubsetOfFront, message, remedy).about(item).at("spec.subsets"));
        return;
    }
    if let Some((at, ())) = in_policies(value, |settings| settings.get("outlierDetection").map(drop)).into_iter().next() {
        let message = format!(
            "by \"{host}\" clients judge the proxies of \"{}\", and would eject them for errors of the application",
            names.0
        );
        findings.push(Finding::error(Code::WildcardRule, message, remedy).about(item).at(format!("{at}.outlierDetection")));
        return;
    }
    let policy = spec.get("trafficPolicy").and_then(Value::as_mapping);
    if policy.is_some_and(|policy| policy.keys().any(|key| key.as_str() != Some("tls"))) {
        let message = format!(
            "the policy of \"{host}\" holds between clients and the proxies of \"{}\", but not between them and \"{}\", which has a rule of its own",
            names.0, names.1
        );
        findings.push(Finding::warning(Code::WildcardRule, message, remedy).about(item).at("spec.trafficPolicy"));
    }
}

/// Between clients and proxies there is mutual TLS by the proxies' label, and every other mode
/// would break that hop, or after the move the one to the application.
fn refuse_tls(item: &Item<'_>, value: &Value, interception: &Interception, findings: &mut Findings) {
    for (field, mode) in tls_modes(value).into_iter().filter(|(_, mode)| *mode != "ISTIO_MUTUAL") {
        let message =
            format!("\"{mode}\" cannot hold for \"{}\": its clients reach proxies of the mesh", interception.front_name);
        let remedy = "remove `tls` (istiod chooses by what the pods can) or set ISTIO_MUTUAL, or do not intercept this Service";
        findings.push(Finding::error(Code::TlsOfFront, message, remedy).about(item).at(field).seen(mode));
    }
}
