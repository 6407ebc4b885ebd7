//! Pairs every spec with its Service. What leaves this module is an [`Interception`]: complete, neutral of data planes,
//! printable. Problems are findings, all of them in one run.
//!
//! Knows the custom resources and Services; never a data plane, nor how an object is written.

pub(crate) mod adopted;
mod effects;
mod model;
pub(crate) mod names;
pub(crate) mod pair;
mod port;
mod ports;
mod protocol;
pub mod proxy_resources;
mod renamed;
mod select;
pub(crate) mod selector_conflicts;
mod service;
mod traffic;

pub use effects::{Effects, Intercepted};
pub use model::{DataPlane, Interception, Labels, Pairing, Pool, Rollout};
pub use names::is_generated;
pub use port::ProxyPort;
pub use protocol::{Family, Protocol};
pub use traffic::{Balancer, PortTraffic, Traffic};

use crate::api::{Requests, Spec};
use crate::krm::Findings;
use crate::objects::Index;

/// Label whose value is the name of the front Service: on the proxies' pods, and in every selector
/// that means them. The Components' configuration keeps it right when a later layer renames.
pub const FRONT_LABEL: &str = "msvcbench.io/front";
/// Label whose value is the namespace of the front Service: on the proxies' pods and in the
/// Gateway's selector, which matches pods in every namespace (Istio, `getGatewaySelector`).
pub const NAMESPACE_LABEL: &str = "msvcbench.io/namespace";
/// Value of [`NAMESPACE_LABEL`] where the build sets no namespace.
pub const NO_NAMESPACE: &str = "unset";
/// Value of `app.kubernetes.io/managed-by` on everything generated.
pub const MANAGER: &str = "proxy-service";

/// The specs of the requests, with the names that their Services have now, and one for each Service that a selection
/// means. They move out of `requests`.
pub fn specs(requests: &mut Requests, index: &Index<'_, '_>, findings: &mut Findings) -> Vec<Spec> {
    let mut specs = renamed::current_names(std::mem::take(&mut requests.specs), index, findings);
    let selected = select::select(index, requests, &specs, findings);
    specs.extend(selected);
    pair::refuse_repeated(&mut specs, findings);
    specs
}

/// Pairs each spec with its Services.
///
/// Problems and warnings go into `findings`. A spec that cannot be resolved has no interception.
pub fn resolve(specs: &[Spec], index: &Index<'_, '_>, findings: &mut Findings) -> Vec<Interception> {
    let mut interceptions: Vec<Interception> = Vec::with_capacity(specs.len());
    for spec in specs {
        match pair::pair(spec, index, findings) {
            Ok(interception) => interceptions.push(interception),
            Err(found) => findings.extend(found),
        }
    }
    // Those of one data plane stand together.
    interceptions.sort_by_key(|interception| interception.data_plane);
    selector_conflicts::refuse_strangers(&interceptions, index, findings);
    interceptions
}
