//! Istio's objects (networking.istio.io/v1, served since Istio 1.22).
//!
//! Hosts are short names: whole scalars that kustomize's name references can repair under a later
//! prefix. A host composed with its namespace could not be.

mod destination_rule;
mod gateway;
mod merge;
mod virtual_service;

pub use destination_rule::destination_rule;
pub use gateway::gateway;
pub use merge::destination_rule_of_the_user;
pub use virtual_service::virtual_service;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

/// An object of Istio's networking API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Object<Spec> {
    api_version: &'static str,
    kind: &'static str,
    metadata: ObjectMeta,
    spec: Spec,
}

impl<Spec> Object<Spec> {
    fn new(kind: &'static str, metadata: ObjectMeta, spec: Spec) -> Self {
        Object { api_version: "networking.istio.io/v1", kind, metadata, spec }
    }
}
