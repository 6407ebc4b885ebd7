//! What else in a build refers to a front or to the pods behind it, as far as every data plane has it in common: one
//! file for each kind of object, which either keeps its meaning or says why not.
//!
//! Knows the effects of a data plane; never which one it is.

pub(crate) mod admission;
mod admitted;
pub(crate) mod api_server;
pub(crate) mod application;
mod applications;
mod attached;
pub(crate) mod budgets;
pub(crate) mod bypass;
pub(crate) mod callers;
mod check;
pub(crate) mod controllers;
pub(crate) mod endpoints;
pub(crate) mod fronts;
pub(crate) mod gateway_api;
pub(crate) mod generated_policy;
pub(crate) mod limit_range;
pub(crate) mod mentions;
pub(crate) mod monitors;
pub(crate) mod network_client;
mod network_object;
pub(crate) mod network_policy;
mod network_rule;
pub(crate) mod policies;
pub(crate) mod queries;
pub(crate) mod quota;
pub(crate) mod quota_scope;
pub(crate) mod service_fields;
pub(crate) mod sessions;

pub use check::{OfPlanes, check, check_services};
pub use generated_policy::GeneratedPolicy;

use crate::interception::Interception;
use crate::krm::Item;
use crate::mesh::Mesh;
use crate::objects::Index;
use crate::objects::workloads::Workloads;
use application::App;
use policies::Policies;

/// The interceptions of a build and what stands around them.
pub struct Surroundings<'b> {
    /// Every item of the input.
    pub items: &'b [Item<'b>],
    /// The same by identity.
    pub index: &'b Index<'b, 'b>,
    /// What is assumed of the mesh.
    pub mesh: &'b Mesh,
    /// One for each front.
    pub interceptions: &'b [Interception],
    /// Policies about pods.
    pub(crate) policies: Policies<'b, 'b>,
    /// The application behind each interception; none where no policy can be about its pods.
    pub(crate) apps: Vec<App>,
}

impl<'b> Surroundings<'b> {
    /// Finds the policies, and the applications that they may be about.
    #[must_use]
    pub fn of(items: &'b [Item<'b>], index: &'b Index<'b, 'b>, mesh: &'b Mesh, interceptions: &'b [Interception]) -> Self {
        let policies = Policies::of(index, mesh);
        let mut apps = Vec::new();
        if !policies.is_empty() && !interceptions.is_empty() {
            let workloads = Workloads::of(index);
            apps.extend(interceptions.iter().map(|interception| App::find(interception, index, &workloads)));
        }
        Surroundings { items, index, mesh, interceptions, policies, apps }
    }
}
