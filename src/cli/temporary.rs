//! Temporary files and folders that a later run tells from everybody else's: what a killed run left is
//! removed by the next one.
//!
//! Each is locked (flock(2)) by the process that made it, for as long as that lives; the kernel takes the
//! lock back however the process ends. What has such a name, belongs to the same user and has no lock
//! was left behind.

use std::io;
use std::path::Path;
use tempfile::{Builder, NamedTempFile, TempDir};

/// Beside an output: hidden, so that neither git's users nor `ls` see it for the moment it exists.
pub const BESIDE: &str = ".proxy-service-";
const SUFFIX: &str = ".tmp";
/// Letters and digits between the two. Nobody writes such a name by chance.
const RANDOM: usize = 16;

/// A folder that goes when this is dropped.
#[derive(Debug)]
pub struct Folder {
    folder: TempDir,
    _lock: Option<Lock>,
}

impl Folder {
    /// An empty folder in another, for this user alone.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new_in(parent: &Path, prefix: &str) -> io::Result<Self> {
        loop {
            let folder = named(prefix).tempdir_in(parent)?;
            // Another run may have seen it before it is locked, and then removes it.
            match locked(folder.path()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                lock if folder.path().exists() => return Ok(Folder { folder, _lock: lock.ok() }),
                _ => {}
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// An empty file in a folder, for this user alone.
///
/// # Errors
/// It cannot be made.
pub fn file_in(parent: &Path) -> io::Result<NamedTempFile> {
    loop {
        let file = named(BESIDE).tempfile_in(parent)?;
        #[cfg(unix)]
        {
            use rustix::fs::{FlockOperation, flock};
            if flock(file.as_file(), FlockOperation::NonBlockingLockExclusive) == Err(rustix::io::Errno::WOULDBLOCK) {
                continue;
            }
        }
        if file.path().exists() {
            return Ok(file);
        }
    }
}

fn named(prefix: &str) -> Builder<'_, 'static> {
    let mut builder = Builder::new();
    builder.prefix(prefix).suffix(SUFFIX).rand_bytes(RANDOM);
    builder
}

/// The folder that a file or folder stands in, where what replaces it is written first.
#[must_use]
pub fn beside(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether this is the name of a temporary file or folder of this program.
#[must_use]
pub fn is_temporary(name: &str, prefix: &str) -> bool {
    let random = name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(SUFFIX));
    random.is_some_and(|random| random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Removes what killed runs left in a folder. What cannot be removed is somebody else's, and stays.
pub fn sweep(parent: &Path, prefix: &str) {
    for (path, _lock) in left(parent, prefix) {
        remove(&path);
    }
}

/// Removes a file, or a folder with all that is in it, where that can be removed.
pub fn remove(path: &Path) {
    let is_folder = path.symlink_metadata().is_ok_and(|found| found.is_dir());
    let _ = if is_folder { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
}

/// What killed runs left in a folder, locked now by this process.
#[cfg(unix)]
pub fn left(parent: &Path, prefix: &str) -> Vec<(std::path::PathBuf, Lock)> {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    let entries = std::fs::read_dir(parent).into_iter().flatten().filter_map(Result::ok);
    let named = entries.filter(|entry| entry.file_name().to_str().is_some_and(|name| is_temporary(name, prefix)));
    let own = named
        .map(|entry| entry.path())
        .filter(|path| path.symlink_metadata().is_ok_and(|found| found.uid() == user && (found.is_dir() || found.is_file())));
    own.filter_map(|path| lock(&path).map(|lock| (path, lock))).collect()
}

#[cfg(not(unix))]
pub fn left(_: &Path, _: &str) -> Vec<(std::path::PathBuf, Lock)> {
    Vec::new()
}

/// That no other process works with a file or folder; it ends when this is dropped.
#[cfg(unix)]
pub type Lock = std::os::fd::OwnedFd;
#[cfg(not(unix))]
pub type Lock = ();

/// Locks a file or a folder; `None` where another process has it, or the file system knows no locks.
pub fn lock(path: &Path) -> Option<Lock> {
    locked(path).ok()
}

#[cfg(unix)]
fn locked(path: &Path) -> io::Result<Lock> {
    use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
    // Nothing that opens slowly or does something when it is opened.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = open(path, flags, Mode::empty())?;
    flock(&opened, FlockOperation::NonBlockingLockExclusive)?;
    Ok(opened)
}

#[cfg(not(unix))]
fn locked(_: &Path) -> io::Result<Lock> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_a_living_process_has_stays_and_what_a_dead_one_left_goes() {
        let parent = tempfile::tempdir().unwrap();
        let living = Folder::new_in(parent.path(), BESIDE).unwrap();
        let file = file_in(parent.path()).unwrap();
        let left = parent.path().join(".proxy-service-0123456789abcdef.tmp");
        std::fs::create_dir_all(left.join("inner")).unwrap();
        let others = [".proxy-service-backup", ".proxy-service-0123456789abcde!.tmp", ".proxy-service-0123456789abcdef"];
        for other in others {
            std::fs::write(parent.path().join(other), "mine").unwrap();
        }
        std::os::unix::fs::symlink("/", parent.path().join(".proxy-service-aaaaaaaaaaaaaaaa.tmp")).unwrap();
        sweep(parent.path(), BESIDE);
        assert!(living.path().exists() && file.path().exists() && !left.exists());
        assert!(others.iter().all(|other| parent.path().join(other).exists()));
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 6);
    }
}
