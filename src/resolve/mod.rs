//! Pairs every spec with its Service and answers every question that the emitters would ask.
//!
//! What leaves this module is an [`Interception`]: nothing in it is optional because nobody has
//! looked yet. Problems are findings, all of them in one run.

mod adopted;
pub mod division;
mod effects;
mod index;
mod interception;
mod istio_version;
mod left_over;
mod names;
mod pair;
mod port;
mod ports;
mod previous;
mod protocol;
pub mod proxy_config;
pub mod proxy_resources;
mod reach;
pub(crate) mod references;
mod select;
mod service;
mod settings;
mod taken;
pub mod tls_by_rule;
mod traffic;
mod user_rules;

pub use effects::{Effects, Intercepted};
pub use index::Index;
pub use interception::{Interception, Labels, Pairing, Pool, Rollout};
pub use istio_version::IstioVersion;
pub use left_over::remove_left_over;
pub use names::is_generated;
pub use port::ProxyPort;
pub use protocol::{Family, Protocol};
pub(crate) use references::places::at as places;
pub use references::{Adaptation, GeneratedPolicy, admission, fact, facts};
pub use settings::Settings;
pub use taken::refuse_taken;
pub use tls_by_rule::TlsByRule;
pub use traffic::{Balancer, PortTraffic, Traffic};
pub use user_rules::{Ruled, UserRules};

use crate::api::Requests;
use crate::changes::Changes;
use crate::krm::Findings;
use crate::mesh::Mesh;

/// Label whose value is the name of the front Service: on the proxies' pods, and in every selector
/// that means them. The Components' configuration keeps it right when a later layer renames.
pub const FRONT_LABEL: &str = "msvcbench.io/front";
/// Label whose value is the namespace of the front Service: on the proxies' pods and in the
/// Gateway's selector, which matches pods in every namespace (Istio, `getGatewaySelector`).
pub const NAMESPACE_LABEL: &str = "msvcbench.io/namespace";
/// Value of [`NAMESPACE_LABEL`] where the build sets no namespace.
pub const NO_NAMESPACE: &str = "unset";
/// Request header by which a client's route tells the proxies the subset that it chooses.
pub const SUBSET_HEADER: &str = "x-msvcbench-subset";
/// Annotation of a generated DestinationRule with the names of the user's rules for the front of whose
/// parts about the pods it is made.
pub const DIVIDED_RULES: &str = "msvcbench.io/divided-rules";
/// Value of `app.kubernetes.io/managed-by` on everything generated.
pub const MANAGER: &str = "proxy-service";

/// Everything that is resolved.
#[derive(Debug)]
pub struct Resolution {
    /// One for each front Service.
    pub interceptions: Vec<Interception>,
    /// What Istio needs beside each of them.
    pub settings: Vec<Settings>,
    /// What the user's objects make of each of them.
    pub adaptations: Vec<Adaptation>,
    /// Policies to generate for each of them beside the user's, in the order of writing.
    pub policies: Vec<Vec<GeneratedPolicy>>,
    /// The mesh that all of it is for.
    pub mesh: Mesh,
}

/// Resolves everything that was asked for. The user's objects that mean a front, and have to mean something else now,
/// go into `changes`.
///
/// Problems and warnings go into `findings`. Where one of them is an error, the resolution is not
/// complete and nothing must be made of it. The specs move out of `requests`.
pub fn resolve(index: &Index<'_, '_>, requests: &mut Requests, changes: &mut Changes, findings: &mut Findings) -> Resolution {
    let mut of_mesh = Findings::default();
    let mesh = Mesh::read(index.items().map(|(_, item)| item), &requests.mesh, &mut of_mesh);
    let mut specs = previous::current_names(std::mem::take(&mut requests.specs), index, findings);
    let selected = select::select(index, requests, &specs, findings);
    specs.extend(selected);
    pair::refuse_repeated(&mut specs, findings);
    // Where nothing is intercepted, the mesh is nobody's question.
    if !specs.is_empty() {
        findings.extend(of_mesh);
    }
    let mut interceptions = Vec::with_capacity(specs.len());
    for spec in &specs {
        istio_version::refuse_newer(spec, &mesh, findings);
        match pair::pair(spec, index, findings) {
            Ok(interception) => interceptions.push(interception),
            Err(found) => findings.extend(found),
        }
    }
    reach::refuse_strangers(&interceptions, index, findings);
    let settings = Settings::all(&interceptions, &mesh, index, findings);
    let (adaptations, policies) = references::resolve(&interceptions, &settings, &mesh, index, changes, findings);
    Resolution { interceptions, settings, adaptations, policies, mesh }
}
