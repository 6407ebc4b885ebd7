//! Reads manifests from where a person names them: files, folders, stdin, a kustomization.

use super::function::decode;
use crate::krm::{Code, Finding, Findings};
use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The text of one source, and its name in findings.
#[derive(Debug)]
pub struct Source {
    /// A path, `stdin`, or `kustomize build DIR`.
    pub name: String,
    /// The manifests in it.
    pub text: String,
}

/// Reads files, folders and `-`.
///
/// # Errors
/// A finding for each path that cannot be read or holds no manifest.
pub fn read(paths: &[PathBuf], recursive: bool) -> Result<Vec<Source>, Findings> {
    let mut sources = Vec::new();
    let mut findings = Findings::default();
    for path in paths {
        let read = if path == Path::new("-") {
            read_stdin().map(|source| sources.push(source))
        } else if path.is_dir() {
            read_folder(path, recursive, &mut sources)
        } else {
            read_file(path).map(|source| sources.push(source))
        };
        if let Err(finding) = read {
            findings.push(finding);
        }
    }
    if findings.is_empty() { Ok(sources) } else { Err(findings) }
}

fn read_stdin() -> Result<Source, Finding> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).map_err(|error| unreadable("stdin", &error))?;
    Ok(Source { name: "stdin".into(), text: decode(bytes, "stdin")? })
}

fn read_file(path: &Path) -> Result<Source, Finding> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| unreadable(&name, &error))?;
    Ok(Source { text: decode(bytes, &name)?, name })
}

/// The manifests of a folder in the order of their names.
fn read_folder(folder: &Path, recursive: bool, sources: &mut Vec<Source>) -> Result<(), Finding> {
    let mut files = Vec::new();
    list(folder, recursive, &mut files).map_err(|error| unreadable(&folder.display().to_string(), &error))?;
    if files.is_empty() {
        let message = "the folder holds no *.yaml, *.yml or *.json";
        let remedy =
            if recursive { "name another folder" } else { "name another folder, or use -R to look into the folders in it" };
        return Err(Finding::error(Code::UnreadableInput, message, remedy).in_file(folder.display().to_string(), None));
    }
    for file in files {
        sources.push(read_file(&file)?);
    }
    Ok(())
}

fn list(folder: &Path, recursive: bool, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut paths = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        // A link to a folder further up would never end.
        if path.is_dir() && !path.is_symlink() {
            if recursive {
                list(&path, recursive, files)?;
            }
        } else if matches!(path.extension().and_then(OsStr::to_str), Some("yaml" | "yml" | "json")) {
            files.push(path);
        }
    }
    Ok(())
}

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
        command.env("PATH", path_with(stand_in.path()));
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

/// What kustomize finds as `docker`: copies the list where the image is ours, else runs the real one.
const DOCKER: &str = r#"#!/bin/sh
for image; do :; done
case "${image##*/}" in
proxy-service | proxy-service[:@]*) exec cat ;;
esac
PATH=${PATH#*:}
exec docker "$@"
"#;

fn stand_in_for_docker() -> io::Result<tempfile::TempDir> {
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

fn path_with(first: &Path) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::iter::once(first.to_path_buf()).chain(std::env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty()));
    std::env::join_paths(folders).unwrap_or(path)
}

fn unreadable(path: &str, error: &io::Error) -> Finding {
    Finding::error(Code::UnreadableInput, format!("\"{path}\" could not be read: {error}"), "correct the path or its permissions")
}
