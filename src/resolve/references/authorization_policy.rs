//! AuthorizationPolicies of the application: the caller that its pods see is the proxies now.
//!
//! ALLOW policies are one set: a request passes if any of them matches. Where one of them asks for
//! the caller, the whole set is asked at the proxies, which see the callers, and the application
//! accepts from the proxies what they have let through. DENY and AUDIT rules stand alone: one that
//! asks for the caller is asked at the proxies too, and no longer of the proxies. The user's rules
//! stay for callers that reach the pods past the proxies.

use super::authorization_rule::{Rule, Seen, exemption};
use super::companion::{at, companion, mapping, sequence};
use super::selector::Selector;
use super::workloads::{App, Selects};
use crate::api::TlsMode;
use crate::krm::{Code, Finding, Findings, Item};
use crate::resolve::index::{Index, namespace_key};
use crate::resolve::names::derived;
use crate::resolve::{Interception, MANAGER};
use indexmap::IndexMap;
use serde_yaml::{Mapping, Value};

/// Istio's default root namespace: policies in it apply to every namespace.
pub const ROOT_NAMESPACE: &str = "istio-system";
/// `source.serviceAccounts` came with Istio 1.26.
const API_VERSION: &str = "security.istio.io/v1";
const SELECT: &str = "give the policy the whole selector of the target Service";

/// A policy that decides about requests to the application's pods.
struct Policy<'i, 'a> {
    index: usize,
    item: &'i Item<'a>,
    action: &'i str,
    /// `None`: it applies to the whole namespace, and so to the proxies too.
    selector: Option<Selector>,
    root: bool,
    rules: Vec<Rule<'i>>,
}

/// Carries the AuthorizationPolicies of the application over to the proxies.
pub fn resolve(
    interception: &mut Interception,
    app: &App,
    proxies: &[String],
    rewritten: &mut IndexMap<usize, Value>,
    index: &Index<'_, '_>,
    findings: &mut Findings,
) {
    let policies = policies(interception, app, proxies, index, findings);
    let of = |action: &str| -> Vec<&Policy<'_, '_>> { policies.iter().filter(|policy| policy.action == action).collect() };
    let mut companions = allow(interception, app, &of("ALLOW"), findings);
    for (action, suffix) in [("DENY", "-deny"), ("AUDIT", "-audit")] {
        let mut rules = Vec::new();
        for policy in of(action) {
            rules.extend(alone(interception, app, policy, rewritten, findings));
        }
        if !rules.is_empty() {
            let name = derived(&interception.proxy_name, suffix);
            companions.push(written(interception, &name, action, mapping(&interception.selector()), rules));
        }
    }
    interception.companions.extend(companions);
}

/// The policies that select the application's pods and are enforced.
fn policies<'i, 'a>(
    interception: &Interception,
    app: &App,
    proxies: &'i [String],
    index: &Index<'i, 'a>,
    findings: &mut Findings,
) -> Vec<Policy<'i, 'a>> {
    let mut policies = Vec::new();
    for (position, item) in index.items().filter(|(_, item)| item.id().is("security.istio.io", "AuthorizationPolicy")) {
        let namespace = namespace_key(item.id().namespace.as_deref());
        let own = namespace == namespace_key(interception.namespace.as_deref());
        let value = match item.value() {
            Ok(value) if own || namespace == ROOT_NAMESPACE => value,
            _ => continue,
        };
        // With a targetRef it is a waypoint's or a gateway's.
        if item.text_at(&["metadata", "labels", "app.kubernetes.io/managed-by"]) == Some(MANAGER)
            || at(value, &["spec", "targetRef"]).is_some()
            || at(value, &["spec", "targetRefs"]).is_some()
        {
            continue;
        }
        let selector = Some(Selector::read(at(value, &["spec", "selector"]))).filter(|selector| !selector.is_empty());
        let rules = sequence(value, &["spec", "rules"]).iter().enumerate();
        let policy = Policy {
            index: position,
            item,
            action: item.text_at(&["spec", "action"]).unwrap_or("ALLOW"),
            root: !own,
            rules: rules.map(|(position, value)| Rule { value, position, proxies }).collect(),
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
            let message = format!(
                "\"{}\" decides by the caller, perhaps for pods behind {}, which would see its proxies: the input has no workload to tell",
                caller.1, interception.front_name
            );
            let remedy = "add the workload to the same build, or use the labels of the Service's selector";
            (Finding::warning(Code::MaySelectPods, message, remedy), caller)
        }
        _ => return false,
    };
    findings.push(finding.about(policy.item).at(field).seen(value));
    false
}

/// Dry runs and external authorizers decide nothing here, but they are told of a caller.
fn enforced(policy: &Policy<'_, '_>, interception: &Interception, findings: &mut Findings) -> bool {
    let caller = policy.rules.iter().find_map(Rule::caller);
    let proxies = &interception.proxy_name;
    let finding = if policy.item.text_at(&["metadata", "annotations", "istio.io/dry-run"]) == Some("true") {
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
    false
}

/// The set of ALLOW policies, at the proxies and for the proxies.
fn allow(interception: &Interception, app: &App, set: &[&Policy<'_, '_>], findings: &mut Findings) -> Vec<Value> {
    let by_caller = set.iter().any(|policy| policy.rules.iter().any(|rule| rule.caller().is_some()));
    let plain = |rule: &Rule<'_>| rule.ports().is_none() && rule.token().is_none();
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
            refused.into_iter().for_each(|finding| findings.push(finding));
        }
        if policy.root && (policy.selector.is_some() || !policy.rules.iter().all(plain)) {
            let message = format!("the root namespace's policy would have to be copied for {}", interception.proxy_name);
            let finding = Finding::error(Code::CallerRule, message, "write it in the namespace of the application");
            findings.push(finding.about(policy.item).at("spec"));
            sound = false;
        }
    }
    if !sound {
        return Vec::new();
    }
    let copied: Vec<_> = set.iter().filter(|policy| !whole(policy)).collect();
    let rules = copied.iter().flat_map(|policy| &policy.rules);
    let rules: Vec<Value> = rules.filter_map(|rule| rule.at_proxies(app, false)).collect();
    let mut companions = Vec::new();
    if !copied.is_empty() {
        companions.push(written(interception, &interception.proxy_name, "ALLOW", mapping(&interception.selector()), rules));
    }
    let accepted = set.iter().flat_map(|policy| &policy.rules).filter(|rule| rule.caller().is_some());
    let accepted: Vec<Value> = accepted.map(|rule| rule.from_proxies(interception)).collect();
    if !accepted.is_empty() {
        companions.push(written(interception, &interception.target_name, "ALLOW", mapping(&app.selector), accepted));
    }
    companions
}

/// A rule of DENY or AUDIT: as it reads at the proxies, and the user's own without the proxies.
fn alone(
    interception: &Interception,
    app: &App,
    policy: &Policy<'_, '_>,
    rewritten: &mut IndexMap<usize, Value>,
    findings: &mut Findings,
) -> Vec<Value> {
    let mut copies = Vec::new();
    for rule in &policy.rules {
        let Some(caller) = rule.caller() else {
            // The application's sidecar sees all that this rule asks for, but where the policy
            // applies to the proxies too, these do not.
            let other = rule.token().or_else(|| rule.ports().filter(|_| !harmless(rule, app)));
            if let (None, Some(seen)) = (&policy.selector, other) {
                findings.push(refuse(policy, "applies to the proxies too, where it has another meaning", SELECT, seen));
            }
            continue;
        };
        if let Some(finding) = refused(rule, policy, interception, app, true) {
            findings.push(finding);
            continue;
        }
        if policy.selector.is_some() || rule.ports().is_some() {
            copies.extend(rule.at_proxies(app, true));
        }
        if policy.root && (policy.selector.is_some() || rule.ports().is_some()) {
            findings.push(refuse(
                policy,
                "stands in the root namespace and would have to be copied",
                "write it in the namespace of the application",
                caller,
            ));
        } else if rule.may_match_proxies(interception) {
            if policy.selector.as_ref().is_some_and(|selector| !policy.root && selector.implies(&app.selector)) {
                exempt(rule, policy, interception, rewritten);
            } else {
                let message =
                    "would hit the proxies themselves, and the policy also selects pods for which they must not be exempt";
                findings.push(refuse(policy, message, SELECT, caller));
            }
        }
    }
    copies
}

/// Whether ports in a rule for the whole namespace can do nothing at the proxies: it names some,
/// and the proxies listen on none of them for another port.
fn harmless(rule: &Rule<'_>, app: &App) -> bool {
    let negative = sequence(rule.value, &["to"]).iter().any(|to| !sequence(to, &["operation", "notPorts"]).is_empty())
        || sequence(rule.value, &["when"]).iter().any(|condition| !sequence(condition, &["notValues"]).is_empty());
    rule.ports_stay(app) || (!negative && rule.listens_on_none(app))
}

/// Why a rule cannot be asked at the proxies.
fn refused(rule: &Rule<'_>, policy: &Policy<'_, '_>, interception: &Interception, app: &App, by_caller: bool) -> Option<Finding> {
    let rewrites = interception.ports.iter().any(|port| port.rewrite.is_some());
    if let Some(seen) = rule.untranslatable(app, rewrites) {
        let remedy = "write the rule without this field, or with another; ports need a targetPort that the input resolves";
        return Some(refuse(policy, "cannot be decided at the proxies as it was at the application", remedy, seen));
    }
    if let (TlsMode::Disable, Some((field, value))) = (interception.tls, rule.principal()) {
        let message = format!("\"{value}\" asks for the caller's certificate, and {} gets none", interception.proxy_name);
        let remedy =
            format!("set `tls: {{mode: ISTIO_MUTUAL}}` on {}, or decide by something else", interception.source.object());
        return Some(Finding::error(Code::CallerWithoutTls, message, remedy).about(policy.item).at(field).seen(value));
    }
    if let (true, Some(seen)) = (by_caller, rule.token()) {
        let message = "is known only at the application, and callers only at the proxies: together they cannot be decided";
        return Some(refuse(policy, message, "decide by the caller or by the token, not by both", seen));
    }
    if let (true, None, Some(seen)) = (by_caller, &policy.selector, rule.ports().filter(|_| !rule.ports_stay(app))) {
        return Some(refuse(policy, "applies to the proxies too, which listen on other ports", SELECT, seen));
    }
    None
}

fn refuse(policy: &Policy<'_, '_>, why: &str, remedy: &str, (field, value): Seen) -> Finding {
    Finding::error(Code::CallerRule, format!("\"{value}\" {why}"), remedy).about(policy.item).at(field).seen(value)
}

/// Adds to the user's rule that it does not mean the proxies.
fn exempt(rule: &Rule<'_>, policy: &Policy<'_, '_>, interception: &Interception, rewritten: &mut IndexMap<usize, Value>) {
    let Ok(original) = policy.item.value() else { return };
    let value = rewritten.entry(policy.index).or_insert_with(|| original.clone());
    let own = value.get_mut("spec").and_then(|spec| spec.get_mut("rules")?.get_mut(rule.position)?.as_mapping_mut());
    if let Some(own) = own {
        let when = own.entry("when".into()).or_insert_with(|| Value::Sequence(Vec::new()));
        if let Some(when) = when.as_sequence_mut() {
            when.push(exemption(&interception.proxy_name));
        }
    }
}

fn written(interception: &Interception, name: &str, action: &str, selected: Mapping, mut rules: Vec<Value>) -> Value {
    let mut seen: Vec<Value> = Vec::new();
    rules.retain(|rule| {
        !seen.contains(rule) && {
            seen.push(rule.clone());
            true
        }
    });
    let mut spec = Mapping::new();
    spec.insert("selector".into(), super::companion::entry("matchLabels", selected));
    spec.insert("action".into(), action.into());
    if !rules.is_empty() {
        spec.insert("rules".into(), rules.into());
    }
    companion(interception, API_VERSION, "AuthorizationPolicy", name, spec)
}
