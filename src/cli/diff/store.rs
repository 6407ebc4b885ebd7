//! git with settings of our own, and git directories of our own.
//!
//! A repository's configuration can name programs in many places: filters, hooks, fsmonitor, helpers that
//! fetch what a partial clone lacks, and what git will learn. So git reads a repository's own configuration only
//! for what runs nothing: to resolve a ref and to find a merge base. Where git unpacks a commit or looks at
//! the working tree, its git directory is one of ours, with the repository's objects.

use crate::cli::git::quiet;
use crate::cli::search::{absolute_folders, find};
use crate::cli::stand_in::private_folder;
use crate::findings::Code;
use crate::krm::Finding;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Variables that git gets. It gets no other: git has some two hundred, and learns new ones.
const ENVIRONMENT: [&str; 12] = [
    // Which git runs, and with which libraries.
    "GIT_EXEC_PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    // Whom git takes for the owner of a repository, run by root for somebody.
    "SUDO_UID",
    // Temporary files, and what programs of Windows need.
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    "PATHEXT",
    "COMSPEC",
];

/// Whether a variable says where git finds the user's settings, or is one of them. `GIT_CONFIG` is the file
/// of `git config` alone.
fn tells_where_settings_are(variable: &str) -> bool {
    matches!(variable, "HOME" | "USERPROFILE" | "HOMEDRIVE" | "HOMEPATH" | "XDG_CONFIG_HOME")
        || variable.starts_with("GIT_CONFIG_")
}

/// Settings that count wherever they stand: the repositories of others that the user trusts (CI adds its
/// checkouts), and how files are compared. Nothing of them is run.
const KEPT: &str = "^(safe\\.directory|core\\.(filemode|symlinks|ignorecase|precomposeunicode|autocrlf|eol|trustctime|checkstat|longpaths|excludesfile))$";

/// The finding about a repository or a ref.
pub fn unreadable(message: String, remedy: &str) -> Finding {
    Finding::error(Code::UnreadableCommit, message, remedy)
}

/// A temporary folder that goes when it is dropped.
fn temporary_folder() -> Result<tempfile::TempDir, Finding> {
    let folder = private_folder("proxy-service-git-");
    folder.map_err(|error| unreadable(format!("no temporary folder could be made: {error}"), "set TMPDIR"))
}

/// A git with settings of our own.
#[derive(Debug)]
pub struct Git {
    program: PathBuf,
    search: Vec<PathBuf>,
    /// In the place of the user's home.
    home: TempDir,
}

impl Git {
    /// With what is kept of the user's settings.
    pub fn new() -> Result<Self, Finding> {
        let search = absolute_folders(&std::env::var_os("PATH").unwrap_or_default());
        let program =
            find("git", &search).ok_or_else(|| unreadable("git is not on PATH".into(), "install git, or compare two folders"))?;
        let git = Git { program, search, home: temporary_folder()? };
        let home = git.home.path().canonicalize().unwrap_or_else(|_| git.home.path().into());
        // In no repository, so that the settings are those of the user and of the machine.
        let mut user = git.alone();
        user.arg("--no-pager").current_dir(&home).env("GIT_CEILING_DIRECTORIES", home.parent().unwrap_or(&home));
        user.envs(std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(tells_where_settings_are)));
        let kept = kept(&mut user)?;
        let ignored = git.ignored_by_default().filter(|_| !kept.iter().any(|(name, _)| name == "core.excludesfile"));
        let ignored = ignored.map(|file| ("core.excludesfile".to_string(), file.to_string_lossy().into_owned()));
        let settings: Vec<(String, String)> =
            kept.into_iter().chain(ignored).map(|(name, value)| (name, at_home(value))).collect();
        let written = std::fs::write(git.settings(), config(&settings));
        written.map_err(|error| unreadable(format!("git could not be prepared: {error}"), "set TMPDIR"))?;
        Ok(git)
    }

    /// The file with the settings; git before 2.32 looks for it at home only.
    fn settings(&self) -> PathBuf {
        self.home.path().join(".gitconfig")
    }

    /// The temporary folder of this git.
    pub fn room(&self) -> &Path {
        self.home.path()
    }

    /// gitignore(5): what the user never commits.
    fn ignored_by_default(&self) -> Option<PathBuf> {
        let home = || std::env::home_dir().map(|home| home.join(".config"));
        let folder = std::env::var_os("XDG_CONFIG_HOME").filter(|value| !value.is_empty()).map(PathBuf::from).or_else(home);
        folder.map(|folder| folder.join("git/ignore")).filter(|file| file.is_file())
    }

    /// With the variables that git always gets.
    fn alone(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().env("PATH", std::env::join_paths(&self.search).unwrap_or_default());
        command.envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command
    }

    /// A command in a folder.
    fn at(&self, folder: &Path) -> Command {
        let mut command = self.alone();
        command.env("HOME", self.home.path()).env("XDG_CONFIG_HOME", self.home.path());
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", self.settings());
        // A missing object of a partial clone stays missing: no protocol may be spoken to fetch it.
        command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "");
        quiet(&mut command).arg("-C").arg(folder).stdin(Stdio::null());
        command
    }

    /// Runs it in a folder of a repository, whose own configuration it reads: for sub-commands that run
    /// nothing of that.
    pub fn output(&self, folder: &Path, arguments: &[&str]) -> Result<Output, Finding> {
        output(self.at(folder).args(arguments))
    }
}

/// Runs it.
pub fn output(command: &mut Command) -> Result<Output, Finding> {
    let failed = |error: io::Error| unreadable(format!("git could not be run: {error}"), "correct the installation of git");
    command.output().map_err(failed)
}

/// The settings that are kept, as git has them where the command runs.
fn kept(command: &mut Command) -> Result<Vec<(String, String)>, Finding> {
    let listed = output(command.args(["config", "--null", "--get-regexp", KEPT]).stdin(Stdio::null()))?.stdout;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    // A name without value is `true`, and has no line for it.
    let settings =
        listed.split('\0').filter(|entry| !entry.is_empty()).map(|entry| entry.split_once('\n').unwrap_or((entry, "true")));
    Ok(settings.map(|(name, value)| (name.to_string(), value.to_string())).collect())
}

/// `~/` is the user's home, which git does not see.
fn at_home(value: String) -> String {
    match (value.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest).to_string_lossy().into_owned(),
        _ => value,
    }
}

/// As a file (git-config(1), "Syntax"): in quotes, and those escaped.
fn config(settings: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in settings {
        let Some((section, name)) = name.split_once('.') else { continue };
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let _ = writeln!(text, "[{section}]\n\t{name} = \"{value}\"");
    }
    text
}

/// A git directory of ours, which has the objects of a repository.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    objects: PathBuf,
}

impl Store {
    /// `top` is the root of the repository's working tree, `objects` where its objects are, `head` the
    /// commit that is checked out.
    pub fn new(git: &Git, top: &Path, folder: PathBuf, objects: &Path, head: &str) -> Result<Self, Finding> {
        let mut settings = kept(&mut git.at(top))?;
        settings.retain(|(name, _)| name.starts_with("core."));
        // gitrepository-layout(5) and git-config(1): the format of ids is an extension of version 1.
        let sha256 = head.len() == 64;
        settings.push(("core.repositoryformatversion".into(), if sha256 { "1" } else { "0" }.into()));
        if sha256 {
            settings.push(("extensions.objectformat".into(), "sha256".into()));
        }
        let make = || {
            for inside in ["refs", "info"] {
                std::fs::create_dir_all(folder.join(inside))?;
            }
            std::fs::write(folder.join("HEAD"), format!("{head}\n"))?;
            std::fs::write(folder.join("config"), config(&settings))
        };
        make().map_err(|error| unreadable(format!("\"{}\" could not be made: {error}", folder.display()), "set TMPDIR"))?;
        Ok(Store { folder, objects: objects.into() })
    }

    /// Patterns of files that do not count.
    pub fn exclude(&self) -> PathBuf {
        self.folder.join("info/exclude")
    }

    /// A git whose working tree is the folder.
    pub fn git(&self, git: &Git, folder: &Path) -> Command {
        let mut command = git.at(folder);
        command.env("GIT_DIR", &self.folder).env("GIT_WORK_TREE", folder).env("GIT_OBJECT_DIRECTORY", &self.objects);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::config;

    #[test]
    fn a_value_stays_one_value() {
        let written = config(&[("safe.directory".into(), "a \"b\\\n[core]".into())]);
        assert_eq!(written, "[safe]\n\tdirectory = \"a \\\"b\\\\\\n[core]\"\n");
    }
}
