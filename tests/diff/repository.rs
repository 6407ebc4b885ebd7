//! A temporary git repository with the sock-shop in it.

use crate::program::{checkout, diff, path};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

pub struct Repository {
    pub folder: TempDir,
}

impl Repository {
    pub fn new() -> Self {
        let repository = Repository { folder: tempfile::tempdir().unwrap() };
        repository.git(&["init", "--quiet", "--initial-branch=main", "."]);
        repository
    }

    /// `functions/` and the sock-shop, its carts Service not intercepted yet; then it is.
    pub fn with_sock_shop() -> Self {
        let repository = Repository::new();
        for folder in ["functions", "kustomization-examples/sock-shop"] {
            copy(&checkout().join(folder), &repository.path(folder));
        }
        let requests = repository.path("kustomization-examples/sock-shop/base/proxyservices.yaml");
        let with_carts = fs::read_to_string(&requests).unwrap();
        let (carts, others) = with_carts.split_once("---\n").unwrap();
        assert!(carts.contains("serviceName: carts"));
        fs::write(&requests, others).unwrap();
        repository.commit("before");
        fs::write(&requests, with_carts).unwrap();
        repository.commit("after");
        repository
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    pub fn write(&self, inside: &str, text: &str) {
        let path = self.path(inside);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs git, always at the same time and as the same person, so that ids are the same.
    pub fn git(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.folder.path()).env("GIT_CONFIG_GLOBAL", "/dev/null");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "somebody").env(format!("GIT_{who}_EMAIL"), "somebody@example.com");
            command.env(format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z");
        }
        let output = command.env("GIT_CONFIG_NOSYSTEM", "1").output().expect("git");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_string()
    }

    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// `proxy-service diff` in a folder of it, with temporary files where the test can see them.
    pub fn diff_in(&self, folder: &str, arguments: &[&str]) -> Output {
        let temporary = tempfile::tempdir().unwrap();
        let mut command = diff();
        command.args(arguments).current_dir(self.path(folder)).env("TMPDIR", temporary.path());
        let output = command.output().unwrap();
        let left: Vec<_> = fs::read_dir(temporary.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?} is left");
        output
    }

    pub fn diff(&self, arguments: &[&str]) -> Output {
        self.diff_in(".", arguments)
    }

    /// All that a run must leave alone: refs, index, configuration, worktrees and checkout.
    pub fn state(&self) -> String {
        let listed =
            ["for-each-ref", "ls-files --stage --debug", "worktree list --porcelain", "config --local --list", "stash list"];
        let mut state: String = listed.map(|command| self.git(&command.split(' ').collect::<Vec<_>>())).join("\n");
        state += &String::from_utf8_lossy(&fs::read(self.path(".git/index")).unwrap());
        let mut files = Vec::new();
        list(&self.path(".git"), &mut files);
        files.sort();
        files.iter().fold(state, |state, file| format!("{state}\n{}", file.display()))
    }
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() { list(&path, files) } else { files.push(path) }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let copied = to.join(entry.file_name().unwrap());
        if entry.is_dir() { copy(&entry, &copied) } else { assert!(fs::copy(&entry, copied).is_ok()) }
    }
}

/// A folder for PATH with what the program needs, and no kustomize and no kubectl.
pub fn bare_path() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for tool in ["git", "sh", "cat", "rm"] {
        let found = std::env::split_paths(&path()).map(|folder| folder.join(tool)).find(|file| file.is_file());
        std::os::unix::fs::symlink(found.expect(tool), folder.path().join(tool)).unwrap();
    }
    folder
}
