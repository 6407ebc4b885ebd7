//! Programs on PATH.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The folders of a PATH that are the same wherever a program is started: in a checkout, `.` or `bin` would
/// be a folder of the pull request.
#[must_use]
pub fn absolute_folders(path: &OsStr) -> Vec<PathBuf> {
    std::env::split_paths(path).filter(|folder| folder.is_absolute()).collect()
}

/// The file of a program.
#[must_use]
pub fn find(program: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    folders.iter().map(|folder| folder.join(&file)).find(|file| is_executable(file))
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}
