//! Data planes: what carries the traffic of an interception. Each is a room of its own below this folder, with the
//! objects that it makes and the objects of the user's that it moves; what pools of pods share is in [`pool`].
//!
//! No room knows another one. A new one is a folder, and a line in each function here.

pub mod istio_gateway;
pub mod pool;

use crate::api::Spec;
use crate::changes::{Changes, Planned};
use crate::interception::Effects;
use crate::krm::{Finding, Findings, Item};
use crate::mesh::Mesh;
use crate::neighbours::Surroundings;
use crate::neighbours::fronts::Fronts;
use istio_gateway::IstioGateway;

/// A data plane with all that it knows of a build.
pub trait DataPlane {
    /// The objects to generate, in the order of writing.
    fn plan(&self) -> Vec<Planned<'_>>;

    /// Rewrites the objects of the user's that are part of an interception. Where the user's rule counts and not the
    /// interception's setting, `findings` says so.
    ///
    /// # Errors
    /// An item cannot be parsed.
    fn rewrite(&self, changes: &mut Changes, findings: &mut Findings) -> Result<(), Finding>;
}

/// Refuses what a plane's version does not know, in the words of the spec.
pub fn check(specs: &[Spec], mesh: &Mesh, findings: &mut Findings) {
    istio_gateway::check(specs, mesh, findings);
}

/// What proxies before the application's pods mean for the objects around, for each interception.
#[must_use]
pub fn effects(around: &Surroundings<'_>) -> Vec<Effects> {
    istio_gateway::effects(around)
}

/// Looks at clients that do not reach the proxies of their plane.
pub fn check_clients(around: &Surroundings<'_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    istio_gateway::clients::check(around, fronts, findings);
}

/// Whether an object may name a front in a way that only a plane reads.
#[must_use]
pub fn may_name(item: &Item<'_>) -> bool {
    istio_gateway::clients::may_name(item)
}

/// Looks at an object that names a front in a way that only a plane reads.
pub fn check_named(item: &Item<'_>, around: &Surroundings<'_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    istio_gateway::clients::check_named(item, around, fronts, findings);
}

/// The planes of a build. Each has looked at all objects that only it reads: what must mean something else now is in
/// `changes`, and what cannot keep its meaning in `findings`.
pub fn all<'b>(around: &'b Surroundings<'b>, changes: &mut Changes, findings: &mut Findings) -> Vec<Box<dyn DataPlane + 'b>> {
    vec![Box::new(IstioGateway::new(around, changes, findings))]
}
