//! Which AuthorizationPolicies decide about requests to the application's pods.

use super::authorization_path;
use super::authorization_rule::{Alike, Policy, Reading, Rule};
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::interception::names::is_generated;
use crate::krm::{Finding, Findings, Item, Telling};
use crate::neighbours::application::{App, Selects};
use crate::neighbours::policies::Policies;
use crate::objects::index::namespace_key;
use crate::objects::selector::Selector;
use crate::objects::value::{at, sequence};
use std::collections::HashMap;

const GROUP: &str = "security.istio.io";
const KIND: &str = "AuthorizationPolicy";

/// The AuthorizationPolicies of the user's, read once for all interceptions.
pub struct AuthorizationPolicies<'i, 'a> {
    all: Vec<Policy<'i, 'a>>,
    /// Their positions, by that of the item.
    by_item: HashMap<usize, usize>,
}

impl<'i, 'a> AuthorizationPolicies<'i, 'a> {
    /// Reads them.
    pub fn of<'s: 'i>(sources: &Policies<'s, 'a>, reading: Reading<'i>) -> Self {
        let mut alike = Alike::default();
        let found = sources.of_kind(GROUP, KIND).filter_map(|(index, item)| read(index, item, reading, &mut alike));
        let all: Vec<_> = found.collect();
        let by_item = all.iter().enumerate().map(|(position, policy)| (policy.index, position)).collect();
        AuthorizationPolicies { all, by_item }
    }

    /// Those that select the application's pods and are enforced.
    pub fn about(
        &self,
        interception: &Interception,
        app: &App,
        sources: &Policies<'_, '_>,
        findings: &mut Findings,
    ) -> Vec<&Policy<'i, 'a>> {
        let here = namespace_key(interception.namespace.as_deref());
        let found = sources.selecting(GROUP, KIND, &[here, sources.mesh.root_namespace()], [&app.selector; 2]);
        let mut policies: Vec<_> = found.filter_map(|(item, _)| Some(&self.all[*self.by_item.get(&item)?])).collect();
        policies.retain(|policy| selects(policy, app, interception, findings) && enforced(policy, interception, findings));
        policies
    }

    /// Says for how many more interceptions what has been said is true.
    pub fn end(&self, findings: &mut Findings) {
        for policy in &self.all {
            policy.telling.end(findings);
            policy.rules.iter().for_each(|rule| rule.telling.end(findings));
        }
    }
}

/// One of the user's that is for pods.
fn read<'i, 'a>(index: usize, item: &'i Item<'a>, reading: Reading<'i>, alike: &mut Alike) -> Option<Policy<'i, 'a>> {
    let value = item.value().ok().filter(|_| !is_generated(item))?;
    // With a targetRef it is a waypoint's or a gateway's.
    if at(value, &["spec", "targetRef"]).is_some() || at(value, &["spec", "targetRefs"]).is_some() {
        return None;
    }
    let rules = sequence(value, &["spec", "rules"]).iter().enumerate();
    Some(Policy {
        index,
        item,
        action: item.text_at(&["spec", "action"]).unwrap_or("ALLOW"),
        selector: Some(Selector::read(at(value, &["spec", "selector"]))).filter(|selector| !selector.is_empty()),
        dry: item.text_at(&["metadata", "annotations", "istio.io/dry-run"]) == Some("true"),
        rules: rules.map(|(position, value)| Rule::read(value, position, reading, alike)).collect(),
        telling: Telling::default(),
    })
}

/// Whether a policy decides about the application's pods; for a part of them nobody can copy it.
fn selects(policy: &Policy<'_, '_>, app: &App, interception: &Interception, findings: &mut Findings) -> bool {
    let selected = policy.selector.as_ref().map_or(Selects::All, |selector| app.selected_by(selector));
    if matches!(selected, Selects::All | Selects::Some) {
        for rule in policy.rules.iter().filter(|rule| !rule.paths().is_empty()) {
            let refusal = authorization_path::hidden(policy, rule, interception).or_else(|| {
                policy.selector.is_none().then(|| authorization_path::elsewhere(policy, rule, interception)).flatten()
            });
            refusal.into_iter().for_each(|refusal| rule.telling.tell(findings, refusal));
        }
    }
    if selected == Selects::All {
        return true;
    }
    let Some(rule) = policy.rules.iter().find(|rule| rule.asks_for_caller()) else { return false };
    if selected != Selects::None {
        rule.telling.tell(findings, || partly(policy, rule, selected, app, interception));
    }
    false
}

/// Says that a policy by the caller is for a part of the pods, or perhaps for them.
fn partly(policy: &Policy<'_, '_>, rule: &Rule<'_>, selected: Selects, app: &App, interception: &Interception) -> Finding {
    let (field, value) = rule.caller().unwrap_or_default();
    let front = &interception.front_name;
    let finding = if selected == Selects::Some {
        let message = format!(
            "\"{value}\" decides by the caller for some of the pods behind {front}, and at the others' proxies it must not"
        );
        let remedy = "select all of these pods, or give the selected ones a Service of their own";
        Finding::error(Code::SelectsSomePods, message, remedy)
    } else {
        let (why, remedy) = app.untold();
        let message =
            format!("\"{value}\" decides by the caller, perhaps for pods behind {front}, which would see its proxies: {why}");
        Finding::warning(Code::MaySelectPods, message, remedy)
    };
    finding.about(policy.item).at(field).seen(value)
}

/// Whether requests can be refused by it. Dry runs refuse nothing; they and external authorizers are told of a
/// caller.
fn enforced(policy: &Policy<'_, '_>, interception: &Interception, findings: &mut Findings) -> bool {
    let authorizer = policy.action == "CUSTOM" && !policy.dry;
    if !policy.dry && !authorizer {
        return true;
    }
    let caller = policy.rules.iter().find(|rule| rule.asks_for_caller());
    if policy.dry && caller.is_none() {
        return false;
    }
    policy.telling.tell(findings, || {
        let caller = caller.and_then(Rule::caller).filter(|_| authorizer);
        sees_proxies(caller, authorizer, interception).about(policy.item)
    });
    authorizer
}

/// Says that a dry run or an authorizer is told of the proxies.
fn sees_proxies(caller: Option<(String, String)>, authorizer: bool, interception: &Interception) -> Finding {
    let proxies = &interception.proxy_name;
    if !authorizer {
        let message = format!("the dry run's results will have \"{proxies}\" as the caller");
        let finding = Finding::warning(Code::SeesProxies, message, "read them at the proxies, with a copy that selects these");
        return finding.at("metadata.annotations[istio.io/dry-run]").seen("true");
    }
    if let Some((field, value)) = caller {
        let message = format!("\"{value}\" asks for the caller, and the authorizer would be asked for the proxies");
        let remedy = "let the policy select the proxies (label msvcbench.io/front) instead of the application";
        return Finding::error(Code::CallerRule, message, remedy).at(field).seen(value);
    }
    let message = format!("the authorizer is told that \"{proxies}\" is the source of requests");
    let remedy = "check that it does not look at the source, or let the policy select the proxies (label msvcbench.io/front)";
    Finding::warning(Code::SeesProxies, message, remedy).at("spec.action").seen("CUSTOM")
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
