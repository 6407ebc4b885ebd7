//! AuthorizationPolicies of the application: the caller that its pods see is the proxies now.
//!
//! ALLOW policies are one set: a request passes if any of them matches. Where one of them asks for
//! the caller, the whole set is asked at the proxies, which see the callers, and the application
//! accepts from the proxies what they have let through. DENY and AUDIT rules stand alone: one that
//! asks for the caller is asked at the proxies too, and no longer of the proxies. The user's rules
//! stay for callers that reach the pods past the proxies.

use super::authentications::Authentications;
use super::authorization_rule::{Policy, Refusal, Rule, Seen};
use super::authorization_set::AuthorizationPolicies;
use super::identity::Identity;
use super::{authorization_path, request_authentication};
use crate::api::TlsMode;
use crate::changes::Kind;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::interception::names::derived;
use crate::krm::{Finding, Findings};
use crate::neighbours::application::App;
use crate::neighbours::generated_policy::{Carried, GeneratedPolicy, companion};
use crate::neighbours::policies::Policies;
use crate::objects::value::mapping;
use indexmap::IndexSet;
use serde_yaml::{Mapping, Value};
use std::collections::HashSet;

const KIND: Kind = Kind { group: "security.istio.io", kind: "AuthorizationPolicy" };
const SELECT: &str = "give the policy the whole selector of the target Service";

/// Carries the AuthorizationPolicies of the application over to the proxies; says whether one of them asks
/// for the caller's certificate.
pub fn resolve(
    (interception, identity): (&Interception, Identity<'_>),
    app: &App,
    policies: &AuthorizationPolicies<'_, '_>,
    carried: &mut Carried<'_>,
    (sources, tokens): (&Policies<'_, '_>, &Authentications<'_>),
    findings: &mut Findings,
) -> bool {
    let policies = policies.about(interception, app, sources, findings);
    let of =
        |action: &str| -> Vec<&Policy<'_, '_>> { policies.iter().copied().filter(|policy| policy.action == action).collect() };
    let tokens_too = policies.iter().any(|policy| policy.rules.iter().any(Rule::asks_for_token))
        && request_authentication::is_at_proxies_too(interception, app, tokens);
    let mut companions = allow(interception, app, (&of("ALLOW"), identity), findings);
    for (action, suffix) in [("DENY", "-deny"), ("AUDIT", "-audit")] {
        let mut rules = Vec::new();
        for policy in of(action) {
            rules.extend(alone((interception, identity), (app, tokens_too), policy, carried, findings));
        }
        if !rules.is_empty() {
            let name = derived(&interception.proxy_name, suffix);
            companions.push(written(interception, &name, action, mapping(&interception.selector()), rules));
        }
    }
    let refusing = policies.iter().find(|policy| policy.selector.is_none() && policy.action != "AUDIT").copied();
    let copied = companions.iter().any(|companion| companion.object["spec"]["action"] != "AUDIT");
    for policy in of("AUDIT") {
        if (refusing.is_some() || copied) && policy.selector.is_some() {
            warn_of_audit(policy, refusing, interception, findings);
        }
    }
    let named = companions.iter().any(|companion| companion.name == interception.target_name);
    if named || carried.exempts {
        identity.unnamed(interception).into_iter().for_each(|finding| findings.push(finding));
    }
    carried.generated.extend(companions);
    policies.iter().any(|policy| policy.rules.iter().any(Rule::asks_for_principal))
}

/// The set of ALLOW policies, at the proxies and for the proxies.
fn allow(
    interception: &Interception,
    app: &App,
    (set, identity): (&[&Policy<'_, '_>], Identity<'_>),
    findings: &mut Findings,
) -> Vec<GeneratedPolicy> {
    let by_caller = set.iter().any(|policy| policy.rules.iter().any(Rule::asks_for_caller));
    let plain = |rule: &Rule<'_>| !rule.names_ports() && !rule.asks_for_token();
    // What applies to the namespace applies to the proxies already, except for ports and tokens.
    let whole = |policy: &Policy<'_, '_>| policy.selector.is_none() && policy.rules.iter().all(plain);
    let closed = set.iter().any(|policy| policy.selector.is_none());
    if !by_caller && (!closed || set.iter().all(|policy| whole(policy))) {
        return Vec::new();
    }
    let mut sound = true;
    for policy in set {
        for rule in &policy.rules {
            let refused = refused(rule, policy, interception, app, by_caller);
            sound &= refused.is_none();
            refused.into_iter().for_each(|refusal| rule.telling.tell(findings, refusal));
        }
        if (policy.selector.is_some() || !policy.rules.iter().all(plain)) && policy.is_root(interception) {
            policy.telling.tell(findings, || {
                let message = format!("the root namespace's policy would have to be copied for {}", interception.proxy_name);
                let finding = Finding::error(Code::CallerRule, message, "write it in the namespace of the application");
                finding.about(policy.item).at("spec")
            });
            sound = false;
        }
    }
    if !sound {
        return Vec::new();
    }
    let copied: Vec<_> = set.iter().filter(|policy| !whole(policy)).collect();
    let mut known = HashSet::new();
    let rules = copied.iter().flat_map(|policy| &policy.rules).filter(|rule| known.insert(rule.same));
    let rules: Vec<Value> = rules.filter_map(|rule| rule.at_proxies(app, false)).collect();
    let mut companions = Vec::new();
    if !copied.is_empty() {
        companions.push(written(interception, &interception.proxy_name, "ALLOW", mapping(&interception.selector()), rules));
    }
    let (mut accepted, mut known) = (Vec::new(), HashSet::new());
    for rule in set.iter().flat_map(|policy| &policy.rules).filter(|rule| rule.asks_for_caller()) {
        // What never comes through these proxies need not be accepted from them.
        let comes = || !rule.names_ports() || rule.at_proxies(app, false).is_some();
        if !known.contains(&rule.accepts) && comes() && known.insert(rule.accepts) {
            accepted.push(rule.accepting_proxies(&identity));
        }
    }
    if !accepted.is_empty() {
        companions.push(written(interception, &interception.target_name, "ALLOW", mapping(&app.selector), accepted));
    }
    companions
}

/// Requests that a policy refuses at the proxies do not come to the application's sidecar, which would
/// audit them. Rules that ask for the caller are audited at the proxies.
fn warn_of_audit(
    policy: &Policy<'_, '_>,
    refusing: Option<&Policy<'_, '_>>,
    interception: &Interception,
    findings: &mut Findings,
) {
    let Some(rule) = policy.rules.iter().find(|rule| !rule.asks_for_caller()) else { return };
    rule.telling.tell(findings, || {
        let by = refusing.map_or_else(|| "policies for the caller".to_string(), |other| other.item.id().to_ref().to_string());
        let proxies = &interception.proxy_name;
        let message = format!("\"{proxies}\" refuses requests by {by}, and the application's sidecar audits these no longer");
        let remedy = "let a policy with action AUDIT select the proxies too (label msvcbench.io/front), or read their access log";
        let finding = Finding::warning(Code::AuditMissesRefused, message, remedy).about(policy.item);
        finding.at(format!("spec.rules[{}]", rule.position))
    });
}

/// A rule of DENY or AUDIT: as it reads at the proxies; the user's own leaves them out. `tokens_too`: whether the proxies check the tokens that the application checks.
fn alone(
    (interception, identity): (&Interception, Identity<'_>),
    (app, tokens_too): (&App, bool),
    policy: &Policy<'_, '_>,
    carried: &mut Carried<'_>,
    findings: &mut Findings,
) -> Vec<Value> {
    let mut copies = Vec::new();
    for rule in &policy.rules {
        if !rule.asks_for_caller() {
            // The application's sidecar sees all that this rule asks for, but where the policy
            // applies to the proxies too, these do not.
            let token = rule.asks_for_token() && !tokens_too;
            if policy.selector.is_none() && (token || (rule.names_ports() && rule.is_mistaken(app))) {
                let seen = || rule.token().filter(|_| token).or_else(|| rule.ports());
                let why = "applies to the proxies too, where it has another meaning";
                rule.telling.tell(findings, refuse(policy, why, SELECT, seen));
            }
            continue;
        }
        if let Some(refusal) = refused(rule, policy, interception, app, true) {
            rule.telling.tell(findings, refusal);
            continue;
        }
        let stays = policy.selector.is_none() && !rule.names_ports();
        if !stays {
            copies.extend(rule.at_proxies(app, true));
        }
        if !stays && policy.is_root(interception) {
            let (why, remedy) =
                ("stands in the root namespace and would have to be copied", "write it in the namespace of the application");
            rule.telling.tell(findings, refuse(policy, why, remedy, || rule.caller()));
        } else if rule.may_match_proxies(&identity) {
            let root = || policy.is_root(interception);
            if policy.selector.as_ref().is_some_and(|selector| !root() && selector.implies(&app.selector)) {
                exempt(rule, policy, identity, carried);
            } else {
                let why = "would hit the proxies themselves, and the policy also selects pods for which they must not be exempt";
                rule.telling.tell(findings, refuse(policy, why, SELECT, || rule.caller()));
            }
        }
    }
    copies
}

/// Why a rule cannot be asked at the proxies.
fn refused<'m>(
    rule: &'m Rule<'_>,
    policy: &'m Policy<'_, '_>,
    interception: &'m Interception,
    app: &'m App,
    by_caller: bool,
) -> Option<Refusal<'m>> {
    if rule.is_untranslatable(app) {
        let remedy = "write the rule without this field, or with another; ports need a targetPort that the input resolves";
        let why = "cannot be decided at the proxies as it was at the application";
        return Some(refuse(policy, why, remedy, || rule.untranslatable(app)));
    }
    // Of policies of the whole namespace it has been said, and so has what the application no longer sees.
    if policy.selector.is_some() && authorization_path::hidden(policy, rule, interception).is_none() {
        let refusal = authorization_path::elsewhere(policy, rule, interception);
        if refusal.is_some() {
            return refusal;
        }
    }
    if interception.tls == TlsMode::Disable && rule.asks_for_principal() {
        return Some(Box::new(|| without_certificate(rule, policy, interception)));
    }
    if by_caller && rule.asks_for_token() {
        let why = "is known only at the application, and callers only at the proxies: together they cannot be decided";
        return Some(refuse(policy, why, "decide by the caller or by the token, not by both", || rule.token()));
    }
    if by_caller && policy.selector.is_none() && rule.names_ports() && rule.is_mistaken(app) {
        return Some(refuse(policy, "applies to the proxies too, which listen on other ports", SELECT, || rule.ports()));
    }
    None
}

fn without_certificate(rule: &Rule<'_>, policy: &Policy<'_, '_>, interception: &Interception) -> Finding {
    let (field, value) = rule.principal().unwrap_or_default();
    let message = format!("\"{value}\" asks for the caller's certificate, and {} gets none", interception.proxy_name);
    let remedy = format!("set `tls: {{mode: ISTIO_MUTUAL}}` on {}, or decide by something else", interception.source.object());
    Finding::error(Code::CallerWithoutTls, message, remedy).about(policy.item).at(field).seen(value)
}

fn refuse<'m>(policy: &'m Policy<'_, '_>, why: &'m str, remedy: &'m str, seen: impl Fn() -> Option<Seen> + 'm) -> Refusal<'m> {
    Box::new(move || {
        let (field, value) = seen().unwrap_or_default();
        Finding::error(Code::CallerRule, format!("\"{value}\" {why}"), remedy).about(policy.item).at(field).seen(value)
    })
}

/// Adds to the user's rule that it does not mean the proxies.
fn exempt(rule: &Rule<'_>, policy: &Policy<'_, '_>, identity: Identity<'_>, carried: &mut Carried<'_>) {
    let Ok(original) = policy.item.value() else { return };
    let value = carried.exempting(policy.index, original);
    let own = value.get_mut("spec").and_then(|spec| spec.get_mut("rules")?.get_mut(rule.position)?.as_mapping_mut());
    if let Some(own) = own {
        let when = own.entry("when".into()).or_insert_with(|| Value::Sequence(Vec::new()));
        if let Some(when) = when.as_sequence_mut() {
            when.push(identity.exemption());
        }
    }
}

fn written(interception: &Interception, name: &str, action: &str, selected: Mapping, rules: Vec<Value>) -> GeneratedPolicy {
    let different: IndexSet<Value> = rules.into_iter().collect();
    let rules: Vec<Value> = different.into_iter().collect();
    let mut spec = Mapping::new();
    spec.insert("selector".into(), crate::objects::value::entry("matchLabels", selected));
    spec.insert("action".into(), action.into());
    if !rules.is_empty() {
        spec.insert("rules".into(), rules.into());
    }
    companion(interception, "v1", KIND, name, spec)
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Authorization,
        "ALLOW, a rule asks for the caller (`principals`, `namespaces`, `serviceAccounts`, `trustDomains`, \
         `ipBlocks`, `source.*`)",
        "All ALLOW policies of the pods are one set: AuthorizationPolicy `<proxies>` asks it at the proxies, with \
         the ports on which these listen. AuthorizationPolicy `<target>` accepts from the proxies' ServiceAccount \
         the same operations. The user's policies stay for callers that reach the pods otherwise.",
        &[],
    )
    .because(
        "the application sees the proxies as the caller, and the proxies see the callers. ALLOW policies are one \
         set: a request passes if any of them matches",
        "Istio, AuthorizationPolicy",
    )
    .of(&[("security.istio.io", "AuthorizationPolicy")]),
    fact(
        Table::Authorization,
        "ALLOW for the whole namespace",
        "It applies to the proxies already; where other ALLOW policies open the application again, they are \
         copied to the proxies. So are rules with ports, with the ports on which the proxies listen.",
        &[],
    )
    .because("a policy without a selector is for the proxies' pods too", "the same")
    .of(&[("security.istio.io", "AuthorizationPolicy")]),
    fact(
        Table::Authorization,
        "DENY, AUDIT, a rule asks for the caller",
        "The rule is copied to `<proxies>-deny` or `-audit`. A rule that could match the proxies themselves \
         (`notPrincipals: [cluster.local/ns/web/*]`, `ipBlocks` …) gets the condition `source.serviceAccount`, \
         `notValues: [<proxies>]`. One that never does (`notPrincipals: [\"*\"]`, `notNamespaces` with their \
         namespace …) stays as it is, for the whole namespace or mesh too.",
        &[],
    )
    .because("each DENY or AUDIT rule stands alone", "the same")
    .of(&[("security.istio.io", "AuthorizationPolicy")]),
    fact(
        Table::Authorization,
        "AUDIT, a rule does not ask for the caller, and other policies apply to the proxies",
        "warning {}",
        &[Code::AuditMissesRefused],
    )
    .because("what the proxies refuse does not come to the application's sidecar, which audits", "Istio, `RBAC` filters")
    .of(&[("security.istio.io", "AuthorizationPolicy")]),
    fact(Table::Authorization, "rules that do not ask for the caller", "nothing", &[])
        .because("the application's sidecar decides as before", "the same")
        .of(&[("security.istio.io", "AuthorizationPolicy")]),
    fact(
        Table::Authorization,
        "a caller and a token in one set, `remoteIpBlocks`, `remote.ip`, `destination.ip`, `connection.sni`, \
         `x-forwarded-*`, rules for the caller in the root namespace or, with DENY, for more pods than these",
        "error {}",
        &[Code::CallerRule],
    )
    .because("cannot be decided at the proxies as at the application, or not for these pods alone", "–")
    .of(&[("security.istio.io", "AuthorizationPolicy")]),
    fact(Table::Authorization, "callers by certificate with `tls.mode: DISABLE`", "error {}", &[Code::CallerWithoutTls])
        .because("the proxies get no certificate", "–")
        .of(&[("security.istio.io", "AuthorizationPolicy")]),
];
