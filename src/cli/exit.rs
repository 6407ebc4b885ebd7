//! How a run ends.

use crate::krm::Findings;
use std::process::ExitCode;

/// The exit codes of every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done; there may be warnings.
    Success = 0,
    /// Findings of severity error, or the output could not be written: nothing was rewritten.
    Findings = 1,
    /// The command line is wrong; for a command whose 1 is an answer (`diff`, `validate`): it could
    /// not be carried out.
    Trouble = 2,
}

impl Exit {
    /// The worst finding decides.
    #[must_use]
    pub fn of(findings: &Findings) -> Self {
        if findings.has_errors() { Exit::Findings } else { Exit::Success }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}
