//! What stands first on PATH while kustomize builds, so that our function is left out, or is this very
//! program: as a program by its name, as a container by its image.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

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

/// A folder for the beginning of PATH; it is gone when this is dropped.
pub struct StandIn {
    folder: TempDir,
    program: Option<PathBuf>,
}

impl StandIn {
    /// Lists pass our container as they are.
    ///
    /// # Errors
    /// No temporary folder.
    pub fn for_nothing() -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(0o755).open(folder.path().join("docker"))?;
            io::Write::write_all(&mut file, DOCKER.as_bytes())?;
        }
        Ok(StandIn { folder, program: None })
    }

    /// `proxy-service`, and our container, are this program.
    ///
    /// # Errors
    /// No temporary folder, or this program's file is not known.
    pub fn for_this_program() -> io::Result<Self> {
        let program = std::env::current_exe()?;
        let stand_in = Self::for_nothing()?;
        #[cfg(unix)]
        std::os::unix::fs::symlink(&program, stand_in.folder.path().join("proxy-service"))?;
        #[cfg(not(unix))]
        std::fs::copy(&program, stand_in.folder.path().join("proxy-service.exe"))?;
        Ok(StandIn { program: Some(program), ..stand_in })
    }

    /// Puts it first on the command's PATH.
    pub fn before(&self, command: &mut Command) {
        command.env("PATH", path_with(self.folder.path()));
        match &self.program {
            Some(program) => command.env("PROXY_SERVICE", program),
            None => command.env_remove("PROXY_SERVICE"),
        };
    }
}

fn path_with(first: &Path) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::iter::once(first.to_path_buf()).chain(std::env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty()));
    std::env::join_paths(folders).unwrap_or(path)
}
