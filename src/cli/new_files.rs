//! Several new files at once: all of them, or none.

use crate::init::NewFile;
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Makes the files in a folder. They are written to a temporary folder there first, which nobody
/// reads, and moved when they are complete.
///
/// # Errors
/// One of them exists or cannot be written; none is left then.
pub fn create(folder: &Path, files: &[NewFile]) -> Result<()> {
    let failed = || format!("nothing was written to \"{}\"", folder.display());
    let stage = tempfile::Builder::new().prefix(".proxy-service-").tempdir_in(folder).with_context(failed)?;
    for file in files {
        write(&stage.path().join(file.path), &file.text).with_context(failed)?;
    }
    let mut entries: Vec<&str> = files.iter().map(|file| file.path.split('/').next().unwrap_or(file.path)).collect();
    entries.dedup();
    let mut made = Vec::new();
    for entry in entries {
        let target = folder.join(entry);
        if let Err(error) = take_place(&stage.path().join(entry), &target) {
            take_back(&made);
            return Err(error).with_context(|| format!("\"{}\" could not be made; {}", target.display(), failed()));
        }
        made.push(target);
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Moves to where nothing is. A link, unlike a rename, never replaces a file that came meanwhile.
fn take_place(from: &Path, to: &Path) -> io::Result<()> {
    if from.is_dir() || fs::hard_link(from, to).is_err() {
        if fs::symlink_metadata(to).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(from, to)?;
    }
    Ok(())
}

fn take_back(made: &[PathBuf]) {
    for path in made {
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
}
