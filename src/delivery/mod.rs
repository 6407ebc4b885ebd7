//! The order in which an interception's objects must reach a cluster, so that no request is lost.
//!
//! Each [`Change`](crate::changes::Change) says what its object is to the cutover, and so at which step it may change.
//! [`argocd`] writes sync waves for that, [`flux`] a folder for each step.

pub mod argocd;
pub mod flux;
pub mod plugin;
