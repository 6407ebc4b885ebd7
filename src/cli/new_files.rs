//! Several new files at once: all of them, or none.

use super::temporary;
use super::temporary::{BESIDE, Folder};
use crate::init::NewFile;
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where in the temporary folder the files stand until they are moved.
const NEW: &str = "new";
/// Where a second copy of each stands until all are moved: what a killed run made is told from what a
/// user changed since.
const MADE: &str = "made";

/// Makes the files in a folder. They are written to a temporary folder there first, which nobody
/// reads, and moved when they are complete.
///
/// # Errors
/// One of them exists or cannot be written; none is left then.
pub fn create(folder: &Path, files: &[NewFile]) -> Result<()> {
    let failed = || format!("nothing was written to \"{}\"", folder.display());
    let stage = Folder::new_in(folder, BESIDE).with_context(failed)?;
    for (part, file) in [NEW, MADE].iter().flat_map(|part| files.iter().map(move |file| (part, file))) {
        write(&stage.path().join(part).join(file.path), &file.text).with_context(failed)?;
    }
    let mut entries: Vec<&str> = files.iter().map(|file| file.path.split('/').next().unwrap_or(file.path)).collect();
    entries.dedup();
    let mut made = Vec::new();
    for entry in entries {
        let target = folder.join(entry);
        if let Err(error) = take_place(&stage.path().join(NEW).join(entry), &target) {
            take_back(&made);
            return Err(error).with_context(|| format!("\"{}\" could not be made; {}", target.display(), failed()));
        }
        made.push(target);
    }
    // From here on they are complete. With its name the copy loses its meaning at once.
    fs::rename(stage.path().join(MADE), stage.path().join("done")).with_context(|| "the copies could not be removed".to_string())
}

/// Takes back what a run made that was killed before all of its files stood there, where nobody has
/// changed it since.
pub fn recover(folder: &Path) {
    for (stage, _lock) in temporary::left(folder, BESIDE) {
        take_back_copies(&stage.join(MADE), folder);
        temporary::remove(&stage);
    }
}

/// Removes the files of a folder that are those of another, byte for byte, and folders that are empty
/// then.
fn take_back_copies(copies: &Path, folder: &Path) {
    for copy in fs::read_dir(copies).into_iter().flatten().filter_map(Result::ok) {
        let target = folder.join(copy.file_name());
        let Ok(found) = target.symlink_metadata() else { continue };
        if copy.path().is_dir() && found.is_dir() {
            take_back_copies(&copy.path(), &target);
            let _ = fs::remove_dir(&target);
        } else if found.is_file() && is_copy(&copy.path(), &target).unwrap_or(false) {
            let _ = fs::remove_file(&target);
        }
    }
}

/// Whether two small files hold the same.
fn is_copy(one: &Path, other: &Path) -> io::Result<bool> {
    Ok(one.metadata()?.len() == other.metadata()?.len() && content(one)? == content(other)?)
}

#[allow(clippy::disallowed_methods)]
fn content(path: &Path) -> io::Result<Vec<u8>> {
    fs::read(path)
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn files() -> Vec<NewFile> {
        let file = |path, text: &str| NewFile { path, text: text.into() };
        vec![file("proxy-service/a.yaml", "a"), file("proxy-service/b.yaml", "b"), file("c.yaml", "c"), file("d.yaml", "d")]
    }

    /// As a run leaves it that is killed before it moves the last file.
    fn killed(folder: &Path) {
        let stage = folder.join(".proxy-service-0123456789abcdef.tmp");
        for file in files() {
            write(&stage.join(MADE).join(file.path), &file.text).unwrap();
        }
        create(folder, &files()).unwrap();
        fs::remove_file(folder.join("d.yaml")).unwrap();
    }

    #[test]
    fn what_a_killed_run_made_goes_and_what_a_user_wrote_stays() {
        let folder = tempfile::tempdir().unwrap();
        killed(folder.path());
        recover(folder.path());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

        killed(folder.path());
        fs::write(folder.path().join("proxy-service/b.yaml"), "mine").unwrap();
        fs::write(folder.path().join("d.yaml"), "mine too").unwrap();
        recover(folder.path());
        let left: Vec<PathBuf> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
        assert!(!folder.path().join("proxy-service/a.yaml").exists() && folder.path().join("proxy-service/b.yaml").exists());
    }

    #[test]
    fn what_is_complete_stays() {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path(), &files()).unwrap();
        recover(folder.path());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
