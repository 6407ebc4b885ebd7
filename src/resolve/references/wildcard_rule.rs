//! DestinationRules for many hosts, an intercepted Service among them.

use super::exported;
use super::fact::{Fact, Table, fact};
use super::front_tls;
use super::passthrough::{self, Hop};
use super::policy_fields::in_policies;
use crate::api::TlsMode;
use crate::krm::{Code, Finding, Findings, Item};
use crate::mesh::Mesh;
use crate::resolve::index::{Index, namespace_key};
use crate::resolve::interception::{Interception, Target};
use serde_yaml::Value;

/// istiod takes the most specific rule and merges none (`SidecarScope.DestinationRule`): a wildcard
/// stays in force between clients and proxies, and the target has a rule of its own.
pub fn check(
    item: &Item<'_>,
    value: &Value,
    host: &str,
    interception: &Interception,
    (index, mesh): (&Index<'_, '_>, &Mesh),
    findings: &mut Findings,
) {
    let namespace = namespace_key(item.id().namespace.as_deref());
    let of_all = namespace == namespace_key(interception.namespace.as_deref()) || mesh.is_root(namespace);
    let for_all = |rule: &usize| index.item(*rule).value().is_ok_and(|rule| exported::is_for_all(rule, mesh));
    if of_all && interception.rules.on_front.iter().any(for_all) {
        // Nobody follows this one, as before; but to a target of the user's somebody may.
        let followed = matches!(interception.target, Target::Existing(_)) && interception.rules.on_target.is_none();
        if followed && says_more_than_tls(value) {
            let target = &interception.target_name;
            let message = format!("the policy of \"{host}\" holds no longer for \"{target}\", which gets a rule of its own");
            let remedy = format!(
                "write a DestinationRule for \"{target}\" with what should hold there: it takes the generated one's place"
            );
            findings.push(Finding::warning(Code::WildcardRule, message, remedy).about(item).at("spec.trafficPolicy"));
        }
        return;
    }
    front_tls::refuse(item, value, interception, findings);
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
    if says_more_than_tls(value) {
        let message = format!(
            "the policy of \"{host}\" holds between clients and the proxies of \"{}\", but not between them and \"{}\", which has a rule of its own",
            names.0, names.1
        );
        findings.push(Finding::warning(Code::WildcardRule, message, remedy).about(item).at("spec.trafficPolicy"));
    }
}

fn says_more_than_tls(rule: &Value) -> bool {
    let policy = rule.get("spec").and_then(|spec| spec.get("trafficPolicy")?.as_mapping());
    policy.is_some_and(|policy| policy.keys().any(|key| key.as_str() != Some("tls")))
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Rules,
    "DestinationRule for a wildcard that covers the front",
    "warning {}; an error with subsets ({}), `outlierDetection` ({}), PASSTHROUGH ({}) or TLS of another mode \
         ({}); beside a rule for the front that all clients see nothing, but the warning where the target is one \
         of the user's without a rule",
    &[Code::WildcardRule, Code::SubsetOfFront, Code::WildcardRule, Code::Passthrough, Code::TlsOfFront],
)
.because("clients follow it on the way to the proxies, and the target has a rule of its own", "istiod `MostSpecificHostMatch`")
.of(&[("networking.istio.io", "DestinationRule")])];
