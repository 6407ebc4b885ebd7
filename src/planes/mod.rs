//! Data planes: what carries the traffic of an interception. Each is a room of its own below this folder, with the
//! objects that it makes and the objects of the user's that it moves; what pools of pods share is in [`pool`].
//!
//! No room knows another one. A new one is a folder, a variant of [`DataPlane`], and a line in each function here.

pub mod istio_gateway;
pub mod pool;

use crate::api::Spec;
use crate::changes::{Changes, Planned};
use crate::interception::{DataPlane, Effects};
use crate::krm::{Finding, Findings, Item};
use crate::mesh::Mesh;
use crate::neighbours::Surroundings;
use crate::neighbours::fronts::Fronts;
use istio_gateway::IstioGateway;

/// A data plane with all that it knows of a build. Interceptions have the positions that they have in its own
/// surroundings.
trait Room {
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
pub fn effects(around: Surroundings<'_>) -> Vec<Effects> {
    let of = |(plane, part): (DataPlane, Surroundings<'_>)| match plane {
        DataPlane::IstioGateway => istio_gateway::effects(&part),
    };
    around.by_plane().flat_map(of).collect()
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

/// The data planes of a build, each with its interceptions.
pub struct Planes<'b> {
    rooms: Vec<(usize, Box<dyn Room + 'b>)>,
}

impl<'b> Planes<'b> {
    /// Each plane looks at all objects that only it reads: what must mean something else now is in `changes`, and what
    /// cannot keep its meaning in `findings`.
    pub fn new(around: Surroundings<'b>, changes: &mut Changes, findings: &mut Findings) -> Self {
        let enter = |(plane, part): (DataPlane, Surroundings<'b>)| {
            changes.count_from(part.first);
            let room: Box<dyn Room + 'b> = match plane {
                DataPlane::IstioGateway => Box::new(IstioGateway::new(part, changes, findings)),
            };
            (part.first, room)
        };
        Planes { rooms: around.by_plane().map(enter).collect() }
    }

    /// The objects to generate, in the order of writing.
    #[must_use]
    pub fn plan(&self) -> Vec<Planned<'_>> {
        let mut all = Vec::new();
        for (first, room) in &self.rooms {
            all.extend(room.plan().into_iter().map(|planned| planned.after(*first)));
        }
        all
    }

    /// Rewrites the objects of the user's that are part of an interception.
    ///
    /// # Errors
    /// An item cannot be parsed.
    pub fn rewrite(&self, changes: &mut Changes, findings: &mut Findings) -> Result<(), Finding> {
        for (first, room) in &self.rooms {
            changes.count_from(*first);
            room.rewrite(changes, findings)?;
        }
        changes.count_from(0);
        Ok(())
    }
}
