//! Folders that are written as a whole or not at all.

use super::temporary;
use super::temporary::BESIDE;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Names the folders that this program wrote, and may replace.
const MARK: &str = ".proxy-service";
const MARK_TEXT: &str = "Written by proxy-service, and replaced as a whole by its next run. Nothing else should stand here.\n";

/// Refuses a folder that somebody else's files stand in. What a killed run left is put back first.
///
/// # Errors
/// It is a file, or a folder with files that this program did not write.
pub fn check_replaceable(folder: &Path) -> Result<()> {
    let shown = folder.display();
    recover(&real(folder))
        .with_context(|| format!("\"{shown}\" is missing, and what an interrupted run kept of it cannot be put back"))?;
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
    replace_by(exchange, folder, files)
}

fn replace_by(exchange: fn(&Path, &Path) -> io::Result<()>, folder: &Path, files: &[(String, String)]) -> Result<()> {
    check_replaceable(folder)?;
    let folder = real(folder);
    let failed = || format!("\"{}\" could not be written; it is as it was", folder.display());
    let beside = temporary::beside(&folder);
    temporary::sweep(beside, BESIDE);
    let new = temporary::Folder::new_in(beside, BESIDE).with_context(failed)?;
    write_all(new.path(), files).with_context(failed)?;
    if !folder.exists() {
        return fs::rename(new.path(), &folder).with_context(failed);
    }
    // Then `new` is the old one, and goes with its name.
    match exchange(new.path(), &folder) {
        Err(error) if cannot_exchange(&error) => in_two_steps(new.path(), &folder).with_context(failed),
        done => done.with_context(failed),
    }
}

/// The folder that a link leads to is replaced, not the link.
fn real(folder: &Path) -> PathBuf {
    let end = || fs::read_link(folder).map_or_else(|_| folder.to_path_buf(), |to| temporary::beside(folder).join(to));
    folder.canonicalize().unwrap_or_else(|_| end())
}

/// Gives two folders each other's name at once: at no moment one of them is missing.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// `renameat2(2)`: EINVAL says that the file system does not know the flag, ENOSYS the kernel.
fn cannot_exchange(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
}

/// Where file systems cannot exchange: the old one steps aside, under a name by which the next run
/// finds it again, and is removed when the new one stands in its place.
fn in_two_steps(new: &Path, folder: &Path) -> io::Result<()> {
    let aside = aside(folder);
    let _lock = temporary::lock(folder);
    fs::rename(folder, &aside)?;
    // Onto a folder only if that is empty: what two runs at once write is never mixed.
    if let Err(error) = fs::rename(new, folder) {
        fs::rename(&aside, folder)?;
        return Err(error);
    }
    fs::remove_dir_all(&aside)
}

/// `.NAME.proxy-service-old`
fn aside(folder: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(folder.file_name().unwrap_or_default());
    name.push(".proxy-service-old");
    temporary::beside(folder).join(name)
}

/// What a run left aside that was killed between its two steps: back in its place where nothing stands,
/// removed where the new one does.
fn recover(folder: &Path) -> io::Result<()> {
    let aside = aside(folder);
    if !aside.join(MARK).is_file() {
        return Ok(());
    }
    match temporary::lock(&aside) {
        Some(_lock) if folder.exists() => fs::remove_dir_all(&aside),
        Some(_lock) => fs::rename(&aside, folder),
        // Another run is between its two steps.
        None => Ok(()),
    }
}

fn write_all(folder: &Path, files: &[(String, String)]) -> io::Result<()> {
    readable(folder)?;
    for (path, text) in files.iter().map(|(path, text)| (path.as_str(), text.as_str())).chain([(MARK, MARK_TEXT)]) {
        let path: PathBuf = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut file = fs::File::create_new(&path)?;
        io::Write::write_all(&mut file, text.as_bytes())?;
        file.sync_all()?;
    }
    Ok(())
}

/// A temporary folder is private.
#[cfg(unix)]
fn readable(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, PermissionsExt::from_mode(0o755))
}

#[cfg(not(unix))]
fn readable(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> Vec<(String, String)> {
        vec![("app/manifests.yaml".into(), text.into())]
    }

    fn content(folder: &Path) -> String {
        let mut found = fs::OpenOptions::new().read(true).open(folder.join("app/manifests.yaml")).unwrap();
        let mut text = String::new();
        io::Read::read_to_string(&mut found, &mut text).unwrap();
        text
    }

    /// As on a file system that knows no exchange.
    fn never(_: &Path, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::InvalidInput.into())
    }

    #[test]
    fn without_an_exchange_the_new_takes_the_place_of_the_old_too() {
        let parent = tempfile::tempdir().unwrap();
        let out = parent.path().join("out");
        for text in ["first", "second", "third"] {
            replace_by(never, &out, &files(text)).unwrap();
            assert_eq!(content(&out), text);
        }
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn what_was_killed_between_two_steps_is_found_again() {
        let parent = tempfile::tempdir().unwrap();
        let out = parent.path().join("out");
        replace_folder(&out, &files("old")).unwrap();
        fs::rename(&out, aside(&out)).unwrap();
        check_replaceable(&out).unwrap();
        assert_eq!(content(&out), "old", "the old is back before anything is compared with it");
        // Killed behind the second step.
        replace_folder(&aside(&out), &files("older")).unwrap();
        check_replaceable(&out).unwrap();
        assert_eq!((content(&out).as_str(), aside(&out).exists()), ("old", false));
    }
}
