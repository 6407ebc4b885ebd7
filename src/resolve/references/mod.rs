//! What else in the input refers to an intercepted Service or to the pods behind it: one file for
//! each kind of object, which either rewrites it so that it keeps its meaning, or says why not.

mod addresses;
pub mod admission;
mod admitted;
mod api_server;
mod applications;
mod around;
mod attached;
mod authentication;
mod authorization_path;
mod authorization_policy;
mod authorization_rule;
mod authorization_set;
mod budgets;
mod callers;
mod capture;
mod choices;
mod clients;
mod companion;
mod controllers;
mod destination_rule;
mod endpoints;
mod envoy_settings;
mod exported;
mod extension;
pub mod fact;
pub mod facts;
mod front_tls;
mod fronts;
mod gateway_api;
mod gateways;
mod hidden_target;
mod host;
mod identity;
mod inbound_filter;
mod injection;
mod labels;
mod limit_range;
mod limits;
mod locality;
mod mentions;
mod mesh_programs;
mod monitors;
mod namespace_labels;
mod namespaces;
mod network_client;
mod network_object;
mod network_policy;
mod network_rule;
mod objects;
mod other_domain;
mod passthrough;
mod passthrough_elsewhere;
pub(crate) mod places;
mod pods;
mod policies;
mod policy_fields;
mod promql;
mod queries;
mod quota;
mod quota_scope;
mod request_authentication;
pub mod revision;
mod scope;
mod selector;
mod service_fields;
mod sessions;
pub mod sight;
mod tls_elsewhere;
mod value;
mod virtual_service;
mod wildcard_rule;
mod without_auto_mtls;
mod workloads;
mod written_labels;

pub(crate) use callers::CALLERS;
pub(crate) use gateway_api::{BACKENDS, ROUTES};
pub(crate) use places::services;

use super::index::Index;
use super::{Effects, Intercepted, Interception, Ruled, Settings, TlsByRule, UserRules};
use crate::api::TlsMode;
use crate::changes::Changes;
use crate::krm::{Code, Finding, Findings};
use crate::mesh::Mesh;
use companion::Carried;
pub use companion::GeneratedPolicy;
use fact::{Fact, Table, fact};
use host::Hosts;
use identity::Identity;
use policies::Policies;
use std::collections::HashSet;
use workloads::{App, MOST_LISTED};

/// What the user's objects make of one interception.
#[derive(Debug)]
pub struct Adaptation {
    /// The user's DestinationRules for its Services.
    pub rules: UserRules,
    /// What DestinationRules have to say of TLS.
    pub tls: TlsByRule,
}

impl Adaptation {
    /// Whether a rule of its own has clients ask the proxies for mutual TLS.
    #[must_use]
    pub fn has_rule_of_clients(&self, interception: &Interception) -> bool {
        self.tls.to_proxies && self.rules.on_front.is_empty() && interception.intercepts()
    }
}

/// Looks at everything that refers to a front or to the pods of a target: what the user's objects make of each
/// interception and how they change, and for each the policies to generate, in the order of writing.
pub fn resolve(
    interceptions: &[Interception],
    settings: &[Settings],
    mesh: &Mesh,
    index: &Index<'_, '_>,
    changes: &mut Changes,
    findings: &mut Findings,
) -> (Vec<Adaptation>, Vec<Vec<GeneratedPolicy>>) {
    if interceptions.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let policies = Policies::of(index, mesh);
    let apps = find_apps(interceptions, &policies, index);
    let effects: Vec<_> = interceptions.iter().enumerate().map(|(at, one)| effects(one, apps.get(at), &policies)).collect();
    interceptions.iter().for_each(|interception| hidden_target::refuse(interception, index, mesh, findings));
    objects::check(interceptions, &Intercepted::all(interceptions, &effects), mesh, index, findings);
    let fronts = Hosts::new(interceptions, mesh);
    let rules = destination_rule::resolve(interceptions, &fronts, index, findings);
    let ruled = Ruled::all(interceptions, &rules);
    tls_elsewhere::check(&ruled, &fronts, index, findings);
    passthrough_elsewhere::check(interceptions, &fronts, index, findings);
    let tls = without_auto_mtls::resolve(&ruled, &fronts, index, findings);
    other_domain::check(interceptions, &fronts, index, findings);
    locality::check(&ruled, settings, mesh, index, findings);
    choices::check(&ruled, index, findings);
    virtual_service::resolve(&ruled, &fronts, index, changes, findings);
    extension::warn_of_every_gateway(interceptions, &policies, findings);
    let generated = about_pods((&ruled, settings, &tls), apps, &policies, changes, findings);
    (rules.into_iter().zip(tls).map(|(rules, tls)| Adaptation { rules, tls }).collect(), generated)
}

/// What injected gateways mean for others. `app`: the application, where a policy may be about its pods.
fn effects(interception: &Interception, app: Option<&App>, policies: &Policies<'_, '_>) -> Effects {
    let strict = app.is_some_and(|app| authentication::is_strict(interception, app, policies));
    Effects { needs_sidecars: interception.tls == TlsMode::IstioMutual && !strict }
}

/// The application behind each interception; none where no policy can be about its pods.
fn find_apps(interceptions: &[Interception], policies: &Policies<'_, '_>, index: &Index<'_, '_>) -> Vec<App> {
    if policies.is_empty() {
        return Vec::new();
    }
    let workloads = pods::Workloads::of(index);
    interceptions.iter().map(|interception| App::find(interception, index, &workloads)).collect()
}

/// Policies about the application's pods, whose caller is the proxies now. What is to be generated for each
/// interception; nothing where no policy can be about its pods.
fn about_pods(
    (fronts, settings, tls): (&[Ruled<'_>], &[Settings], &[TlsByRule]),
    apps: Vec<App>,
    policies: &Policies<'_, '_>,
    changes: &mut Changes,
    findings: &mut Findings,
) -> Vec<Vec<GeneratedPolicy>> {
    if policies.is_empty() {
        return fronts.iter().map(|_| Vec::new()).collect();
    }
    let of_network = network_policy::NetworkPolicies::of(policies);
    let restrictions = of_network.restrictions();
    let identities: Vec<_> =
        fronts.iter().zip(settings).map(|(front, settings)| Identity::of(front.interception, settings.version)).collect();
    let exemptions: HashSet<_> = identities.iter().flat_map(Identity::exemptions).collect();
    let mut generated = Vec::with_capacity(fronts.len());
    for (position, ((front, tls), app)) in fronts.iter().zip(tls).zip(&apps).enumerate() {
        let interception = front.interception;
        let mut carried = Carried::new(position, identities[position], changes);
        let by_certificate = authorization_policy::resolve(interception, app, &exemptions, &mut carried, policies, findings);
        let callers = (by_certificate, carried.generated.as_slice());
        authentication::resolve((interception, front.rules, *tls), app, callers, policies, findings);
        request_authentication::resolve(interception, app, policies, findings);
        network_policy::resolve(interception, app, policies, (&of_network, &restrictions), &mut carried, findings);
        generated.push(carried.generated);
        if !app.has_room(0) {
            let message = format!("the policies about its pods would name more than {MOST_LISTED} ports of its proxies");
            let finding = Finding::error(Code::AsksForTooMuch, message, "name fewer ports in each rule, or divide the Service");
            findings.push(interception.source.point(finding, "serviceName").seen(interception.front_name.as_str()));
        }
    }
    let pools: Vec<_> = fronts.iter().map(|front| front.interception).zip(apps).collect();
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
