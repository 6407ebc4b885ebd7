//! Builds a kustomization as its users do, without the function: this program takes its place.

use super::{Source, unreadable};
use crate::cli::function::decode;
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
    let attempts: [(&str, &[&str]); 2] = [("kustomize", &["build"]), ("kubectl", &["kustomize"])];
    for (program, arguments) in attempts {
        let mut command = Command::new(program);
        // Alpha plugins on and exec off: kustomize skips an exec function, and this program runs
        // here instead. A container function it would run: the stand-in lets ours through.
        command.args(arguments).arg("--enable-alpha-plugins").arg(folder).stdin(Stdio::null());
        command.env("PATH", path_with(stand_in.path())).env_remove("PROXY_SERVICE");
        let output = match command.output() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(unreadable(program, &error)),
            Ok(output) => output,
        };
        let name = format!("{program} {} {}", arguments[0], folder.display());
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

pub(super) fn stand_in_for_docker() -> io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o755).open(folder.path().join("docker"))?;
        io::Write::write_all(&mut file, DOCKER.as_bytes())?;
    }
    Ok(folder)
}

pub(super) fn path_with(first: &Path) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::iter::once(first.to_path_buf()).chain(std::env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty()));
    std::env::join_paths(folders).unwrap_or(path)
}
