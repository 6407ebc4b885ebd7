//! What else in the input refers to an intercepted Service or to the pods behind it: one file for
//! each kind of object, which either rewrites it so that it keeps its meaning, or says why not.

mod api_server;
mod around;
mod budgets;
mod callers;
mod controllers;
mod endpoints;
mod fronts;
mod gateway_api;
mod labels;
mod monitors;
mod namespaces;
mod objects;
mod places;
mod queries;
mod service_fields;
mod sessions;

use super::Resolution;
use super::index::Index;
use crate::krm::Findings;

/// Looks at everything that refers to a front or to the pods of a target.
pub fn resolve(resolution: &mut Resolution, index: &Index<'_, '_>, findings: &mut Findings) {
    objects::check(&resolution.interceptions, index, findings);
}
