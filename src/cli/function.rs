//! No command: the KRM function.

use super::sources::Reader;
use super::{Exit, report, stdout};
use crate::function::run_function;
use crate::krm::Findings;
use anyhow::Result;

/// Reads a ResourceList on stdin, writes it to stdout. Nothing else is read: no file, no
/// environment, no network.
pub fn run() -> Result<Exit> {
    let input = match Reader::default().stdin() {
        Ok(source) => source.text,
        Err(finding) => {
            report::findings(&Findings::from(finding));
            return Ok(Exit::Findings);
        }
    };
    let outcome = run_function(input.strip_prefix('\u{feff}').unwrap_or(&input));
    report::findings(&outcome.findings);
    if let Some(output) = &outcome.output {
        stdout::output(output)?;
    }
    let exit = Exit::of(&outcome.findings);
    // The process ends, and gives all of it back at once.
    std::mem::forget(outcome);
    Ok(exit)
}
