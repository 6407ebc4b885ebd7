//! The order in which an interception's objects must reach a cluster, so that no request is lost.
//!
//! [`plan`] says of every object what it is to the cutover ([`Part`]), and so at which [`Step`] it
//! may change. Hosts are told in their own ways: [`argocd`] writes sync waves, [`flux`] a
//! folder for each step.

pub mod argocd;
pub mod flux;
mod plan;
pub mod plugin;

pub use plan::{Part, Place, Placed, Step, plan};
