//! Commits as folders, for as long as a comparison takes.
//!
//! A commit is unpacked with a git directory of its own into a temporary folder, as `git worktree add` would
//! do, but without a word about it in the user's repository: nothing to prune, whatever happens to this
//! program, and no second run to wait for. No hook and no filter runs.

use super::git::{Commit, Repository, said};
use super::reading::Reading;
use super::remover::Remover;
use super::store::{Store, output, unreadable};
use super::trouble::Trouble;
use crate::cli::{sources, temporary};
use crate::findings::Code;
use crate::krm::{Finding, Findings};
use crate::rendered::Inventory;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What temporary folders of comparisons begin with.
const PREFIX: &str = "proxy-service-diff-";

/// The temporary folder of all commits.
#[derive(Debug)]
pub struct Checkout<'r> {
    repository: &'r Repository,
    warnings: RefCell<Findings>,
    // Removed first, and the remover waits for the end of it.
    folder: temporary::Folder,
    remover: Remover,
}

/// One commit in it.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    commit: Commit,
    /// Submodules and files that are not what they are in a full checkout.
    lacking: Findings,
}

impl<'r> Checkout<'r> {
    /// An empty folder.
    pub fn new(repository: &'r Repository) -> Result<Self, Finding> {
        let parent = std::env::temp_dir();
        temporary::sweep(&parent, PREFIX);
        let folder = temporary::Folder::new_in(&parent, PREFIX);
        let folder = folder.map_err(|error| unreadable(format!("no temporary folder could be made: {error}"), "set TMPDIR"))?;
        let remover = Remover::of([folder.path(), repository.git.room()]);
        Ok(Checkout { repository, warnings: RefCell::default(), folder, remover })
    }

    /// What was not handled.
    pub fn warnings(&self) -> Findings {
        self.warnings.take()
    }

    /// Unpacks a commit; once, if it is both sides.
    pub fn of(&self, commit: &Commit) -> Result<Tree, Finding> {
        let root = self.folder.path().join(&commit.id);
        let again = root.exists();
        std::fs::create_dir_all(&root)
            .map_err(|error| unreadable(format!("\"{}\" could not be made: {error}", root.display()), "set TMPDIR"))?;
        let store = self.repository.store(root.with_extension("git"), &commit.id)?;
        let unpacked = output(self.git(&root, &store).args(["read-tree", "--reset", "-u", &commit.id]))?;
        if !unpacked.status.success() {
            let message = format!("{} could not be checked out: {}", commit.called(), said(&unpacked));
            let remedy =
                "run `git fetch`, with a clone that has all files (without `--filter`), or look for room in the temporary folder";
            return Err(unreadable(message, remedy));
        }
        let (inside, elsewhere): (Vec<_>, Vec<_>) =
            self.lacking(&root, &store)?.into_iter().partition(|lack| self.concerns(&lack.path));
        if !again {
            self.warnings.borrow_mut().extend(told(&inside, commit));
        }
        Ok(Tree { root, commit: commit.clone(), lacking: told(&elsewhere, commit) })
    }

    /// Whether a path of the repository holds what is compared, or is part of it.
    fn concerns(&self, path: &str) -> bool {
        let (path, compared) = (Path::new(path), &self.repository.inside);
        path.starts_with(compared) || compared.starts_with(path)
    }

    /// A git whose working tree is the folder, and that ends with this program.
    fn git(&self, root: &Path, store: &Store) -> Command {
        let mut command = store.git(&self.repository.git, root);
        self.remover.ends(&mut command);
        command
    }

    /// Submodules and filtered files.
    #[allow(clippy::disallowed_methods)]
    fn lacking(&self, root: &Path, store: &Store) -> Result<Vec<Lack>, Finding> {
        let staged = output(self.git(root, store).args(["ls-files", "--stage", "-z"]))?.stdout;
        let staged = String::from_utf8_lossy(&staged).into_owned();
        let files: Vec<(&str, &str)> = staged.split('\0').filter_map(|entry| entry.split_once('\t')).collect();
        let submodules = files.iter().filter(|(mode, _)| mode.starts_with("160000"));
        let mut lacking: Vec<Lack> = submodules.map(|(_, path)| Lack { path: (*path).into(), filter: None }).collect();
        if !files.iter().any(|(_, path)| path.ends_with(".gitattributes")) {
            return Ok(lacking);
        }
        let names: Vec<&str> = files.iter().map(|(_, path)| *path).collect();
        let listed = root.with_extension("files");
        let input = std::fs::write(&listed, names.join("\0")).and_then(|()| std::fs::File::open(&listed));
        let input = input.map_err(|error| unreadable(format!("\"{}\": {error}", listed.display()), "set TMPDIR"))?;
        let asked =
            output(self.git(root, store).args(["check-attr", "-z", "--stdin", "filter"]).stdin(Stdio::from(input)))?.stdout;
        let asked = String::from_utf8_lossy(&asked).into_owned();
        let fields: Vec<&str> = asked.split('\0').collect();
        let filtered = fields.chunks_exact(3).filter(|entry| !matches!(entry[2], "unspecified" | "unset"));
        lacking.extend(filtered.map(|entry| Lack { path: entry[0].into(), filter: Some(entry[2].into()) }));
        Ok(lacking)
    }
}

/// A submodule, or a file that goes through a filter.
struct Lack {
    path: String,
    filter: Option<String>,
}

/// One warning for the submodules, and one for the files of each filter.
fn told(lacking: &[Lack], commit: &Commit) -> Findings {
    let mut by_filter: BTreeMap<&Option<String>, Vec<&str>> = BTreeMap::new();
    for lack in lacking {
        by_filter.entry(&lack.filter).or_default().push(&lack.path);
    }
    let mut findings = Findings::default();
    for (filter, paths) in by_filter {
        let others = if paths.len() > 1 { format!(" and {} more", paths.len() - 1) } else { String::new() };
        let what = match filter {
            None => "not checked out, as submodules are not".to_string(),
            Some(filter) => format!("read as stored, without the filter \"{filter}\""),
        };
        let message = format!("\"{}\"{others} at {}: {what}", paths[0], commit.called());
        findings.push(Finding::warning(Code::NotCheckedOut, message, "compare two full checkouts: `proxy-service diff A B`"));
    }
    findings
}

impl Tree {
    /// Where a path of the repository stands in it.
    pub fn path(&self, inside: &Path) -> PathBuf {
        self.root.join(inside)
    }

    /// The objects of a path in it; `None` where it does not exist.
    pub fn applied(&self, inside: &Path, called: &str, reading: Reading<'_>) -> Result<Option<Inventory>, Trouble> {
        let path = self.path(inside);
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        let inside = sources::stays_inside(&path, &self.root).map_err(Findings::from);
        inside.and_then(|()| reading.applied(&path)).map(Some).map_err(|mut findings| {
            findings.extend(self.lacking.clone());
            let called_by = Some((self.root.display().to_string(), self.commit.short_name()));
            Trouble::Side { side: format!("{called} at {}", self.commit.called()), findings, called: called_by }
        })
    }
}
