//! Policies about the application's pods, whose caller is the proxies now.

pub(crate) mod authentication;
pub(crate) mod authentications;
pub(crate) mod authorization_copy;
pub(crate) mod authorization_path;
pub(crate) mod authorization_policy;
pub(crate) mod authorization_rule;
pub(crate) mod authorization_set;
pub(crate) mod authorization_value;
pub(crate) mod envoy_settings;
pub(crate) mod extension;
pub(crate) mod identity;
pub(crate) mod inbound_filter;
pub(crate) mod request_authentication;

use super::rules::{Ruled, TlsByRule};
use super::settings::Settings;
use crate::changes::Changes;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::krm::{Finding, Findings};
use crate::neighbours::application::MOST_LISTED;
use crate::neighbours::generated_policy::Carried;
use crate::neighbours::network_policy::{self, NetworkPolicies};
use crate::neighbours::{GeneratedPolicy, Surroundings};
use authentications::Authentications;
use authorization_rule::Reading;
use authorization_set::AuthorizationPolicies;
use identity::Identity;
use std::collections::HashSet;

/// Carries the policies over: what is to be generated for each interception, in the order of writing; nothing where
/// no policy can be about its pods.
pub fn resolve(
    (fronts, settings, tls): (&[Ruled<'_>], &[Settings], &[TlsByRule]),
    around: &Surroundings<'_>,
    changes: &mut Changes,
    findings: &mut Findings,
) -> Vec<Vec<GeneratedPolicy>> {
    let Surroundings { policies, apps, interceptions, .. } = *around;
    if policies.is_empty() {
        return fronts.iter().map(|_| Vec::new()).collect();
    }
    extension::warn_of_every_gateway(interceptions, policies, findings);
    let of_network = NetworkPolicies::of(policies);
    let identities: Vec<_> =
        fronts.iter().zip(settings).map(|(front, settings)| Identity::of(front.interception, settings.version)).collect();
    let exemptions: HashSet<_> = identities.iter().flat_map(Identity::exemptions).collect();
    let reading = Reading { exemptions: &exemptions, mesh: policies.mesh };
    let of_callers = AuthorizationPolicies::of(policies, reading);
    let authentications = Authentications::of(policies);
    let mut generated = Vec::with_capacity(fronts.len());
    for (position, ((front, tls), app)) in fronts.iter().zip(tls).zip(apps).enumerate() {
        let interception = front.interception;
        let mut carried = Carried::new(position, changes);
        let proxies = (interception, identities[position]);
        let by_certificate =
            authorization_policy::resolve(proxies, app, &of_callers, &mut carried, (policies, &authentications), findings);
        let callers = (by_certificate, carried.generated.as_slice());
        authentication::resolve((interception, front.rules, *tls), app, callers, &authentications, findings);
        request_authentication::resolve(interception, app, &authentications, findings);
        network_policy::resolve(interception, app, policies, &of_network, &mut carried, findings);
        generated.push(carried.generated);
        if !app.has_room(0) {
            let message = format!("the policies about its pods would name more than {MOST_LISTED} ports of its proxies");
            let finding = Finding::error(Code::AsksForTooMuch, message, "name fewer ports in each rule, or divide the Service");
            findings.push(interception.source.point(finding, "serviceName").seen(interception.front_name.as_str()));
        }
    }
    of_callers.end(findings);
    authentications.end(findings);
    let pools: Vec<_> = interceptions.iter().zip(apps).collect();
    extension::resolve(&pools, policies, findings);
    inbound_filter::warn(&pools, policies, findings);
    generated
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Others,
    "AuthorizationPolicy, NetworkPolicy, of which the copies would name more than 50,000 ports of the proxies",
    "error {}",
    &[Code::AsksForTooMuch],
)
.because("each copy of a rule for all ports is as long as the Service has ports", "–")
.of(&[("security.istio.io", "AuthorizationPolicy"), ("networking.k8s.io", "NetworkPolicy")])];
