//! No command: the KRM function.

use super::sources::Reader;
use super::{Exit, report, stdout};
use crate::function::run_function;
use crate::krm::{Code, Finding, Findings};
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

/// The bytes of an input as text.
pub fn decode(bytes: Vec<u8>, path: &str) -> Result<String, Finding> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let message = format!("byte {at} is not valid UTF-8");
        Finding::error(Code::MalformedYaml, message, "save it as UTF-8").in_file(path, None)
    })
}
