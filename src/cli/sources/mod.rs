//! Reads manifests from where a person names them: files, folders, stdin, a kustomization.

mod applied;
mod file;
mod kustomize;

pub use applied::{applied, is_kustomization, kustomization_of, sides};
pub use file::{Reader, peek, peek_at_most, stays_inside, stdin_is_a_terminal};
pub use kustomize::{Build, Failure, Functions, build, run};

use super::temporary::{BESIDE, is_temporary};
use crate::findings::Code;
use crate::krm::{Finding, Findings};
use std::ffi::OsStr;
use std::io;
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
    let mut reader = Reader::default();
    let mut sources = Vec::new();
    let mut findings = Findings::default();
    for path in paths {
        let read = if path == Path::new("-") {
            vec![reader.stdin()]
        } else if path.is_dir() {
            read_folder(path, recursive, &mut reader)
        } else {
            vec![reader.named(path)]
        };
        for one in read {
            match one {
                Ok(source) => sources.push(source),
                Err(finding) => findings.push(finding),
            }
        }
    }
    if findings.is_empty() { Ok(sources) } else { Err(findings) }
}

/// The manifests of a folder in the order of their names.
fn read_folder(folder: &Path, recursive: bool, reader: &mut Reader) -> Vec<Result<Source, Finding>> {
    let name = folder.display().to_string();
    let mut files = Vec::new();
    let root = match folder.canonicalize().and_then(|root| list(folder, recursive, &mut files).map(|()| root)) {
        Ok(root) => root,
        Err(error) => return vec![Err(unreadable(&name, &error))],
    };
    if files.is_empty() {
        let message = "the folder holds no *.yaml, *.yml or *.json";
        let remedy =
            if recursive { "name another folder" } else { "name another folder, or use -R to look into the folders in it" };
        return vec![Err(Finding::error(Code::UnreadableInput, message, remedy).in_file(name, None))];
    }
    files.iter().map(|file| reader.found(file, &root)).collect()
}

fn list(folder: &Path, recursive: bool, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut paths = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        // A link to a folder further up would never end. Another run's temporary folder is no manifest's.
        if path.is_dir() && !path.is_symlink() {
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            if recursive && !is_temporary(name, BESIDE) {
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
