//! Whom a rule of the user's was for: `exportTo`.

use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::krm::{Finding, Findings, Item};
use crate::mesh::Mesh;
use crate::objects::index::namespace_key;
use serde_yaml::Value;

/// Refuses a rule for a target that the proxies, which have to follow it, cannot see. (What the mesh says of rules
/// without `exportTo` hides none from its own namespace.)
pub fn check_target(item: &Item<'_>, value: &Value, interception: &Interception, findings: &mut Findings) {
    let Some(listed) = some_namespaces(value, &Mesh::default()) else { return };
    let here = namespace_key(interception.namespace.as_deref());
    if !listed.contains(&".") && !listed.contains(&here) {
        let seen = listed.join(", ");
        let message =
            format!("\"{seen}\" leaves out the namespace \"{here}\", where the proxies are that have to follow the rule");
        let finding = Finding::error(Code::RuleForSomeClients, message, "add \".\", or remove `exportTo`");
        findings.push(finding.about(item).at("spec.exportTo").seen(seen));
    }
}

/// Says where a rule for a front was for some namespaces only: at the proxies it meets the requests of all.
pub fn warn_of_front(item: &Item<'_>, value: &Value, interception: &Interception, mesh: &Mesh, findings: &mut Findings) {
    let Some(listed) = some_namespaces(value, mesh) else { return };
    let seen = listed.join(", ");
    let whose = if says_itself(value) { "" } else { " of the mesh's defaultDestinationRuleExportTo" };
    let message = format!(
        "\"{seen}\"{whose} kept the rule from clients of other namespaces; the proxies of \"{}\" choose pods by it for their requests too",
        interception.front_name
    );
    let remedy = if whose.is_empty() {
        "remove `exportTo` if that is right; otherwise do not intercept this Service"
    } else {
        "write `exportTo: [\"*\"]` if that is right; otherwise do not intercept this Service"
    };
    findings.push(Finding::warning(Code::RuleForSomeClients, message, remedy).about(item).at("spec.exportTo").seen(seen));
}

/// Whether a rule is for clients of all namespaces.
pub fn is_for_all(value: &Value, mesh: &Mesh) -> bool {
    some_namespaces(value, mesh).is_none()
}

/// The namespaces that a rule is for, where it is not for all.
pub fn some_namespaces<'v>(value: &'v Value, mesh: &Mesh) -> Option<Vec<&'v str>> {
    if !says_itself(value) {
        return mesh.exports.own_destination_rules.then(|| vec!["."]);
    }
    let listed = listed(value);
    (!listed.contains(&"*")).then_some(listed)
}

fn says_itself(value: &Value) -> bool {
    !listed(value).is_empty()
}

fn listed(value: &Value) -> Vec<&str> {
    strings(value.get("spec").and_then(|spec| spec.get("exportTo")))
}

/// The strings of a sequence.
pub fn strings(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_sequence).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Rules,
        "DestinationRule for the front: `exportTo`, or the mesh's `defaultDestinationRuleExportTo`, that leaves namespaces out, with something about pods",
        "warning {}",
        &[Code::RuleForSomeClients],
    )
    .because("what is about pods holds for all clients now", "–")
    .of(&[("networking.istio.io", "DestinationRule")]),
    fact(
        Table::Rules,
        "DestinationRule for an existing target: `exportTo` without the own namespace",
        "error {}",
        &[Code::RuleForSomeClients],
    )
    .because("the proxies have to follow it, and would not see it", "–")
    .of(&[("networking.istio.io", "DestinationRule")]),
];
