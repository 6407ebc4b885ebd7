//! The user's DestinationRules: what stays of them on the front, and what the target's rule takes.

use super::destination_rule::destination_rule;
use super::merge::{Conflict, merge};
use crate::api::TlsMode;
use crate::findings::Code;
use crate::interception::Interception;
use crate::krm::{Finding, Findings, Item, NewObject, to_value};
use crate::planes::istio_gateway::rules::tls_by_rule::as_written;
use crate::planes::istio_gateway::rules::{TlsByRule, UserRules, division, tls_by_rule};
use crate::planes::istio_gateway::{Adapted, DIVIDED_RULES};
use serde_yaml::{Mapping, Value};

/// Whether a rule for the front says what holds on all ports: istiod merges several for one host, and takes the policy
/// of the first that has one (`mergeDestinationRule`).
pub fn is_for_all_ports(items: &[Item<'_>], position: usize, rules: &UserRules) -> bool {
    let has_policy = |rule: &&usize| items[**rule].value().is_ok_and(|rule| tls_by_rule::has_policy(&as_written(rule)));
    let rules = &rules.on_front;
    rules.iter().find(has_policy).or(rules.first()) == Some(&position)
}

/// A rule for the front, without what is about pods. `general`: whether its policy is that of all ports.
///
/// As long as clients reach the pods, it is as the user wrote it.
pub fn rule_of_clients(original: &Value, general: bool, interception: &Interception, tls: TlsByRule) -> Value {
    let mut rule = as_written(original).into_owned();
    if !interception.intercepts() {
        return rule;
    }
    if tls.to_proxies {
        tls_by_rule::ask(&mut rule, general);
    }
    if let Some(spec) = rule.get_mut("spec").and_then(Value::as_mapping_mut) {
        *spec = division::of_clients(spec, interception.tls == TlsMode::IstioMutual);
    }
    rule
}

/// A rule for an existing target, with the generated policy wherever it leaves something open.
///
/// # Errors
/// The rule cannot be parsed; `resolve` has parsed it before, so this does not happen.
pub fn rule_of_target(
    item: &Item<'_>,
    interception: &Interception,
    adapted: &Adapted,
    findings: &mut Findings,
) -> Result<Value, Finding> {
    let mut rule = item.value()?.clone();
    let generated = to_value(&destination_rule(interception, adapted.settings.version, adapted.tls));
    if let Some(spec) = rule.get_mut("spec").and_then(Value::as_mapping_mut) {
        let host = spec.get("host").and_then(Value::as_str).unwrap_or_default();
        if host.split('.').next() != Some(&interception.target_name) {
            spec.insert("host".into(), interception.target_name.as_str().into());
        }
        report(item, merge(spec, policy_of(&generated)), interception, findings);
    }
    Ok(rule)
}

/// The generated rule of the target, with what the user's rules for the front say about pods.
///
/// # Errors
/// A rule cannot be parsed; `resolve` has parsed it before, so this does not happen.
pub fn rule_of_pods(
    items: &[Item<'_>],
    interception: &Interception,
    adapted: &Adapted,
    findings: &mut Findings,
) -> Result<NewObject, Finding> {
    let generated = destination_rule(interception, adapted.settings.version, adapted.tls);
    let sources = match adapted.rules.divided_before {
        Some(before) => vec![before],
        None => adapted.rules.on_front.clone(),
    };
    if sources.is_empty() {
        return Ok(NewObject::typed(&generated));
    }
    let mut generated = to_value(&generated);
    let ours = policy_of(&generated).clone();
    let mut spec = Mapping::from_iter([(Value::from("host"), interception.target_name.as_str().into())]);
    let mut names = Vec::new();
    for item in sources.iter().map(|source| &items[*source]) {
        let written = as_written(item.value()?);
        let Some(whole) = written.get("spec").and_then(Value::as_mapping) else { continue };
        let mut part = division::of_pods(whole);
        let has_policy = part.contains_key("trafficPolicy");
        if part.is_empty() {
            continue;
        }
        report(item, merge(&mut part, &ours), interception, findings);
        names.push(item.text_at(&["metadata", "annotations", DIVIDED_RULES]).unwrap_or(&item.id().name).to_string());
        if let Some(policy) = part.shift_remove("trafficPolicy")
            && (has_policy || !spec.contains_key("trafficPolicy"))
        {
            spec.insert("trafficPolicy".into(), policy);
        }
        if let Some(Value::Sequence(subsets)) = part.shift_remove("subsets") {
            let all = spec.entry("subsets".into()).or_insert_with(|| Value::Sequence(Vec::new()));
            all.as_sequence_mut().into_iter().for_each(|all| all.extend(subsets.clone()));
        }
    }
    if !names.is_empty() {
        generated["metadata"]["annotations"][DIVIDED_RULES] = names.join(",").into();
        generated["spec"] = spec.into();
    }
    Ok(generated.into())
}

fn policy_of(generated: &Value) -> &Mapping {
    static NONE: std::sync::OnceLock<Mapping> = std::sync::OnceLock::new();
    let policy = generated.get("spec").and_then(|spec| spec.get("trafficPolicy")?.as_mapping());
    policy.unwrap_or_else(|| NONE.get_or_init(Mapping::new))
}

fn report(item: &Item<'_>, conflicts: Vec<Conflict>, interception: &Interception, findings: &mut Findings) {
    for Conflict { field, theirs, ours } in conflicts {
        let message = format!("\"{theirs}\" counts, and not \"{ours}\", which {} stands for", interception.source.object());
        let finding = Finding::warning(Code::RuleCounts, message, "remove it here if the ProxyService is to decide");
        findings.push(finding.about(item).at(field).seen(theirs));
    }
}
