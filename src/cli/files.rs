//! Files that are written as a whole or not at all.

use anyhow::{Context, Result};
use std::io::Write;
use std::path::Path;

/// Writes beside the file and renames: a reader sees the old content or the new one.
///
/// # Errors
/// It cannot be written; the old file is as it was.
pub fn replace_file(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = || format!("\"{}\" could not be written; it is as it was", file.display());
    let mut temporary = tempfile::Builder::new().prefix(".proxy-service-").tempfile_in(folder).with_context(failed)?;
    temporary.write_all(text.as_bytes()).with_context(failed)?;
    temporary.as_file().sync_all().with_context(failed)?;
    keep_permissions(file, temporary.as_file()).with_context(failed)?;
    temporary.persist(file).with_context(failed)?;
    Ok(())
}

/// A temporary file is private; the output gets the old file's permissions, else the usual ones.
#[cfg(unix)]
fn keep_permissions(file: &Path, temporary: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let permissions = std::fs::metadata(file).map_or_else(|_| PermissionsExt::from_mode(0o644), |old| old.permissions());
    temporary.set_permissions(permissions)
}

#[cfg(not(unix))]
fn keep_permissions(_: &Path, _: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}
