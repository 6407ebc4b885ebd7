//! The user that Argo CD's containers run as.

use super::report::Report;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Of Argo CD's image.
const ARGOCD: u32 = 999;

/// Whether this process may become another user.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

pub fn announce(report: &Report) {
    if !is_root() {
        report.note("!!!!!! not root: everything runs as this user, and not as user 999 as in Argo CD");
    }
}

/// Has the command run as Argo CD's user.
pub fn as_argocd(command: &mut Command) -> &mut Command {
    if is_root() { command.uid(ARGOCD).gid(ARGOCD) } else { command }
}

/// A folder that Argo CD's user can come to, with the program under test and tools in it.
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        allow(folder.path(), 0o755);
        Home(folder)
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join(inside)
    }

    /// A folder in which Argo CD's user may write.
    pub fn writable(&self, inside: &str) -> PathBuf {
        let folder = self.readable(inside);
        if is_root() {
            chown(&folder, Some(ARGOCD), Some(ARGOCD)).expect("a folder of another user");
        }
        folder
    }

    /// A folder in which it may not.
    pub fn readable(&self, inside: &str) -> PathBuf {
        let folder = self.path(inside);
        fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    /// `bin/NAME`: a copy of a program, which it may run.
    pub fn program(&self, name: &str, file: &Path) -> PathBuf {
        let copy = self.readable("bin").join(name);
        copy_program(file, &copy);
        copy
    }

    /// `bin/NAME`: a script.
    pub fn script(&self, name: &str, text: &str) {
        let file = self.readable("scripts").join(name);
        fs::write(&file, text).expect("a script");
        self.program(name, &file);
    }
}

/// By another process: a program that this one holds open for writing, and with it whatever another
/// thread starts meanwhile, cannot run ("text file busy").
pub fn copy_program(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg(from).arg(to).status();
    assert!(copied.is_ok_and(|status| status.success()), "{} cannot be copied", from.display());
    allow(to, 0o755);
}

pub fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
}
