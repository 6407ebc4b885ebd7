//! The user's DestinationRules for fronts: they move to the targets.

use super::exported;
use super::host::{Hosts, covers, elsewhere, full_name, partially_qualified_host};
use crate::krm::{Code, Finding, Findings, Item};
use crate::resolve::index::{Index, namespace_key};
use crate::resolve::names::is_generated;
use crate::resolve::{Interception, Resolution, UserRule};
use serde_yaml::Value;

/// Finds the rule of each interception, and refuses what it would break. The emitter merges it
/// with what it would have generated.
pub fn resolve(resolution: &mut Resolution, fronts: &Hosts, index: &Index<'_, '_>, findings: &mut Findings) {
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
            findings.push(partially_qualified_host(item, host, "spec.host", interception));
        } else if namespace_key(namespace) != namespace_key(interception.namespace.as_deref()) {
            // Somebody else's clients of an adopted target keep their own rule.
            if on_front {
                findings.push(elsewhere(item, host, "spec.host", interception));
            }
        } else if let Some(first) = interception.destination_rule {
            let message = format!(
                "\"{}\" has {} already, and istiod would follow one of the two",
                interception.front_name,
                index.item(first.item).id().to_ref()
            );
            let finding = Finding::error(Code::SeveralRules, message, "merge the two");
            findings.push(finding.about(item).at("spec.host").seen(host));
        } else {
            check(item, value, interception, on_front, findings);
            if !on_front {
                super::virtual_service::refuse_going_back(item, interception, "spec.host", findings);
            }
            interception.destination_rule = Some(UserRule { item: position, on_front });
        }
    }
    for (item, value, host) in wildcards {
        for interception in resolution.interceptions.iter().filter(|interception| covers(host, &full_name(interception))) {
            check_wildcard(item, value, host, interception, findings);
        }
    }
}

fn check(item: &Item<'_>, value: &Value, interception: &Interception, on_front: bool, findings: &mut Findings) {
    if value.get("spec").is_some_and(|spec| spec.get("workloadSelector").is_some()) {
        let message =
            format!("a rule for some clients cannot move to the proxies of \"{}\", which serve all", interception.front_name);
        let remedy = "remove `workloadSelector`, or do not intercept this Service";
        findings.push(Finding::error(Code::RuleCannotMove, message, remedy).about(item).at("spec.workloadSelector"));
    }
    if on_front {
        refuse_tls(item, value, interception, findings);
    }
    exported::check(item, value, interception, on_front, findings);
}

/// istiod takes the most specific rule and merges none (`SidecarScope.DestinationRule`): a wildcard
/// stays in force between clients and proxies, and the target has a rule of its own.
fn check_wildcard(item: &Item<'_>, value: &Value, host: &str, interception: &Interception, findings: &mut Findings) {
    refuse_tls(item, value, interception, findings);
    let moved = interception.destination_rule.is_some();
    let Some(spec) = value.get("spec") else { return };
    let names = (&interception.front_name, &interception.target_name);
    let remedy = format!("write a DestinationRule for \"{}\" with what should hold there: it moves to the target", names.0);
    if spec.get("subsets").is_some_and(Value::is_sequence) && !moved {
        let message = format!("the subsets of \"{host}\" would be empty for \"{}\": behind it are proxies", names.0);
        findings.push(Finding::error(Code::SubsetOfFront, message, remedy).about(item).at("spec.subsets"));
        return;
    }
    let policy = spec.get("trafficPolicy").and_then(Value::as_mapping);
    if policy.is_some_and(|policy| policy.keys().any(|key| key.as_str() != Some("tls"))) {
        let message = format!(
            "the policy of \"{host}\" holds between clients and the proxies of \"{}\", but not between them and \"{}\", which has a rule of its own",
            names.0, names.1
        );
        let remedy = if moved { format!("check that it may; the rule for \"{}\" moves to the target", names.0) } else { remedy };
        findings.push(Finding::warning(Code::WildcardRule, message, remedy).about(item).at("spec.trafficPolicy"));
    }
}

/// Between clients and proxies there is mutual TLS by the proxies' label, and every other mode
/// would break that hop, or after the move the one to the application.
fn refuse_tls(item: &Item<'_>, value: &Value, interception: &Interception, findings: &mut Findings) {
    let Some(spec) = value.get("spec") else { return };
    let mut modes = tls_modes("spec.trafficPolicy", spec.get("trafficPolicy"));
    let subsets = spec.get("subsets").and_then(Value::as_sequence).into_iter().flatten();
    for (number, subset) in subsets.enumerate() {
        modes.extend(tls_modes(&format!("spec.subsets[{number}].trafficPolicy"), subset.get("trafficPolicy")));
    }
    for (field, mode) in modes.into_iter().filter(|(_, mode)| *mode != "ISTIO_MUTUAL") {
        let message =
            format!("\"{mode}\" cannot hold for \"{}\": its clients reach proxies of the mesh", interception.front_name);
        let remedy = "remove `tls` (istiod chooses by what the pods can) or set ISTIO_MUTUAL, or do not intercept this Service";
        findings.push(Finding::error(Code::TlsOfFront, message, remedy).about(item).at(field).seen(mode));
    }
}

/// The fields with a TLS mode in a policy and in those of its ports, and the modes.
fn tls_modes<'v>(at: &str, policy: Option<&'v Value>) -> Vec<(String, &'v str)> {
    // DISABLE is the mode of one that names none.
    let mode = |policy: &'v Value| Some(policy.get("tls")?.get("mode").and_then(Value::as_str).unwrap_or("DISABLE"));
    let Some(policy) = policy else { return Vec::new() };
    let ports = policy.get("portLevelSettings").and_then(Value::as_sequence).into_iter().flatten();
    let of_ports = ports.enumerate().map(|(number, port)| (format!("{at}.portLevelSettings[{number}].tls.mode"), mode(port)));
    std::iter::once((format!("{at}.tls.mode"), mode(policy)))
        .chain(of_ports)
        .filter_map(|(field, mode)| Some((field, mode?)))
        .collect()
}
