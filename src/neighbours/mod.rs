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

use crate::interception::{DataPlane, Interception};
use crate::krm::Item;
use crate::mesh::Mesh;
use crate::objects::Index;
use crate::objects::workloads::Workloads;
use application::App;
use policies::Policies;

/// Policies about pods, and the applications that they may be about.
pub struct Found<'b> {
    policies: Policies<'b, 'b>,
    apps: Vec<App>,
}

impl<'b> Found<'b> {
    /// Looks for them.
    #[must_use]
    pub fn of(index: &Index<'b, 'b>, mesh: &'b Mesh, interceptions: &[Interception]) -> Self {
        let policies = Policies::of(index, mesh);
        let mut apps = Vec::new();
        if !policies.is_empty() && !interceptions.is_empty() {
            let workloads = Workloads::of(index);
            apps.extend(interceptions.iter().map(|interception| App::find(interception, index, &workloads)));
        }
        Found { policies, apps }
    }
}

/// The interceptions of a build, or those of one data plane, and what stands around them.
#[derive(Clone, Copy)]
pub struct Surroundings<'b> {
    /// Every item of the input.
    pub items: &'b [Item<'b>],
    /// The same by identity.
    pub index: &'b Index<'b, 'b>,
    /// What is assumed of the mesh.
    pub mesh: &'b Mesh,
    /// One for each front.
    pub interceptions: &'b [Interception],
    /// The position of the first of them among all.
    pub first: usize,
    /// Policies about pods.
    pub(crate) policies: &'b Policies<'b, 'b>,
    /// The application behind each interception; none where no policy can be about its pods.
    pub(crate) apps: &'b [App],
}

impl<'b> Surroundings<'b> {
    /// All of a build.
    #[must_use]
    pub fn of(
        (items, index): (&'b [Item<'b>], &'b Index<'b, 'b>),
        mesh: &'b Mesh,
        interceptions: &'b [Interception],
        found: &'b Found<'b>,
    ) -> Self {
        Surroundings { items, index, mesh, interceptions, first: 0, policies: &found.policies, apps: &found.apps }
    }

    /// The interceptions of each data plane.
    pub fn by_plane(self) -> impl Iterator<Item = (DataPlane, Self)> {
        let mut first = 0;
        self.interceptions.chunk_by(|one, other| one.data_plane == other.data_plane).map(move |part| {
            let range = first..first + part.len();
            first = range.end;
            let apps = self.apps.get(range.clone()).unwrap_or_default();
            (part[0].data_plane, Surroundings { interceptions: part, first: range.start, apps, ..self })
        })
    }
}
