//! DestinationRules for many hosts, an intercepted Service among them.

use super::fact::{Fact, Table, fact};
use super::front_tls;
use super::passthrough::{self, Hop};
use super::policy_fields::in_policies;
use crate::api::TlsMode;
use crate::krm::{Code, Finding, Findings, Item};
use crate::mesh::Mesh;
use crate::resolve::Interception;
use crate::resolve::index::namespace_key;
use serde_yaml::Value;

/// istiod takes the most specific rule and merges none (`SidecarScope.DestinationRule`): a wildcard
/// stays in force between clients and proxies, and the target has a rule of its own.
pub fn check(item: &Item<'_>, value: &Value, host: &str, interception: &Interception, mesh: &Mesh, findings: &mut Findings) {
    let namespace = namespace_key(item.id().namespace.as_deref());
    let of_all = namespace == namespace_key(interception.namespace.as_deref()) || mesh.is_root(namespace);
    if of_all && !interception.rules.on_front.is_empty() {
        return; // Nobody follows this one, as before.
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
    let policy = spec.get("trafficPolicy").and_then(Value::as_mapping);
    if policy.is_some_and(|policy| policy.keys().any(|key| key.as_str() != Some("tls"))) {
        let message = format!(
            "the policy of \"{host}\" holds between clients and the proxies of \"{}\", but not between them and \"{}\", which has a rule of its own",
            names.0, names.1
        );
        findings.push(Finding::warning(Code::WildcardRule, message, remedy).about(item).at("spec.trafficPolicy"));
    }
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Rules,
    "DestinationRule for a wildcard that covers the front",
    "warning {}; an error with subsets ({}), `outlierDetection` ({}), PASSTHROUGH ({}) or TLS of another mode \
         ({}); nothing beside a rule for the front",
    &[Code::WildcardRule, Code::SubsetOfFront, Code::WildcardRule, Code::Passthrough, Code::TlsOfFront],
)
.because("clients follow it on the way to the proxies, and the target has a rule of its own", "istiod `MostSpecificHostMatch`")
.of(&[("networking.istio.io", "DestinationRule")])];
