//! The repository of a path, and its commits. The user's checkout, index and refs are only read.

use crate::krm::{Code, Finding, Findings};
use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Output};

/// A repository and a path in it.
#[derive(Debug)]
pub struct Repository {
    /// The root of the working tree.
    pub top: PathBuf,
    /// Where its objects are.
    pub git_dir: PathBuf,
    /// The path, from the root.
    pub inside: PathBuf,
    shallow: bool,
    without_filters: Vec<String>,
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

/// Variables with which git tells its hooks where they run: they would mean another repository, or
/// the user's index.
const OF_HOOKS: [&str; 7] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_IMPLICIT_WORK_TREE"];

/// Nothing of the repository's configuration runs, and nothing is written into it.
const QUIET: [&str; 9] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.splitIndex=false",
    "core.sparseCheckout=false",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.detachedHead=false",
];

/// A git that asks nobody and speaks English.
pub fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).arg("--no-optional-locks");
    for setting in QUIET {
        command.args(["-c", setting]);
    }
    for variable in OF_HOOKS {
        command.env_remove(variable);
    }
    command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").env("GIT_LFS_SKIP_SMUDGE", "1");
    command.stdin(std::process::Stdio::null());
    command
}

/// Runs it.
pub fn output(command: &mut Command) -> Result<Output, Finding> {
    command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => unreadable("git is not on PATH".into(), "install git, or compare two folders"),
        _ => unreadable(format!("git could not be run: {error}"), "correct the installation of git"),
    })
}

/// The finding about a repository or a ref.
pub fn unreadable(message: String, remedy: &str) -> Finding {
    Finding::error(Code::UnreadableCommit, message, remedy)
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
        let output = output(git(folder).args([
            "rev-parse",
            "--show-toplevel",
            "--absolute-git-dir",
            "--is-shallow-repository",
            "--show-prefix",
        ]))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let mut lines = text.lines();
        match (output.status.success(), lines.next(), lines.next(), lines.next()) {
            (true, Some(top), Some(git_dir), Some(shallow)) => {
                let rest = absolute.strip_prefix(folder).unwrap_or(Path::new(""));
                let inside = Path::new(lines.next().unwrap_or_default()).join(rest);
                // Without its empty ends: "a/" and "" make "a".
                let inside = inside.components().collect();
                let without_filters = filters_off(Path::new(top))?;
                Ok(Repository { without_filters, top: top.into(), git_dir: git_dir.into(), inside, shallow: shallow == "true" })
            }
            _ => Err(no_repository(path, &said(&output))),
        }
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
        let output = output(git(&self.top).args(["rev-parse", "--verify", "--quiet"]).arg(format!("{name}^{{commit}}")))?;
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
        let output = output(git(&self.top).args(["merge-base", &base.id, &head.id]))?;
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

    /// A warning where one of the commits is what is checked out, and the checkout has changes.
    pub fn uncommitted(&self, commits: &[&Commit]) -> Findings {
        let checked_out = self.find("HEAD").ok().flatten();
        if !commits.iter().any(|commit| checked_out.as_ref() == Some(&commit.id)) {
            return Findings::default();
        }
        let mut status = git(&self.top);
        status.args(self.without_filters());
        let Ok(output) = output(status.args(["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"])) else {
            return Findings::default();
        };
        let text = String::from_utf8_lossy(&output.stdout);
        // A new file elsewhere is not built; a change elsewhere may be, as a base.
        let counts =
            |entry: &&str| !entry.starts_with("?? ") || Path::new(entry.get(3..).unwrap_or_default()).starts_with(&self.inside);
        let changed: Vec<&str> = text.split('\0').filter(|entry| entry.len() > 3).filter(counts).collect();
        let changed = self.unfiltered(changed.iter().filter_map(|entry| entry.get(3..)).collect());
        let Some(first) = changed.first() else { return Findings::default() };
        let others = if changed.len() > 1 { format!(" and {} more", changed.len() - 1) } else { String::new() };
        let message = format!("uncommitted changes are not part of the comparison: \"{first}\"{others}");
        let remedy = "commit them, or compare with the working tree: `--git BASE` without dots";
        Finding::warning(Code::UncommittedChanges, message, remedy).into()
    }
}

impl Repository {
    /// Options that switch all filters off: commands of the user's configuration, some of which reach
    /// the network or ask for keys.
    pub fn without_filters(&self) -> &[String] {
        &self.without_filters
    }

    /// The paths of which git can tell, without their filters, whether they changed.
    fn unfiltered<'p>(&self, paths: Vec<&'p str>) -> Vec<&'p str> {
        if self.without_filters.is_empty() {
            return paths;
        }
        let is_unfiltered = |path: &&str| {
            let asked = output(git(&self.top).args(["check-attr", "filter", "--", path]));
            asked.is_ok_and(|asked| String::from_utf8_lossy(&asked.stdout).trim_end().ends_with(": unspecified"))
        };
        // One is named; so that of many not every one is asked for.
        match paths.iter().position(is_unfiltered) {
            Some(first) => paths[first..].to_vec(),
            None => Vec::new(),
        }
    }
}

fn filters_off(top: &Path) -> Result<Vec<String>, Finding> {
    let listed = output(git(top).args(["config", "--null", "--name-only", "--get-regexp", r"^filter\."]))?.stdout;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let names = listed.split('\0').filter_map(|key| Some(key.strip_prefix("filter.")?.rsplit_once('.')?.0));
    let names: std::collections::BTreeSet<&str> = names.collect();
    let settings = |name| ["smudge=", "clean=", "process=", "required=false"].map(|setting| format!("filter.{name}.{setting}"));
    Ok(names.into_iter().flat_map(settings).flat_map(|setting| ["-c".to_string(), setting]).collect())
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
