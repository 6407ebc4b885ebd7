//! The order in which an interception's objects must reach a cluster, so that no request is lost.
//!
//! [`plan`] says of every object what it is to the cutover ([`Part`]), and so at which [`Step`] it
//! may change. Hosts are told in their own ways: [`argocd`] writes sync waves.

pub mod argocd;
mod plan;
pub mod plugin;

pub use plan::{Part, Place, Placed, Step, plan};
