//! Builds a kustomization as its users do, without the function: this program takes its place.

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
    let stand_in = stand_in_for_docker().map_err(|error| unreadable("a temporary folder", &error))?;
    run(&[("kustomize", &["build"]), ("kubectl", &["kustomize"])], folder, stand_in.path())
}

/// What `kustomize build --enable-exec` makes of a folder: layers above the function reach what it
/// generates. Every program that the kustomizations name is run; ours, as a program or as a
/// container, is this one.
///
/// # Errors
/// kustomize is not on PATH, or the build fails.
pub fn build_with_functions(folder: &Path) -> Result<Source, Finding> {
    let own = |error| unreadable("the program's own file", &error);
    let program = std::env::current_exe().map_err(own)?;
    let docker = DOCKER.replace("exec cat", "exec proxy-service");
    let stand_in = stand_in("docker", &docker).map_err(|error| unreadable("a temporary folder", &error))?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(program, stand_in.path().join("proxy-service")).map_err(own)?;
    #[cfg(not(unix))]
    std::fs::copy(program, stand_in.path().join("proxy-service.exe")).map_err(own)?;
    run(&[("kustomize", &["build", "--enable-exec"])], folder, stand_in.path())
}

fn run(attempts: &[(&str, &[&str])], folder: &Path, stand_in: &Path) -> Result<Source, Finding> {
    for (program, arguments) in attempts.iter().copied() {
        let mut command = Command::new(program);
        // Alpha plugins on and exec off: kustomize skips an exec function, and this program runs
        // here instead. A container function it would run: the stand-in lets ours through.
        command.args(arguments).arg("--enable-alpha-plugins").arg(folder).stdin(Stdio::null());
        command.env("PATH", path_with(stand_in)).env_remove("PROXY_SERVICE");
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
            let message = format!("`{name}` failed: {}", said.trim());
            return Err(Finding::error(Code::UnreadableInput, message, "correct the kustomization"));
        }
        return Ok(Source { text: decode(output.stdout, &name)?, name });
    }
    let message = format!("neither kustomize nor kubectl is on PATH to build \"{}\"", folder.display());
    Err(Finding::error(Code::UnreadableInput, message, "install one of them, or pipe: `… | proxy-service render -`"))
}

/// What kustomize finds as `docker`: copies the list where the image is ours (or runs the program
/// that `$PROXY_SERVICE` names), else runs the real one.
const DOCKER: &str = r#"#!/bin/sh
for image; do :; done
case "${image##*/}" in
proxy-service | proxy-service[:@]*) exec "${PROXY_SERVICE:-cat}" ;;
esac
PATH=${PATH#*:}
exec docker "$@"
"#;

/// A folder for the beginning of PATH, in which `docker` lets ours through.
pub(super) fn stand_in_for_docker() -> io::Result<tempfile::TempDir> {
    stand_in("docker", DOCKER)
}

fn stand_in(name: &str, script: &str) -> io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o755).open(folder.path().join(name))?;
        io::Write::write_all(&mut file, script.as_bytes())?;
    }
    Ok(folder)
}

pub(super) fn path_with(first: &Path) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::iter::once(first.to_path_buf()).chain(std::env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty()));
    std::env::join_paths(folders).unwrap_or(path)
}
