//! Which AuthorizationPolicies decide about requests to the application's pods.

use super::authorization_path;
use super::authorization_rule::{Policy, Rule};
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::interception::names::is_generated;
use crate::krm::{Finding, Findings};
use crate::neighbours::application::{App, Selects};
use crate::neighbours::policies::Policies;
use crate::objects::index::namespace_key;
use crate::objects::selector::Selector;
use crate::objects::value::{at, sequence};
use serde_yaml::Value;
use std::collections::HashSet;

/// The policies that select the application's pods and are enforced.
pub fn policies<'i, 'a>(
    interception: &Interception,
    app: &App,
    exemptions: &'i HashSet<Value>,
    sources: &Policies<'i, 'a>,
    findings: &mut Findings,
) -> Vec<Policy<'i, 'a>> {
    let mut policies = Vec::new();
    let mesh = sources.mesh;
    let here = namespace_key(interception.namespace.as_deref());
    let found = sources.selecting("security.istio.io", "AuthorizationPolicy", &[here, mesh.root_namespace()], [&app.selector; 2]);
    for (position, item) in found {
        let own = namespace_key(item.id().namespace.as_deref()) == here;
        let Ok(value) = item.value() else { continue };
        // With a targetRef it is a waypoint's or a gateway's.
        if is_generated(item) || at(value, &["spec", "targetRef"]).is_some() || at(value, &["spec", "targetRefs"]).is_some() {
            continue;
        }
        let selector = Some(Selector::read(at(value, &["spec", "selector"]))).filter(|selector| !selector.is_empty());
        let rules = sequence(value, &["spec", "rules"]).iter().enumerate();
        let policy = Policy {
            index: position,
            item,
            action: item.text_at(&["spec", "action"]).unwrap_or("ALLOW"),
            root: !own,
            rules: rules.map(|(position, value)| Rule { value, position, exemptions, mesh }).collect(),
            selector,
        };
        if selects(&policy, app, interception, findings) && enforced(&policy, interception, findings) {
            policies.push(policy);
        }
    }
    policies
}

/// Whether a policy decides about the application's pods; for a part of them nobody can copy it.
fn selects(policy: &Policy<'_, '_>, app: &App, interception: &Interception, findings: &mut Findings) -> bool {
    let selected = policy.selector.as_ref().map_or(Selects::All, |selector| app.selected_by(selector));
    let caller = policy.rules.iter().find_map(Rule::caller);
    if matches!(selected, Selects::All | Selects::Some) {
        let of_path = policy.rules.iter().filter_map(|rule| {
            authorization_path::hidden(policy, rule, interception).or_else(|| {
                policy.selector.is_none().then(|| authorization_path::elsewhere(policy, rule, interception)).flatten()
            })
        });
        of_path.for_each(|finding| findings.push(finding));
    }
    let (finding, (field, value)) = match (selected, caller) {
        (Selects::All, _) => return true,
        (Selects::Some, Some(caller)) => {
            let message = format!(
                "\"{}\" decides by the caller for some of the pods behind {}, and at the others' proxies it must not",
                caller.1, interception.front_name
            );
            let remedy = "select all of these pods, or give the selected ones a Service of their own";
            (Finding::error(Code::SelectsSomePods, message, remedy), caller)
        }
        (Selects::Unknown, Some(caller)) => {
            let (why, remedy) = app.untold();
            let message = format!(
                "\"{}\" decides by the caller, perhaps for pods behind {}, which would see its proxies: {why}",
                caller.1, interception.front_name
            );
            (Finding::warning(Code::MaySelectPods, message, remedy), caller)
        }
        _ => return false,
    };
    findings.push(finding.about(policy.item).at(field).seen(value));
    false
}

/// Whether requests can be refused by it. Dry runs refuse nothing; they and external authorizers are told of a
/// caller.
fn enforced(policy: &Policy<'_, '_>, interception: &Interception, findings: &mut Findings) -> bool {
    let caller = policy.rules.iter().find_map(Rule::caller);
    let proxies = &interception.proxy_name;
    let dry = policy.item.text_at(&["metadata", "annotations", "istio.io/dry-run"]) == Some("true");
    let finding = if dry {
        let Some(_) = caller else { return false };
        let message = format!("the dry run's results will have \"{proxies}\" as the caller");
        Finding::warning(Code::SeesProxies, message, "read them at the proxies, with a copy that selects these")
            .at("metadata.annotations[istio.io/dry-run]")
            .seen("true")
    } else if policy.action == "CUSTOM" {
        if let Some((field, value)) = caller {
            let message = format!("\"{value}\" asks for the caller, and the authorizer would be asked for the proxies");
            let remedy = "let the policy select the proxies (label msvcbench.io/front) instead of the application";
            Finding::error(Code::CallerRule, message, remedy).at(field).seen(value)
        } else {
            let message = format!("the authorizer is told that \"{proxies}\" is the source of requests");
            let remedy =
                "check that it does not look at the source, or let the policy select the proxies (label msvcbench.io/front)";
            Finding::warning(Code::SeesProxies, message, remedy).at("spec.action").seen("CUSTOM")
        }
    } else {
        return true;
    };
    findings.push(finding.about(policy.item));
    !dry
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Authorization,
        "CUSTOM",
        "warning {}; error {} where a rule asks for the caller",
        &[Code::SeesProxies, Code::CallerRule],
    )
    .because("the authorizer is asked for the proxies", "Istio, `ext_authz`")
    .of(&[("security.istio.io", "AuthorizationPolicy")]),
    fact(Table::Authorization, "dry run, a rule asks for the caller", "warning {}", &[Code::SeesProxies])
        .because("the results name the proxies", "Istio, `istio.io/dry-run`")
        .of(&[("security.istio.io", "AuthorizationPolicy")]),
    fact(
        Table::Authorization,
        "a rule asks for the caller, and the policy selects only some of the pods",
        "error {}",
        &[Code::SelectsSomePods],
    )
    .because("the proxies send requests to all of them", "–")
    .of(&[("security.istio.io", "AuthorizationPolicy")]),
    fact(
        Table::Authorization,
        "a rule asks for the caller, and the input does not tell whether the policy selects the pods",
        "warning {}",
        &[Code::MaySelectPods],
    )
    .because("there is no workload in the input, or pods get the label only when they run", "–")
    .of(&[("security.istio.io", "AuthorizationPolicy")]),
    fact(
        Table::Authorization,
        "DENY, AUDIT for the whole namespace, a rule asks for a token (`requestPrincipals`, `request.auth.*`)",
        "nothing where the RequestAuthentications of the pods are for the whole namespace too, with \
         `forwardOriginalToken`; else error {}",
        &[Code::CallerRule],
    )
    .because(
        "both decide alike where the proxies check the tokens that the application checks",
        "istiod, `RequestAuthentication` of gateways",
    )
    .of(&[("security.istio.io", "AuthorizationPolicy")]),
];
