//! Puts an autoscaled pool of Envoy proxies in front of a Service, at build time.
//!
//! Data flows one way, and each arrow is one plain type:
//!
//! ```text
//! bytes ─krm─▶ Items ─api─▶ Specs ─resolve─▶ Interceptions ─emit─▶ Edits ─krm─▶ bytes
//! ```
//!
//! [`function`] is that line in code, with [`gitops`] after [`emit`]; [`cli`] is what a person types. [`inventory`] reads manifests that
//! are rendered already.

pub mod api;
pub mod cli;
pub mod emit;
pub mod function;
pub mod gitops;
pub mod inventory;
pub mod krm;
pub mod resolve;
