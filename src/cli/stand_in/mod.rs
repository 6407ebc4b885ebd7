//! The only programs that kustomize finds: this one, under the names of those that it starts.
//!
//! kustomize starts programs in a handful of ways (docs/security.md), and every name and argument of them
//! can come from a kustomization, hence from a stranger's pull request:
//!
//! | what | starts | what becomes of it here |
//! |---|---|---|
//! | a function in a container | `docker` ([`docker`]) | ours is this program; another one needs `--allow-function` |
//! | a function that is a program | the program, with `--enable-exec` | kustomize never gets `--enable-exec` |
//! | a remote base | `git` ([`git`]) | the five command lines of kustomize, and no option in them |
//! | a Helm chart | `helm`, also without its `--enable-helm` ([`helm`]) | where the user asks: kustomize's command lines, no plugins, no post-renderer |
//! | a plugin, `exec` or Go | a file of `$KUSTOMIZE_PLUGIN_HOME` | that folder is empty |
//!
//! The names are links to this program in a folder that stands first on kustomize's PATH. Which of them
//! was started is in `argv[0]`, as for BusyBox; what it may do is in a [`Policy`] beside them.

// What is read here are pipes of kustomize, files of a private folder, and /proc.
#![allow(clippy::disallowed_methods)]

pub(super) mod docker;
pub(super) mod git;
pub(super) mod group;
pub(super) mod helm;
mod image;
mod policy;

pub use docker::{Asked, judge};
pub use git::option_in;
pub use group::Group;
pub use image::{Allowed, Image};
pub use policy::{Function, Policy, Refusal};

use super::search::{absolute_folders, find};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Where a program that kustomize started finds its [`Policy`].
pub(super) const FOLDER: &str = "PROXY_SERVICE_STAND_IN";

/// The PATH before the stand-in, for what the stand-in starts itself.
pub(super) const SEARCH: &str = "PROXY_SERVICE_STAND_IN_PATH";

/// The program that runs containers.
pub(super) const DOCKER: &str = "docker";
/// The program that fetches remote bases.
pub(super) const GIT: &str = "git";
/// The program that renders charts.
pub(super) const HELM: &str = "helm";
/// The name under which a program is started in a group of its own.
pub(super) const GROUP: &str = "proxy-service-group";
/// Every name that the stand-in has on PATH. What else kustomize may start some day joins here.
pub(super) const NAMES: [&str; 4] = [DOCKER, GIT, HELM, GROUP];

/// An empty folder in the stand-in's.
const EMPTY: &str = "empty";

/// A folder for the beginning of PATH; it is gone when this is dropped.
#[derive(Debug)]
pub struct StandIn {
    folder: TempDir,
    search: Vec<PathBuf>,
}

impl StandIn {
    /// Makes the folder.
    ///
    /// # Errors
    /// No temporary folder, or this program's file is not known.
    pub fn new() -> io::Result<Self> {
        let folder = private_folder("proxy-service-build-")?;
        let program = std::env::current_exe()?;
        for name in NAMES {
            link(&program, folder.path(), name)?;
        }
        std::fs::create_dir(folder.path().join(EMPTY))?;
        Ok(StandIn { folder, search: absolute_folders(&std::env::var_os("PATH").unwrap_or_default()) })
    }

    /// Settles what its programs may do; before that, nothing.
    ///
    /// # Errors
    /// The policy cannot be written.
    pub fn allow(&mut self, policy: &Policy) -> io::Result<()> {
        policy.write(self.folder.path())
    }

    /// Where else what belongs to this build may stand: it goes with the build.
    #[must_use]
    pub fn room(&self) -> PathBuf {
        self.folder.path().join("tree")
    }

    /// The file of a program on PATH.
    #[must_use]
    pub fn find(&self, program: &str) -> Option<PathBuf> {
        find(program, &self.search)
    }

    /// A command for this program of PATH which finds the stand-in before everything else, and ends
    /// with everything that it started.
    #[must_use]
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(self.folder.path().join(GROUP));
        let first = std::iter::once(self.folder.path());
        let path = std::env::join_paths(first.chain(self.search.iter().map(PathBuf::as_path)));
        command.env("PATH", path.unwrap_or_else(|_| self.folder.path().into()));
        command.env(SEARCH, std::env::join_paths(&self.search).unwrap_or_default()).env(FOLDER, self.folder.path());
        // kustomize's `konfig.DefaultAbsPluginHome`: the first folder that exists counts. Without it that
        // is one below HOME, where a checkout can stand.
        command.env("KUSTOMIZE_PLUGIN_HOME", self.folder.path().join(EMPTY));
        command.arg(program);
        command
    }

    /// What a program of the stand-in refused.
    #[must_use]
    pub fn refusals(&self) -> Vec<Refusal> {
        Refusal::recorded(self.folder.path())
    }
}

/// A temporary folder in which nobody else reads: copies of the user's files come into it.
///
/// # Errors
/// It cannot be made.
pub fn private_folder(prefix: &str) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

/// A link runs where this program's file is: the temporary folder may be mounted `noexec`.
#[cfg(unix)]
fn link(program: &Path, folder: &Path, name: &str) -> io::Result<()> {
    std::os::unix::fs::symlink(program, folder.join(name))
}

#[cfg(not(unix))]
fn link(program: &Path, folder: &Path, name: &str) -> io::Result<()> {
    let file = folder.join(name).with_extension("exe");
    std::fs::hard_link(program, &file).or_else(|_| std::fs::copy(program, &file).map(drop))
}
