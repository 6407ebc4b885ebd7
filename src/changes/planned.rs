//! Objects that a data plane will generate, announced before they are made: names can be compared and objects counted
//! while other findings are still open.

use super::Role;
use crate::krm::{Finding, Findings, NewObject};
use std::fmt;

/// API group and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The kind.
    pub kind: &'static str,
}

/// Makes an object; warnings go into the findings. An item that it needs may not be readable.
type Make<'r> = Box<dyn FnOnce(&mut Findings) -> Result<NewObject, Finding> + 'r>;

/// An object to generate. Its namespace is that of the interception.
pub struct Planned<'r> {
    /// The interception, by its position.
    pub interception: usize,
    /// Its group and kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What it is to the cutover.
    pub role: Role,
    /// The object of an earlier run, by the index of the item; a new one stands after the front.
    pub existing: Option<usize>,
    make: Make<'r>,
}

impl<'r> Planned<'r> {
    /// An object that is not in the input yet.
    pub fn new(
        interception: usize,
        kind: Kind,
        name: &str,
        role: Role,
        make: impl FnOnce(&mut Findings) -> Result<NewObject, Finding> + 'r,
    ) -> Self {
        Planned { interception, kind, name: name.to_string(), role, existing: None, make: Box::new(make) }
    }

    /// The same where so many interceptions stand before its own.
    #[must_use]
    pub fn after(mut self, interceptions: usize) -> Self {
        self.interception += interceptions;
        self
    }

    /// Makes the object.
    ///
    /// # Errors
    /// An item that it is made from cannot be parsed.
    pub fn make(self, findings: &mut Findings) -> Result<NewObject, Finding> {
        (self.make)(findings)
    }
}

impl fmt::Debug for Planned<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} ({:?})", self.kind.kind, self.name, self.role)
    }
}
