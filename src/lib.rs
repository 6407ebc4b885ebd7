//! Puts an autoscaled pool of Envoy proxies in front of a Service, at build time.
//!
//! Data flows one way, and each arrow is one plain type:
//!
//! ```text
//! bytes ─krm─▶ Items ─api─▶ Specs ─interception─▶ Interceptions ─neighbours, planes─▶ Changes ─delivery─▶ Edits ─krm─▶ bytes
//! ```
//!
//! [`function`] is that line in code; [`cli`] is what a person types. [`findings`] has the codes, [`objects`] reads what
//! Kubernetes and Istio objects say, [`mesh`] is what is assumed of the mesh. [`rendered`] reads manifests as they would
//! be applied, [`diff`] compares them, [`validate`] checks them, and [`report`] writes what was found. [`init`] proposes
//! the first ProxyServices, and [`graph`] draws. [`references`] is what the documentation says of the checks.

#![deny(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

pub mod api;
pub mod changes;
pub mod cli;
pub mod delivery;
pub mod diff;
pub mod findings;
pub mod function;
pub mod graph;
pub mod init;
pub mod interception;
pub mod mesh;
pub mod neighbours;
pub mod objects;
pub mod planes;
pub mod references;
pub mod rendered;
pub mod report;
mod sequence;
mod spelling;
pub mod validate;

pub use proxy_service_krm as krm;
