//! Builds a kustomization as its users do, without the function: this program takes its place.

use super::stand_in::StandIn;
use super::{Source, unreadable};
use crate::cli::function::decode;
use crate::cli::progress::Progress;
use crate::krm::{Code, Finding};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// What `kustomize build` makes of a folder, the function left out: `kustomize`, else
/// `kubectl kustomize`.
///
/// # Errors
/// Neither is on PATH, or the build fails; its own message is part of the finding.
pub fn build(folder: &Path) -> Result<Source, Finding> {
    let stand_in = StandIn::for_nothing().map_err(|error| unreadable("a temporary folder", &error))?;
    run(&[("kustomize", &["build"]), ("kubectl", &["kustomize"])], folder, &stand_in)
}

/// What `kustomize build --enable-exec` makes of a folder: layers above the function reach what it
/// generates. Every program that the kustomizations name is run; ours, as a program or as a
/// container, is this one.
///
/// # Errors
/// kustomize is not on PATH, or the build fails.
pub fn build_with_functions(folder: &Path) -> Result<Source, Finding> {
    let stand_in = StandIn::for_this_program().map_err(|error| unreadable("a temporary folder", &error))?;
    run(&[("kustomize", &["build", "--enable-exec"])], folder, &stand_in)
}

fn run(attempts: &[(&str, &[&str])], folder: &Path, stand_in: &StandIn) -> Result<Source, Finding> {
    for (program, arguments) in attempts.iter().copied() {
        let mut command = Command::new(program);
        // Alpha plugins on and exec off: kustomize skips an exec function, and this program runs
        // here instead. A container function it would run: the stand-in takes its place.
        command.args(arguments).arg("--enable-alpha-plugins").arg(folder).stdin(Stdio::null());
        stand_in.before(&mut command);
        let name = format!("{program} {} {}", arguments[0], folder.display());
        let progress = Progress::of(&name);
        let output = command.output();
        drop(progress);
        let output = match output {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(unreadable(program, &error)),
            Ok(output) => output,
        };
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            let message = format!("`{name}` failed: {}", said.join("; "));
            return Err(Finding::error(Code::UnreadableInput, message, "correct the kustomization"));
        }
        return Ok(Source { text: decode(output.stdout, &name)?, name });
    }
    let message = format!("neither kustomize nor kubectl is on PATH to build \"{}\"", folder.display());
    Err(Finding::error(Code::UnreadableInput, message, "install one of them, or pipe: `… | proxy-service render -`"))
}
