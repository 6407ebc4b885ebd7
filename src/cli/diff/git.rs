//! The repository of a path, and its commits. The user's checkout, index and refs are only read.

use super::store::{Git, Store, output, unreadable};
use crate::findings::Code;
use crate::krm::{Finding, Findings};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::process::Output;

/// A repository and a path in it.
#[derive(Debug)]
pub struct Repository {
    /// The git that reads it.
    pub git: Git,
    /// The root of the working tree.
    pub top: PathBuf,
    /// The path, from the root.
    pub inside: PathBuf,
    shallow: bool,
}

/// A commit.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its full id.
    pub id: String,
    /// What the user called it.
    pub name: String,
}

impl Commit {
    fn short(&self) -> String {
        self.id.chars().take(7).collect()
    }

    /// What stands before the colon of a path in it: `main:app/cart.yaml`.
    pub fn short_name(&self) -> String {
        if self.name.contains(' ') { self.short() } else { self.name.clone() }
    }

    /// `main (1a2b3c4)`.
    pub fn called(&self) -> String {
        let short = self.short();
        if self.name == self.id || self.name == short { short } else { format!("{} ({short})", self.name) }
    }
}

/// What git said, on one line.
pub fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("; ")
}

impl Repository {
    /// The repository that a path is in, or was in.
    pub fn of(path: &Path) -> Result<Self, Finding> {
        let here = std::env::current_dir()
            .map_err(|error| unreadable(format!("the current folder could not be read: {error}"), "change to another folder"))?;
        let absolute = lexical(&here.join(path));
        let folder = absolute.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/"));
        let rest = absolute.strip_prefix(folder).unwrap_or(Path::new(""));
        let real = folder.canonicalize().unwrap_or_else(|_| folder.into());
        let Some(top) = with_git_folder(&real) else { return Err(no_repository(path, "not a git repository")) };
        let git = Git::new()?;
        let output = git.output(top, &["rev-parse", "--show-toplevel", "--is-shallow-repository"])?;
        let text = String::from_utf8_lossy(&output.stdout);
        let mut lines = text.lines();
        let (true, Some(shown), Some(shallow)) = (output.status.success(), lines.next(), lines.next()) else {
            return Err(no_repository(path, &said(&output)));
        };
        // `core.worktree` can name another folder.
        let top = Path::new(shown).canonicalize().unwrap_or_else(|_| shown.into());
        let Ok(inside) = real.strip_prefix(&top) else { return Err(no_repository(path, "not a git repository")) };
        // Without its empty ends: "a/" and "" make "a".
        let inside = inside.join(rest).components().collect();
        let shallow = shallow == "true";
        Ok(Repository { git, top, inside, shallow })
    }

    /// The commits of `A..B`, `A...B` (from the merge base) or `A` (with the working tree).
    pub fn range(&self, range: &str) -> Result<(Commit, Option<Commit>), Finding> {
        if let Some((base, head)) = range.split_once("...") {
            let (base, head) = (self.commit(base)?, self.commit(head)?);
            return Ok((self.merge_base(&base, &head)?, Some(head)));
        }
        match range.split_once("..") {
            Some((base, head)) => Ok((self.commit(base)?, Some(self.commit(head)?))),
            None => Ok((self.commit(range)?, None)),
        }
    }

    /// A ref, a tag, an id; nothing is HEAD, as for git.
    fn commit(&self, name: &str) -> Result<Commit, Finding> {
        let name = if name.is_empty() { "HEAD" } else { name };
        if let Some(id) = self.find(name)? {
            return Ok(Commit { id, name: name.into() });
        }
        let message = format!("there is no commit \"{name}\" in this clone");
        Err(unreadable(message, &self.remedy(name)).seen(name))
    }

    fn find(&self, name: &str) -> Result<Option<String>, Finding> {
        if name.starts_with('-') {
            return Ok(None);
        }
        let output = self.git.output(&self.top, &["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])?;
        let id = String::from_utf8_lossy(&output.stdout).trim().to_string();
        Ok(Some(id).filter(|id| output.status.success() && !id.is_empty()))
    }

    fn remedy(&self, name: &str) -> String {
        if !name.starts_with("origin/") && matches!(self.find(&format!("origin/{name}")), Ok(Some(_))) {
            return format!("write origin/{name}: there is no local branch of that name");
        }
        let branch = name.strip_prefix("origin/").unwrap_or(name);
        let plain = branch.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['~', '^']);
        let fetch = match plain {
            "HEAD" | "" => "git fetch origin".to_string(),
            plain => format!("git fetch origin {plain}"),
        };
        let depth = if self.shallow { "; this clone is shallow: in CI check out with `fetch-depth: 0`" } else { "" };
        format!("correct it, or run `{fetch}` first{depth}")
    }

    fn merge_base(&self, base: &Commit, head: &Commit) -> Result<Commit, Finding> {
        let output = self.git.output(&self.top, &["merge-base", &base.id, &head.id])?;
        let text = String::from_utf8_lossy(&output.stdout);
        let id = text.lines().next().unwrap_or_default();
        if output.status.success() && !id.is_empty() {
            let name = format!("the merge base of {} and {}", base.name, head.name);
            return Ok(Commit { id: id.into(), name });
        }
        let message = format!("\"{}\" and \"{}\" have no common commit in this clone", base.name, head.name);
        let remedy = match self.shallow {
            true => "the clone is shallow: in CI check out with `fetch-depth: 0`, else run `git fetch --unshallow`",
            false => "compare them with two dots: BASE..HEAD",
        };
        Err(unreadable(message, remedy))
    }

    /// A git directory for this repository's objects which has nothing else of it but the settings that
    /// are kept.
    pub fn store(&self, folder: PathBuf, head: &str) -> Result<Store, Finding> {
        let objects = self.path_of("objects")?;
        Store::new(&self.git, &self.top, folder, &objects, head)
    }

    /// Where git keeps something of this repository: linked worktrees share some of it.
    fn path_of(&self, name: &str) -> Result<PathBuf, Finding> {
        let output = self.git.output(&self.top, &["rev-parse", "--git-path", name])?;
        let path = String::from_utf8_lossy(&output.stdout);
        match path.trim_end_matches('\n') {
            "" => Err(no_repository(&self.top, &said(&output))),
            path => Ok(self.top.join(path)),
        }
    }

    /// A warning where one of the commits is what is checked out, and the checkout has changes.
    pub fn uncommitted(&self, commits: &[&Commit]) -> Findings {
        let checked_out = self.find("HEAD").ok().flatten();
        let Some(head) = checked_out.filter(|head| commits.iter().any(|commit| commit.id == *head)) else {
            return Findings::default();
        };
        let Ok(changed) = self.changed(&head) else { return Findings::default() };
        let Some(first) = changed.first() else { return Findings::default() };
        let others = if changed.len() > 1 { format!(" and {} more", changed.len() - 1) } else { String::new() };
        let message = format!("uncommitted changes are not part of the comparison: \"{first}\"{others}");
        let remedy = "commit them, or compare with the working tree: `--git BASE` without dots";
        Finding::warning(Code::UncommittedChanges, message, remedy).into()
    }

    /// The changed files of the working tree, of which git can tell without their filters.
    fn changed(&self, head: &str) -> Result<Vec<String>, Finding> {
        let store = self.store(self.git.room().join("status"), head)?;
        let _ = std::fs::copy(self.path_of("info/exclude")?, store.exclude());
        let mut status = store.git(&self.git, &self.top);
        status.env("GIT_INDEX_FILE", self.path_of("index")?);
        status.args(["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=dirty"]);
        let text = output(&mut status)?.stdout;
        let text = String::from_utf8_lossy(&text).into_owned();
        // A new file elsewhere is not built; a change elsewhere may be, as a base.
        let counts =
            |entry: &&str| !entry.starts_with("?? ") || Path::new(entry.get(3..).unwrap_or_default()).starts_with(&self.inside);
        let entries = text.split('\0').filter(|entry| entry.len() > 3).filter(counts);
        let mut changed: Vec<String> = entries.filter_map(|entry| Some(entry.get(3..)?.to_string())).collect();
        let is_unfiltered = |path: &String| {
            let asked = output(store.git(&self.git, &self.top).args(["check-attr", "filter", "--", path]));
            asked.is_ok_and(|asked| String::from_utf8_lossy(&asked.stdout).trim_end().ends_with(": unspecified"))
        };
        // One is named; so that of many not every one is asked for.
        let first = changed.iter().position(is_unfiltered).unwrap_or(changed.len());
        Ok(changed.split_off(first))
    }
}

/// The nearest folder that has `.git`. git itself would also take a folder for a bare repository which has
/// HEAD, objects and refs, and with it a `config` that came with a commit.
fn with_git_folder(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok())
}

fn no_repository(path: &Path, said: &str) -> Finding {
    if said.contains("dubious ownership") {
        let message = format!("git does not trust the repository of \"{}\": it belongs to another user", path.display());
        return unreadable(message, "run `git config --global --add safe.directory DIR` with its folder");
    }
    if said.contains("not a git repository") {
        let message = format!("\"{}\" is in no git repository", path.display());
        return unreadable(message, "name a path in one, or compare two folders: `proxy-service diff A B`");
    }
    unreadable(format!("git cannot read the repository of \"{}\": {said}", path.display()), "name a path in a checkout")
}

/// The path without `.` and `..`; it need not exist.
fn lexical(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(clean.pop()),
            other => clean.push(AsRef::<OsStr>::as_ref(&other)),
        }
    }
    clean
}
