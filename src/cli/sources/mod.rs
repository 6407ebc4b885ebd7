//! Reads manifests from where a person names them: files, folders, stdin, a kustomization.

mod applied;
mod kustomize;

pub use applied::{applied, is_kustomization, kustomization_of, sides};
pub use kustomize::{Build, Failure, Functions, build, run};

use super::function::decode;
use crate::krm::{Code, Finding, Findings};
use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

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

fn unreadable(path: &str, error: &io::Error) -> Finding {
    Finding::error(Code::UnreadableInput, format!("\"{path}\" could not be read: {error}"), "correct the path or its permissions")
}
