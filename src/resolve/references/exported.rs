//! Whom a rule of the user's was for: `exportTo`.

use crate::krm::{Code, Finding, Findings, Item};
use crate::resolve::Interception;
use crate::resolve::index::namespace_key;
use serde_yaml::Value;

/// Says where a rule was for some namespaces only: at the proxies it meets the requests of all.
/// `moving`: it is on its way there, not there since an earlier run.
pub fn check(item: &Item<'_>, value: &Value, interception: &Interception, moving: bool, findings: &mut Findings) {
    let listed: Vec<&str> = strings(value.get("spec").and_then(|spec| spec.get("exportTo")));
    if listed.is_empty() || listed.contains(&"*") {
        return;
    }
    let here = namespace_key(interception.namespace.as_deref());
    let seen = listed.join(", ");
    if !listed.contains(&".") && !listed.contains(&here) {
        let message =
            format!("\"{seen}\" leaves out the namespace \"{here}\", where the proxies are that have to follow the rule");
        let finding = Finding::error(Code::RuleForSomeClients, message, "add \".\", or remove `exportTo`");
        findings.push(finding.about(item).at("spec.exportTo").seen(seen));
    } else if moving {
        let message = format!(
            "\"{seen}\" kept the rule from clients of other namespaces; at the proxies of \"{}\" their requests follow it too",
            interception.front_name
        );
        let remedy = "remove `exportTo` if that is right; otherwise do not intercept this Service";
        findings.push(Finding::warning(Code::RuleForSomeClients, message, remedy).about(item).at("spec.exportTo").seen(seen));
    }
}

/// The strings of a sequence.
pub fn strings(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_sequence).into_iter().flatten().filter_map(Value::as_str).collect()
}
