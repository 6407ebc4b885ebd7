//! Why a text has no value.

use std::fmt;

/// The first thing in a text that is no YAML, or that kyaml would refuse or read otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// What is wrong.
    pub message: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

impl Unreadable {
    /// What to do, as an imperative without a full stop.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self.message.contains("anchor") {
            true => "write the value out, or define the anchor before its alias in the same object",
            false => "correct the YAML",
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.message, self.line, self.column)
    }
}
