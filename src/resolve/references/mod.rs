//! What else in the input refers to an intercepted Service or to the pods behind it: one file for
//! each kind of object, which either rewrites it so that it keeps its meaning, or says why not.

use super::Resolution;
use super::index::Index;
use crate::krm::Findings;

/// Looks at everything that refers to a front or to the pods of a target.
pub fn resolve(_resolution: &mut Resolution, _index: &Index<'_, '_>, _findings: &mut Findings) {}
