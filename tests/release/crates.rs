//! `cargo deny` on the crates of the program.

use super::checkout;
use super::command::{PATIENCE, Tools, run as command};
use super::report::Report;
use std::path::Path;
use std::process::Command;

fn deny(tools: &Tools, folder: &Path, checks: &[&str]) -> Result<(), String> {
    let mut program = Command::new(tools.path("cargo-deny"));
    program.current_dir(folder).args(["--offline", "--locked", "check"]).args(checks);
    command(&mut program, None, PATIENCE)?.succeeded().map(drop)
}

pub fn run(tools: &Tools, report: &mut Report) {
    let held = deny(tools, checkout(), &["bans", "licenses", "sources"]);
    report.check("cargo deny: licences, bans and sources of the crates", held);
    let noticed = without_mit().and_then(|folder| match deny(tools, folder.path(), &["licenses"]) {
        Err(why) if why.contains("license is not explicitly allowed") => Ok(()),
        other => Err(format!("{other:?}")),
    });
    report.check("cargo deny notices a licence that deny.toml does not allow", noticed);
    report.note("!!!!!! advisories were NOT checked here: their database is a git repository, and the tests use no network.");
    report.note("!!!!!! .github/workflows/release.yaml checks them before each release: cargo deny check advisories");
}

/// The checkout without one of its allowed licences.
fn without_mit() -> Result<tempfile::TempDir, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut copy = Command::new("bash");
    let script = "cp -R Cargo.toml Cargo.lock src tests \"$1\" && sed 's/\"MIT\", //' deny.toml >\"$1/deny.toml\"";
    copy.current_dir(checkout()).args(["-ec", script, "copy"]).arg(folder.path());
    command(&mut copy, None, PATIENCE)?.succeeded()?;
    Ok(folder)
}
