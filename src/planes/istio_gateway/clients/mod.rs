//! Clients that do not reach the proxies through a sidecar that knows the front.

pub(crate) mod capture;
pub(crate) mod injection;
pub(crate) mod mesh_programs;
pub(crate) mod namespaces;
pub(crate) mod revision;
pub(crate) mod scope;
pub(crate) mod sight;
pub(crate) mod workloads;

use super::routes::gateways;
use crate::interception::Intercepted;
use crate::krm::{Findings, Item};
use crate::neighbours::Surroundings;
use crate::neighbours::endpoints;
use crate::neighbours::fronts::Fronts;
use injection::Injection;
use sight::Sight;

/// Looks at Namespaces, Gateways for every gateway of the mesh, workloads and Sidecars.
pub fn check(around: &Surroundings<'_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    let Surroundings { index, mesh, interceptions, .. } = *around;
    let intercepted = fronts.intercepted();
    namespaces::check(intercepted, index, findings);
    gateways::check(interceptions, index, findings);
    if intercepted.iter().any(Intercepted::needs_sidecars) {
        let injection = Injection::of(index);
        let sight = Sight::of(intercepted, mesh, index);
        workloads::check(fronts, &sight, &injection, index, findings);
        sight.warn(&injection, index, findings);
    }
}

/// Whether an object may name a front to the mesh's own programs, which only a look into it can tell.
pub fn may_name(item: &Item<'_>) -> bool {
    item.id().is("", "ConfigMap") && mesh_programs::may_be_one(item)
}

/// Looks at an object that names a front: what the mesh's own programs call, and ServiceEntries.
pub fn check_named(item: &Item<'_>, around: &Surroundings<'_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    let id = item.id();
    for program in mesh_programs::PROGRAMS.iter().filter(|program| id.is(program.group, program.kind)) {
        mesh_programs::check(program, item, fronts, around.mesh, findings);
    }
    if id.is("networking.istio.io", "ServiceEntry") {
        endpoints::check_service_entry(item, fronts, around.mesh, findings);
    }
}
