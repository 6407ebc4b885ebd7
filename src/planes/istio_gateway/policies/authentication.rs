//! PeerAuthentication: what it takes away between clients, proxies and application.
//!
//! STRICT and PERMISSIVE need nothing: the proxies' Gateway asks for mutual TLS by itself, and from
//! the proxies to the application Istio's automatic mutual TLS goes by each endpoint.

use super::authentications::{Authentications, Policy, policies};
use crate::api::TlsMode;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::krm::{Finding, Findings};
use crate::neighbours::application::{App, AppPort, Selects};
use crate::neighbours::generated_policy::GeneratedPolicy;
use crate::objects::value::at;
use crate::planes::istio_gateway::rules::{TlsByRule, UserRules, without_auto_mtls};

/// Those that select pods, and the one for all pods: the namespace's own goes before the mesh's.
fn peers<'s, 'i>(
    interception: &Interception,
    app: &App,
    read: &'s Authentications<'i>,
) -> (Vec<&'s Policy<'i, 'i>>, Option<&'s Policy<'i, 'i>>) {
    let mut policies = policies("PeerAuthentication", interception, app, read);
    let of = |root: bool| {
        let mut wide = policies.iter().filter(|policy| policy.selector.is_none() && policy.mode.is_some());
        wide.find(|policy| policy.is_root(interception) == root).copied()
    };
    let wide = of(false).or_else(|| of(true));
    // One of the root namespace with a selector is for no pods of another (`ComposePeerAuthentication`).
    policies.retain(|policy| policy.selector.is_some() && !policy.is_root(interception));
    (policies, wide)
}

/// Whether the pods take nothing but mutual TLS on any port, so that no client without a sidecar reaches them.
pub fn is_strict(interception: &Interception, app: &App, read: &Authentications<'_>) -> bool {
    let (policies, wide) = peers(interception, app, read);
    let of_all = wide.and_then(|policy| policy.mode);
    let selects = |policy: &Policy<'_, '_>| policy.selector.as_ref().map_or(Selects::None, |selector| app.selected_by(selector));
    let own: Vec<_> = policies.iter().map(|policy| (*policy, selects(policy))).filter(|own| own.1 != Selects::None).collect();
    let leaves_none = own.iter().any(|own| own.1 == Selects::All);
    app.ports.iter().all(|port| {
        let strict =
            |policy: &Policy<'_, '_>| port_mode(policy, port).map(|own| own.1).or(policy.mode).or(of_all) == Some("STRICT");
        (leaves_none || of_all == Some("STRICT")) && own.iter().all(|own| strict(own.0))
    })
}

/// Refuses modes with which the proxies and the application would accept different callers. The
/// AuthorizationPolicies must have been resolved before.
///
/// `by_certificate`: whether one of these asks for the caller's certificate.
pub fn resolve(
    (interception, rules, tls): (&Interception, &UserRules, TlsByRule),
    app: &App,
    (by_certificate, generated): (bool, &[GeneratedPolicy]),
    read: &Authentications<'_>,
    findings: &mut Findings,
) {
    let (policies, effective) = peers(interception, app, read);
    if interception.tls == TlsMode::Disable {
        refuse_mode(app, "STRICT", &policies, effective, |selects| lets_in(interception, app, selects), findings);
        if rules.mutual {
            refuse_mode(app, "DISABLE", &policies, effective, |selects| keeps_proxies_out(interception, app, selects), findings);
        }
    } else if tls.refused_by_strict() {
        refuse_mode(app, "STRICT", &policies, effective, |selects| keeps_out((interception, tls), app, selects), findings);
    }
    let wide = effective.filter(|policy| policy.mode == Some("DISABLE"));
    let proxies = &interception.proxy_name;
    if let (Some(policy), TlsMode::IstioMutual) = (wide, interception.tls) {
        // Istio, `BestEffortInferServiceMTLSMode`: then clients speak plaintext to every Service here.
        let message = format!("\"DISABLE\" makes clients speak plaintext, and {proxies} asks them for mutual TLS");
        let remedy = format!("remove the mode, or set `tls: {{mode: DISABLE}}` on {}", interception.source.object());
        findings
            .push(Finding::error(Code::MutualTlsOff, message, remedy).about(policy.item).at("spec.mtls.mode").seen("DISABLE"));
    }
    let by_identity = generated.iter().find(|policy| {
        let accepts = policy.name == interception.target_name;
        policy.kind.kind == "AuthorizationPolicy" && (accepts || policy.object["spec"]["action"] != "ALLOW")
    });
    without_auto_mtls::refuse_callers(interception, tls, by_identity.is_some() || by_certificate, findings);
    if by_identity.is_none() && !by_certificate {
        return;
    }
    let selected = policies.iter().copied().filter(|policy| {
        policy.selector.as_ref().is_some_and(|selector| !matches!(app.selected_by(selector), Selects::None | Selects::Unknown))
    });
    for policy in selected.chain(wide) {
        let off = if policy.mode == Some("DISABLE") { Some("spec.mtls.mode".to_string()) } else { port_without(policy, app) };
        if let Some(field) = off {
            let message = if by_identity.is_some() {
                format!("\"DISABLE\" takes away the certificate by which the application knows {proxies}")
            } else {
                format!(
                    "\"DISABLE\" keeps the application from knowing callers, and {proxies} know them: policies of both decide otherwise"
                )
            };
            let remedy = "remove the mode: the AuthorizationPolicies of the application go by the caller";
            findings.push(Finding::error(Code::MutualTlsOff, message, remedy).about(policy.item).at(field).seen("DISABLE"));
        }
    }
}

fn port_without(policy: &Policy<'_, '_>, app: &App) -> Option<String> {
    app.ports.iter().find_map(|port| port_mode(policy, port).filter(|(_, mode)| *mode == "DISABLE")).map(|(field, _)| field)
}

/// The mode that a policy has for a port of the pods alone, and its field; for a port that the input does not
/// resolve, any.
fn port_mode<'i>(policy: &Policy<'i, '_>, own: &AppPort) -> Option<(String, &'i str)> {
    let ports = at(policy.value, &["spec", "portLevelMtls"])?.as_mapping()?;
    ports.iter().find_map(|(port, settings)| {
        let number = port.as_u64().or_else(|| port.as_str()?.parse().ok())?;
        let mode = settings.get("mode")?.as_str().filter(|mode| *mode != "UNSET")?;
        let is_ours = own.number.is_none_or(|own| u64::from(own) == number);
        is_ours.then(|| (format!("spec.portLevelMtls[{number}].mode"), mode))
    })
}

/// Finds what says a mode of the application's pods: a workload's policy goes before that of the namespace, and this
/// before the mesh's.
fn refuse_mode(
    app: &App,
    unwanted: &str,
    policies: &[&Policy<'_, '_>],
    wide: Option<&Policy<'_, '_>>,
    refuse: impl Fn(Selects) -> Finding,
    findings: &mut Findings,
) {
    let mut falls_back = true;
    for policy in policies {
        let selects = policy.selector.as_ref().map_or(Selects::None, |selector| app.selected_by(selector));
        if selects == Selects::None {
            continue;
        }
        let modes: Vec<_> = app.ports.iter().map(|port| port_mode(policy, port).or_else(|| own_mode(policy))).collect();
        // Without a mode of its own it leaves a port to the namespace.
        falls_back &= selects != Selects::All || modes.contains(&None);
        if let Some((field, _)) = modes.into_iter().flatten().find(|(_, mode)| *mode == unwanted) {
            findings.push(refuse(selects).about(policy.item).at(field).seen(unwanted));
        }
    }
    if let Some((policy, (field, mode))) = wide.and_then(|policy| Some((policy, own_mode(policy)?)))
        && falls_back
        && mode == unwanted
    {
        findings.push(refuse(Selects::All).about(policy.item).at(field).seen(unwanted));
    }
}

fn own_mode<'i>(policy: &Policy<'i, '_>) -> Option<(String, &'i str)> {
    policy.mode.map(|mode| ("spec.mtls.mode".to_string(), mode))
}

/// With `tls.mode: DISABLE` the proxies accept plaintext, and reach the application by mutual TLS: clients that STRICT
/// refuses would be accepted.
fn lets_in(interception: &Interception, app: &App, selects: Selects) -> Finding {
    let what = format!(
        "\"STRICT\" keeps callers without a certificate out, and over plaintext {} would let them in",
        interception.proxy_name
    );
    if selects == Selects::Unknown {
        let (untold, remedy) = app.untold();
        let message = format!("{what}, perhaps to pods behind {}: {untold}", interception.front_name);
        return Finding::warning(Code::MaySelectPods, message, remedy);
    }
    let object = interception.source.object();
    let remedy = format!("set `tls: {{mode: ISTIO_MUTUAL}}` on {object}, or PERMISSIVE here if these callers may come in");
    Finding::error(Code::PlaintextBeforeStrict, what, remedy)
}

/// A rule for the front asks for mutual TLS, and its proxies follow it: clients without a sidecar reached pods that
/// take none.
fn keeps_proxies_out(interception: &Interception, app: &App, selects: Selects) -> Finding {
    let (front, proxies) = (&interception.front_name, &interception.proxy_name);
    let what = format!(
        "\"DISABLE\" takes no mutual TLS, and by the DestinationRule for \"{front}\" its proxies \"{proxies}\" would speak nothing else"
    );
    if selects == Selects::Unknown {
        let (untold, remedy) = app.untold();
        return Finding::warning(Code::MaySelectPods, format!("{what}, if it selects the pods behind it: {untold}"), remedy);
    }
    Finding::error(Code::MutualTlsOff, what, "remove the mode here, or `tls` from the DestinationRule")
}

/// Without automatic mutual TLS, and without a rule that asks for it, nobody with a sidecar reaches the application.
fn keeps_out((interception, tls): (&Interception, TlsByRule), app: &App, selects: Selects) -> Finding {
    let front = &interception.front_name;
    let what = if tls.to_pods {
        format!(
            "\"STRICT\" keeps out clients without a rule of their own, and the rule for \"{front}\" would let them in: the mesh has no automatic mutual TLS"
        )
    } else {
        format!(
            "\"STRICT\" keeps plaintext out, and neither clients of \"{front}\" nor its proxies would use anything else: the mesh has no automatic mutual TLS"
        )
    };
    let remedy = format!("write a DestinationRule for \"{front}\" with `tls: {{mode: ISTIO_MUTUAL}}`, or PERMISSIVE here");
    if selects == Selects::Unknown {
        let (untold, remedy) = app.untold();
        return Finding::warning(Code::MaySelectPods, format!("{what}, if it selects the pods behind it: {untold}"), remedy);
    }
    Finding::error(Code::MutualTlsNotAsked, what, remedy)
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(Table::Others, "PeerAuthentication STRICT, PERMISSIVE", "nothing", &[])
        .because(
            "The proxies' Gateway asks for mutual TLS by itself; proxies → application goes by each endpoint",
            "istiod, auto-mTLS",
        )
        .of(&[("security.istio.io", "PeerAuthentication")]),
    fact(
        Table::Others,
        "PeerAuthentication STRICT for all pods and ports, by itself or from the namespace or mesh",
        "nothing of clients without a sidecar",
        &[],
    )
    .because("they did not reach the pods either", "–")
    .of(&[("security.istio.io", "PeerAuthentication")]),
    fact(
        Table::Others,
        "PeerAuthentication STRICT for the pods or one of their ports, by itself or from the namespace or mesh, \
         with `tls.mode: DISABLE`",
        "error {}; warning {} where the input does not tell whether it selects the pods",
        &[Code::PlaintextBeforeStrict, Code::MaySelectPods],
    )
    .because("the proxies would let in whom the application refuses", "–")
    .of(&[("security.istio.io", "PeerAuthentication")]),
    fact(
        Table::Others,
        "PeerAuthentication DISABLE for the pods, with `tls.mode: DISABLE` and a DestinationRule that asks for \
         ISTIO_MUTUAL",
        "error {}; warning {} where the input does not tell whether it selects the pods",
        &[Code::MutualTlsOff, Code::MaySelectPods],
    )
    .because("the proxies would follow the rule, and the pods refuse them", "–")
    .of(&[("security.istio.io", "PeerAuthentication")]),
    fact(Table::Others, "PeerAuthentication DISABLE of the namespace or mesh", "error {}", &[Code::MutualTlsOff])
        .because("istiod makes clients speak plaintext then", "istiod `BestEffortInferServiceMTLSMode`")
        .of(&[("security.istio.io", "PeerAuthentication")]),
    fact(Table::Others, "PeerAuthentication DISABLE on the pods, callers asked for", "error {}", &[Code::MutualTlsOff])
        .because(
            "the application would not know the proxies; and a policy of the whole namespace, by which it knew no \
         caller, would know them at the proxies",
            "–",
        )
        .of(&[("security.istio.io", "PeerAuthentication")]),
];
