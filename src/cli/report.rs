//! What goes to stderr, and the one write to stdout.

use crate::krm::{Findings, write_all_checked};
use anyhow::{Context, Result};
use std::io::{self, Write};

/// Prints the findings, the worst first. A closed stderr must not keep the exit code back.
pub fn findings(findings: &Findings) {
    let _ = write!(io::stderr().lock(), "{findings}");
}

/// Prints an error that is no finding, with everything that caused it.
pub fn failure(error: &anyhow::Error) -> super::Exit {
    let _ = writeln!(io::stderr().lock(), "error: {error:#}");
    super::Exit::Findings
}

/// Prints what is wrong with the command line.
pub fn wrong_usage(message: &str) {
    let _ = writeln!(io::stderr().lock(), "error: {message}");
}

/// Writes the whole output to stdout.
pub fn output(text: &str) -> Result<()> {
    write_all_checked(io::stdout().lock(), text.as_bytes())
        .context("the output could not be written to stdout; it is incomplete, do not use it")
}

/// Prints a remark, if there is one, beside an output that stands.
pub fn note(text: &str) {
    if !text.is_empty() {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}
