//! What else in the input refers to an intercepted Service or to the pods behind it: one file for
//! each kind of object, which either rewrites it so that it keeps its meaning, or says why not.

mod addresses;
mod admission;
mod admitted;
mod api_server;
mod applications;
mod around;
mod attached;
mod authentication;
mod authorization_copy;
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
mod policies;
mod policy_fields;
mod promql;
mod queries;
mod quota;
mod quota_scope;
mod request_authentication;
mod revision;
mod scope;
mod selector;
mod service_fields;
mod sessions;
pub mod sight;
mod tls_elsewhere;
mod virtual_service;
mod wildcard_rule;
mod without_auto_mtls;
mod workloads;
mod written_labels;

pub(crate) use callers::CALLERS;
pub(crate) use gateway_api::{BACKENDS, ROUTES};
pub(crate) use places::services;

use super::index::Index;
use super::names::{Kind, derived, is_generated};
use super::{Interception, Resolution};

use crate::krm::{Code, Finding, Findings};
use crate::mesh::Mesh;
use fact::{Fact, Table, fact};
use host::Hosts;
use policies::Policies;
use std::collections::HashSet;
use workloads::{App, MOST_LISTED};

/// Looks at everything that refers to a front or to the pods of a target.
pub fn resolve(resolution: &mut Resolution, mesh: &Mesh, index: &Index<'_, '_>, findings: &mut Findings) {
    if resolution.interceptions.is_empty() {
        return;
    }
    let policies = Policies::of(index, mesh);
    let apps = find_apps(&resolution.interceptions, &policies, index);
    for (interception, app) in resolution.interceptions.iter_mut().zip(&apps) {
        interception.strict_before = authentication::is_strict(interception, app, &policies);
    }
    objects::check(&resolution.interceptions, mesh, index, findings);
    revision::take_over(&mut resolution.interceptions, index, findings);
    let fronts = Hosts::new(&resolution.interceptions, mesh);
    destination_rule::resolve(resolution, &fronts, index, findings);
    tls_elsewhere::check(&resolution.interceptions, &fronts, index, findings);
    passthrough_elsewhere::check(&resolution.interceptions, &fronts, index, findings);
    without_auto_mtls::resolve(resolution, &fronts, index, findings);
    other_domain::check(&resolution.interceptions, &fronts, index, findings);
    locality::check(&resolution.interceptions, mesh, index, findings);
    choices::check(&resolution.interceptions, index, findings);
    virtual_service::resolve(resolution, &fronts, index, findings);
    remove_stale(resolution, index);
    about_pods(resolution, apps, &policies, findings);
    // After all that adds to what is generated: a quota counts it.
    admission::check(&resolution.interceptions, index, findings);
}

/// What an earlier run generated leaves where a rule of the user's has taken its place: two for one host
/// would be merged in an order of istiod's. So does the proxies' own Service where the front has taken its
/// place, and what earlier versions generated when they moved routes.
fn remove_stale(resolution: &mut Resolution, index: &Index<'_, '_>) {
    for interception in &resolution.interceptions {
        let generated = interception.generated();
        for (kind, name) in [
            (Kind::Service, interception.proxy_name.clone()),
            (Kind::VirtualService, derived(&interception.proxy_name, "-routes")),
            (Kind::VirtualService, derived(&interception.proxy_name, "-clients")),
            (Kind::DestinationRule, interception.target_name.clone()),
            (Kind::DestinationRule, interception.proxy_name.clone()),
        ] {
            if generated.iter().any(|generated| generated.kind == kind && generated.name == name) {
                continue;
            }
            let (group, kind) = kind.group_kind();
            let found = index.find(group, kind, interception.namespace.as_deref(), &name);
            resolution.removed.extend(found.iter().filter(|found| is_generated(index.item(**found))));
        }
    }
}

/// The application behind each interception; none where no policy can be about its pods.
fn find_apps(interceptions: &[Interception], policies: &Policies<'_, '_>, index: &Index<'_, '_>) -> Vec<App> {
    if policies.is_empty() {
        return Vec::new();
    }
    let workloads = workloads::Workloads::of(index);
    interceptions.iter().map(|interception| App::find(interception, index, &workloads)).collect()
}

/// Policies about the application's pods, whose caller is the proxies now.
fn about_pods(resolution: &mut Resolution, apps: Vec<App>, policies: &Policies<'_, '_>, findings: &mut Findings) {
    if policies.is_empty() {
        return;
    }
    extension::warn_of_every_gateway(&resolution.interceptions, policies, findings);
    let of_network = network_policy::NetworkPolicies::of(policies);
    let Resolution { interceptions, rewritten, .. } = resolution;
    let exemptions: HashSet<_> =
        interceptions.iter().flat_map(|interception| identity::Identity::of(interception).exemptions()).collect();
    let reading = authorization_rule::Reading { exemptions: &exemptions, mesh: policies.mesh };
    let of_callers = authorization_set::AuthorizationPolicies::of(policies, reading);
    for (interception, app) in interceptions.iter_mut().zip(&apps) {
        let by_certificate = authorization_policy::resolve(interception, app, &of_callers, rewritten, policies, findings);
        authentication::resolve(interception, app, by_certificate, policies, findings);
        request_authentication::resolve(interception, app, policies, findings);
        network_policy::resolve(interception, app, policies, &of_network, rewritten, findings);
        if !app.has_room(0) {
            let message = format!("the policies about its pods would name more than {MOST_LISTED} ports of its proxies");
            let finding = Finding::error(Code::AsksForTooMuch, message, "name fewer ports in each rule, or divide the Service");
            findings.push(interception.source.point(finding, "serviceName").seen(interception.front_name.as_str()));
        }
    }
    of_callers.end(findings);
    policies.authentications().end(findings);
    let pools: Vec<_> = interceptions.iter().zip(apps).collect();
    extension::resolve(&pools, policies, findings);
    inbound_filter::warn(&pools, policies, findings);
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
