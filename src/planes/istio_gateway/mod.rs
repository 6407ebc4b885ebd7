//! Istio's injected gateways: the proxies are pods that Istio's gateway injection fills in, and Gateway, VirtualService
//! and DestinationRule say what they do.

pub(crate) mod clients;
mod objects;
pub(crate) mod policies;
pub(crate) mod proxy_config;
pub(crate) mod routes;
pub(crate) mod rules;
mod settings;
mod version;

pub use settings::Settings;
pub use version::IstioVersion;

use super::{Room, pool};
use crate::api::{Spec, TlsMode};
use crate::changes::{Changes, Planned};
use crate::interception::{Effects, Interception};
use crate::krm::{Finding, Findings};
use crate::mesh::Mesh;
use crate::neighbours::{GeneratedPolicy, Surroundings};
use policies::authentications::Authentications;
use routes::virtual_service;
use rules::host::Hosts;
use rules::{Ruled, TlsByRule, UserRules};
use rules::{
    choices, destination_rule, hidden_target, locality, other_domain, passthrough_elsewhere, tls_elsewhere, without_auto_mtls,
};
use std::cell::Cell;

/// Request header by which a client's route tells the proxies the subset that it chooses.
pub const SUBSET_HEADER: &str = "x-msvcbench-subset";
/// Annotation of a generated DestinationRule with the names of the user's rules for the front of whose
/// parts about the pods it is made.
pub const DIVIDED_RULES: &str = "msvcbench.io/divided-rules";
/// Refuses fields of the traffic policy that the mesh's version does not know.
pub fn check(specs: &[Spec], mesh: &Mesh, findings: &mut Findings) {
    specs.iter().for_each(|spec| version::refuse_newer(spec, mesh, findings));
}

/// What injected gateways mean for others: with mutual TLS only clients with a sidecar reach them, unless the
/// application takes no others as it is.
#[must_use]
pub fn effects(around: &Surroundings<'_>) -> Vec<Effects> {
    let read = Authentications::of(around.policies);
    let strict = |position: usize, interception: &Interception| {
        let app = around.apps.get(position);
        app.is_some_and(|app| policies::authentication::is_strict(interception, app, &read))
    };
    let mutual = |(position, interception): (usize, &Interception)| Effects {
        needs_sidecars: interception.tls == TlsMode::IstioMutual && !strict(position, interception),
    };
    around.interceptions.iter().enumerate().map(mutual).collect()
}

/// All that is known of the pools of injected gateways of a build.
pub struct IstioGateway<'b> {
    around: Surroundings<'b>,
    fronts: Vec<Adapted>,
}

/// What the mesh and the user's objects make of one interception.
struct Adapted {
    /// What the proxies need beside the interception.
    settings: Settings,
    /// The user's DestinationRules for its Services.
    rules: UserRules,
    /// What DestinationRules have to say of TLS.
    tls: TlsByRule,
    /// Policies to generate beside the user's, in the order of writing. They can be long, and move into the plan.
    policies: Cell<Vec<GeneratedPolicy>>,
}

impl Adapted {
    /// Whether a rule of its own has clients ask the proxies for mutual TLS.
    fn has_rule_of_clients(&self, interception: &Interception) -> bool {
        self.tls.to_proxies && self.rules.on_front.is_empty() && interception.intercepts()
    }
}

impl<'b> IstioGateway<'b> {
    /// Looks at all objects that are Istio's, or that only a mesh gives a meaning: what the user's objects make of each
    /// interception, and how they change.
    pub fn new(around: Surroundings<'b>, changes: &mut Changes, findings: &mut Findings) -> Self {
        let Surroundings { index, mesh, interceptions, .. } = around;
        let settings = Settings::all(interceptions, mesh, index, findings);
        let (rules, tls) = rules_of(&around, &settings, changes, findings);
        let ruled = Ruled::all(interceptions, &rules);
        let generated = policies::resolve((&ruled, &settings, &tls), &around, changes, findings);
        let adapted = settings.into_iter().zip(rules).zip(tls).zip(generated);
        let adapted =
            adapted.map(|(((settings, rules), tls), policies)| Adapted { settings, rules, tls, policies: policies.into() });
        IstioGateway { around, fronts: adapted.collect() }
    }

    fn interceptions(&self) -> impl Iterator<Item = (usize, (&'b Interception, &Adapted))> {
        self.around.interceptions.iter().zip(&self.fronts).enumerate()
    }
}

/// The user's rules for each interception and what they have to say of TLS; routes tell the proxies their subsets.
fn rules_of(
    around: &Surroundings<'_>,
    settings: &[Settings],
    changes: &mut Changes,
    findings: &mut Findings,
) -> (Vec<UserRules>, Vec<TlsByRule>) {
    let Surroundings { index, mesh, interceptions, .. } = *around;
    interceptions.iter().for_each(|interception| hidden_target::refuse(interception, index, mesh, findings));
    let hosts = Hosts::new(interceptions, mesh);
    let rules = destination_rule::resolve(interceptions, &hosts, index, findings);
    let ruled = Ruled::all(interceptions, &rules);
    tls_elsewhere::check(&ruled, &hosts, index, findings);
    passthrough_elsewhere::check(interceptions, &hosts, index, findings);
    let tls = without_auto_mtls::resolve(&ruled, &hosts, index, findings);
    other_domain::check(interceptions, &hosts, index, findings);
    locality::check(&ruled, settings, mesh, index, findings);
    choices::check(&ruled, index, findings);
    virtual_service::resolve(&ruled, &hosts, index, changes, findings);
    (rules, tls)
}

impl Room for IstioGateway<'_> {
    fn plan(&self) -> Vec<Planned<'_>> {
        let mut all = Vec::with_capacity(self.fronts.len() * 9);
        for (position, (interception, adapted)) in self.interceptions() {
            pool::services(self.around.items, position, interception, &mut all);
            let deployment = || objects::deployment(interception, &adapted.settings);
            pool::pods(position, interception, deployment, &mut all);
            objects::plan(&self.around, (position, interception), adapted, &mut all);
        }
        all
    }

    fn rewrite(&self, changes: &mut Changes, findings: &mut Findings) -> Result<(), Finding> {
        for (position, (interception, adapted)) in self.interceptions() {
            pool::rewrite(self.around.items, (position, interception), changes)?;
            objects::rewrite(self.around.items, (position, interception), adapted, changes, findings)?;
        }
        Ok(())
    }
}
