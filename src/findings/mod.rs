//! The codes of findings and what they mean; what the documentation says of the checks, as data beside each check
//! ([`fact`]).
//!
//! Never how something is found.

mod code;
pub mod fact;

pub use code::Code;
