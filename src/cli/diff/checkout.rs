//! Commits as folders, for as long as a comparison takes.
//!
//! A commit is unpacked with an index of its own into a temporary folder, as `git worktree add` would
//! do, but without a word about it in the user's repository: nothing to prune, whatever happens to this
//! program, and no second run to wait for. No hook and no filter runs.

use super::git::{Commit, Repository, git, output, said, unreadable};
use super::sides::Reading;
use super::trouble::Trouble;
use crate::inventory::Inventory;
use crate::krm::{Code, Finding, Findings};
use std::cell::RefCell;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The temporary folder of all commits.
#[derive(Debug)]
pub struct Checkout<'r> {
    repository: &'r Repository,
    filters: Vec<OsString>,
    warnings: RefCell<Findings>,
    // Removed first, and the remover waits for the end of it.
    folder: TempDir,
    _remover: Remover,
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
        let folder = tempfile::Builder::new().prefix("proxy-service-diff-").tempdir();
        let folder = folder.map_err(|error| unreadable(format!("no temporary folder could be made: {error}"), "set TMPDIR"))?;
        let _remover = Remover::of(folder.path());
        Ok(Checkout { filters: without_filters(repository)?, repository, warnings: RefCell::default(), folder, _remover })
    }

    /// What was not handled.
    pub fn warnings(&self) -> Findings {
        self.warnings.take()
    }

    /// Unpacks a commit.
    pub fn of(&self, commit: &Commit) -> Result<Tree, Finding> {
        let root = self.folder.path().join(&commit.id);
        std::fs::create_dir_all(&root)
            .map_err(|error| unreadable(format!("\"{}\" could not be made: {error}", root.display()), "set TMPDIR"))?;
        let unpacked = output(self.git(&root).args(["read-tree", "--reset", "-u", &commit.id]))?;
        if !unpacked.status.success() {
            let message = format!("{} could not be checked out: {}", commit.called(), said(&unpacked));
            return Err(unreadable(message, "run `git fetch`, or look for room in the temporary folder"));
        }
        let lacking = self.lacking(&root, commit)?;
        let (important, others) = lacking;
        self.warnings.borrow_mut().extend(important);
        Ok(Tree { root, commit: commit.clone(), lacking: others })
    }

    /// A git whose working tree is the folder, with an index beside it.
    fn git(&self, root: &Path) -> Command {
        let mut command = git(root);
        command.args(&self.filters);
        command.env("GIT_DIR", &self.repository.git_dir).env("GIT_WORK_TREE", root);
        command.env("GIT_INDEX_FILE", root.with_extension("index"));
        command
    }

    /// Submodules and filtered files: those that the path holds, and the others.
    fn lacking(&self, root: &Path, commit: &Commit) -> Result<(Findings, Findings), Finding> {
        let (mut inside, mut elsewhere) = (Findings::default(), Findings::default());
        let staged = output(self.git(root).args(["ls-files", "--stage", "-z"]))?.stdout;
        let staged = String::from_utf8_lossy(&staged).into_owned();
        let files: Vec<(&str, &str)> = staged.split('\0').filter_map(|entry| entry.split_once('\t')).collect();
        let mut note = |path: &str, what: &str, remedy: &str| {
            let message = format!("\"{path}\" {what} at {}", commit.called());
            let finding = Finding::warning(Code::NotCheckedOut, message, remedy);
            let path = Path::new(path);
            let concerns = path.starts_with(&self.repository.inside) || self.repository.inside.starts_with(path);
            if concerns { inside.push(finding) } else { elsewhere.push(finding) }
        };
        for (_, path) in files.iter().filter(|(mode, _)| mode.starts_with("160000")) {
            note(path, "is a submodule, and empty", "compare two checkouts with submodules: `proxy-service diff A B`");
        }
        if files.iter().any(|(_, path)| path.ends_with(".gitattributes")) {
            let listed = root.with_extension("files");
            let names: Vec<&str> = files.iter().map(|(_, path)| *path).collect();
            let written = std::fs::File::create(&listed).and_then(|mut file| {
                file.write_all(names.join("\0").as_bytes())?;
                std::fs::File::open(&listed)
            });
            let input = written.map_err(|error| unreadable(format!("\"{}\": {error}", listed.display()), "set TMPDIR"))?;
            let asked = output(self.git(root).args(["check-attr", "-z", "--stdin", "filter"]).stdin(Stdio::from(input)))?.stdout;
            let asked = String::from_utf8_lossy(&asked).into_owned();
            let fields: Vec<&str> = asked.split('\0').collect();
            for entry in fields.chunks_exact(3).filter(|entry| !matches!(entry[2], "unspecified" | "unset")) {
                let what = format!("is stored through the filter \"{}\", and as it is stored", entry[2]);
                note(entry[0], &what, "compare two checkouts: `proxy-service diff A B`");
            }
        }
        Ok((inside, elsewhere))
    }
}

/// Filters are commands of the user's configuration, some of which reach the network or ask for keys.
fn without_filters(repository: &Repository) -> Result<Vec<OsString>, Finding> {
    let listed = output(git(&repository.top).args(["config", "--null", "--name-only", "--get-regexp", r"^filter\."]))?.stdout;
    let mut names: Vec<String> = String::from_utf8_lossy(&listed)
        .split('\0')
        .filter_map(|key| Some(key.strip_prefix("filter.")?.rsplit_once('.')?.0.to_string()))
        .collect();
    names.dedup();
    let settings = |name: String| {
        ["smudge=", "clean=", "process=", "required=false"].map(|setting| format!("filter.{name}.{setting}").into())
    };
    Ok(names.into_iter().flat_map(settings).flat_map(|setting: OsString| [OsString::from("-c"), setting]).collect())
}

impl Tree {
    /// Where a path of the repository stands in it.
    pub fn path(&self, inside: &Path) -> PathBuf {
        self.root.join(inside)
    }

    /// The objects of a path in it; `None` where it does not exist.
    pub fn applied(&self, inside: &Path, called: &str, reading: Reading) -> Result<Option<Inventory>, Trouble> {
        let path = self.path(inside);
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        reading.applied(&path).map(Some).map_err(|mut findings| {
            findings.extend(self.lacking.clone());
            let called_by = Some((self.root.display().to_string(), self.commit.name.clone()));
            Trouble::Side { side: format!("{called} at {}", self.commit.called()), findings, called: called_by }
        })
    }
}

/// Removes a folder when this program ends, however it ends: it waits for the end of a pipe that
/// nobody else holds, in a process group that Ctrl-C does not reach.
#[derive(Debug)]
struct Remover(Option<Child>);

impl Remover {
    #[cfg(unix)]
    fn of(folder: &Path) -> Self {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new("sh");
        command.args(["-c", r#"cat >/dev/null; rm -rf -- "$1""#, "sh"]).arg(folder).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Remover(command.spawn().ok())
    }

    #[cfg(not(unix))]
    fn of(_: &Path) -> Self {
        Remover(None)
    }
}

impl Drop for Remover {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}
