//! The wire: what hosts send and what they get back.
//!
//! Bytes become [`Item`]s that keep their own source text; [`Edits`] on those items become bytes
//! again. An item that no edit touches is written from its source, so nothing about it can change:
//! not its comments, not its key order, not the spelling of a number.
//!
//! Nothing in this module knows what a ProxyService is.

#[cfg(any(test, fuzzing))]
mod agreement;
mod blank;
mod block;
mod code;
mod cut;
mod document;
mod events;
mod finding;
mod findings;
mod flow;
mod fragment;
mod item;
mod json;
mod layers;
mod layout;
mod lines;
mod list;
mod new_object;
mod outline;
mod parse;
pub mod quantity;
mod scalar;
mod short;
mod simple;
mod simple_scalar;
mod sink;
mod typed;
mod visible;
mod wanted;
mod words;
mod yaml;

#[cfg(fuzzing)]
pub use agreement::agree as readers_agree;
pub use code::Code;
pub use document::{Documents, Skipped};
pub use finding::{Finding, ObjectRef, Severity};
pub use findings::{Findings, Telling};
pub use fragment::Fragment;
pub use item::{Item, ObjectId, Origin};
pub use json::to_json;
pub use layers::Layers;
pub use lines::lines_of;
pub use list::{Edits, ResourceList};
pub use new_object::{NewObject, to_value};
pub use parse::value as read_value;
pub use short::{beginning, end, few, few_by};
pub use sink::write_all_checked;
pub use visible::{acts, visible, visible_json, visible_lines};
pub use words::Words;
pub use yaml::to_yaml;

/// The annotation with which kustomize and kpt mark a resource that declares a function.
pub const FUNCTION_ANNOTATION: &str = "config.kubernetes.io/function";

/// Domains of annotations that hosts use for their own bookkeeping.
///
/// kustomize tracks renames in them: an existing item must keep them, a new item must not have
/// them ("multiple possible referrals", a broken build).
pub const HOST_ANNOTATION_DOMAINS: [&str; 4] =
    ["internal.config.kubernetes.io/", "kustomize.config.k8s.io/", "config.k8s.io/", "config.kubernetes.io/"];
