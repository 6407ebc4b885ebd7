//! Puts an autoscaled pool of Envoy proxies in front of a Service, at build time.
//!
//! Data flows one way, and each arrow is one plain type:
//!
//! ```text
//! bytes ─krm─▶ Items ─api─▶ Specs ─resolve─▶ Interceptions ─emit─▶ Edits ─krm─▶ bytes
//! ```
//!
//! [`function`] is that line in code, with [`gitops`] after [`emit`]; [`cli`] is what a person types.
//! [`mesh`] is what is assumed of the mesh. [`inventory`] reads manifests that are rendered already, [`diff`] compares them, [`validate`] checks
//! them, and [`report`] writes what was found. [`init`] proposes the first ProxyServices,
//! and [`graph`] draws. `sequence` and `spelling` say what is alike.

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
