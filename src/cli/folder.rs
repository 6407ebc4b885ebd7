//! Folders that are written as a whole or not at all.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// Names the folders that this program wrote, and may replace.
const MARK: &str = ".proxy-service";
const MARK_TEXT: &str = "Written by proxy-service, and replaced as a whole by its next run. Nothing else should stand here.\n";

/// Refuses a folder that somebody else's files stand in.
///
/// # Errors
/// It is a file, or a folder with files that this program did not write.
pub fn check_replaceable(folder: &Path) -> Result<()> {
    let shown = folder.display();
    if !folder.exists() {
        return Ok(());
    }
    if !folder.is_dir() {
        bail!("\"{shown}\" is a file; name a folder");
    }
    let empty = fs::read_dir(folder).with_context(|| format!("\"{shown}\" cannot be read"))?.next().is_none();
    if !empty && !folder.join(MARK).is_file() {
        bail!(
            "\"{shown}\" holds files that were not written by this program, and it would be replaced as a whole; name a new folder, or remove it first"
        );
    }
    Ok(())
}

/// Makes the folder hold these files, by their paths in it, and no others.
///
/// # Errors
/// It cannot be written, or is somebody else's; then it is as it was.
pub fn replace_folder(folder: &Path, files: &[(String, String)]) -> Result<()> {
    check_replaceable(folder)?;
    // The folder that a link leads to is replaced, not the link.
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let failed = || format!("\"{}\" could not be written; it is as it was", folder.display());
    let beside = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let new = tempfile::Builder::new().prefix(".proxy-service-").tempdir_in(beside).with_context(failed)?;
    write_all(new.path(), files).with_context(failed)?;
    if !folder.exists() {
        return rename(new.path(), &folder).with_context(failed);
    }
    let old = tempfile::Builder::new().prefix(".proxy-service-").tempdir_in(beside).with_context(failed)?;
    rename(&folder, old.path()).with_context(failed)?;
    if let Err(error) = rename(new.path(), &folder) {
        rename(old.path(), &folder)?;
        return Err(error).with_context(failed);
    }
    Ok(())
}

fn write_all(folder: &Path, files: &[(String, String)]) -> std::io::Result<()> {
    readable(folder)?;
    for (path, text) in files.iter().map(|(path, text)| (path.as_str(), text.as_str())).chain([(MARK, MARK_TEXT)]) {
        let path: PathBuf = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, text)?;
        fs::File::open(&path)?.sync_all()?;
    }
    Ok(())
}

/// Onto a folder only if that is empty: what two runs at once write is never mixed.
fn rename(from: &Path, to: &Path) -> Result<()> {
    Ok(fs::rename(from, to)?)
}

/// A temporary folder is private.
#[cfg(unix)]
fn readable(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, PermissionsExt::from_mode(0o755))
}

#[cfg(not(unix))]
fn readable(_: &Path) -> std::io::Result<()> {
    Ok(())
}
