//! Istio's objects.
//!
//! Hosts are short names: whole scalars that kustomize's name references can repair under a later
//! prefix. A host composed with its namespace could not be.

mod clients_rule;
mod destination_rule;
mod envoy_filter;
mod gateway;
mod http_policy;
mod merge;
mod user_rules;
mod virtual_service;

pub use clients_rule::clients_rule;
pub use destination_rule::destination_rule;
pub use envoy_filter::envoy_filter;
pub use gateway::gateway;
pub use http_policy::HttpRoutePolicy;
pub use user_rules::{is_for_all_ports, rule_of_clients, rule_of_pods, rule_of_target};
pub use virtual_service::virtual_service;

use super::object::{Metadata, Object};
use crate::resolve::Interception;

/// An object of Istio's networking API, of the version that the mesh serves.
fn networking<'i, Spec>(kind: &'static str, interception: &Interception, metadata: Metadata<'i>, spec: Spec) -> Object<'i, Spec> {
    Object::new(interception.istio.networking(), kind, metadata, spec)
}
