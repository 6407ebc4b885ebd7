//! Which programs an input may start: none but this one.
//!
//! Every row of a table here is a way to start a program; a new one joins as a line. Each is shown to work
//! first, with kustomize or git alone, and then not to work with this program. What an attack starts leaves a
//! file in the folder MARK.

mod allowed;
#[path = "../hosts/command.rs"]
#[allow(dead_code)]
mod command;
mod ends;
mod names;
mod repositories;
mod stays;
mod table;
mod ways;

use command::{Done, PROGRAM, Tools, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{name: http, port: 80}], selector: {app: cart}}\n";

/// A checkout, programs on PATH, a home, a temporary folder, and what an attack leaves.
struct Scene {
    root: TempDir,
    path: Vec<PathBuf>,
}

impl Scene {
    /// With the real kustomize of the tools.
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["tree", "bin", "home", "tmp", "mark"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        let program = Path::new(PROGRAM).parent().unwrap().to_path_buf();
        let machine = std::env::var_os("PATH").unwrap_or_default();
        let first = [root.path().join("bin"), program, Tools::find().home.join("bin")];
        let path = first.into_iter().chain(std::env::split_paths(&machine)).collect();
        Scene { root, path }
    }

    /// With the kustomize inside kubectl, and no other.
    fn with_kubectl(mut self) -> Self {
        self.path.retain(|folder| !folder.join("kustomize").exists());
        self
    }

    fn at(&self, inside: &str) -> PathBuf {
        self.root.path().join(inside)
    }

    fn tree(&self, inside: &str) -> PathBuf {
        self.at("tree").join(inside)
    }

    fn mark(&self) -> String {
        self.at("mark").to_str().unwrap().to_string()
    }

    /// Writes a file; a script can be run. MARK stands for the folder of marks, TREE for the checkout.
    fn write(&self, inside: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.at(inside);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = text.replace("MARK", &self.mark()).replace("TREE", self.at("tree").to_str().unwrap());
        // By another name first: a script that is open for writing cannot be run.
        let new = path.with_extension("new");
        fs::write(&new, &text).unwrap();
        let mode = if text.starts_with("#!") { 0o755 } else { 0o644 };
        fs::set_permissions(&new, fs::Permissions::from_mode(mode)).unwrap();
        fs::rename(&new, &path).unwrap();
        path
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.at("tree")).env("PATH", std::env::join_paths(&self.path).unwrap());
        command.env("HOME", self.at("home")).env("TMPDIR", self.at("tmp")).env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "somebody").env(format!("GIT_{who}_EMAIL"), "somebody@example.com");
        }
        for variable in ["XDG_CONFIG_HOME", "KUSTOMIZE_PLUGIN_HOME", "GIT_CONFIG_GLOBAL", "GIT_DIR", "GIT_ALLOW_PROTOCOL"] {
            command.env_remove(variable);
        }
        command
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Done {
        run(&mut self.command(program, arguments), None, PATIENCE).unwrap()
    }

    /// The program under test.
    fn program(&self, arguments: &[&str]) -> Done {
        self.run(PROGRAM, arguments)
    }

    fn shell(&self, line: &str) -> Done {
        let mut command = self.command("sh", &["-c", line]);
        command.env("MARK", self.mark()).env("BIN", self.at("bin"));
        run(&mut command, None, PATIENCE).unwrap()
    }

    /// Commits what is in the tree.
    fn commit(&self, message: &str) {
        let line = format!("test -d .git || git init -q -b main .; git add -A && git commit -q --allow-empty -m {message}");
        self.shell(&line).succeeded().unwrap();
    }

    /// Whether an attack has left something; it is taken away.
    fn marked(&self) -> bool {
        let marks: Vec<PathBuf> = fs::read_dir(self.at("mark")).unwrap().map(|entry| entry.unwrap().path()).collect();
        marks.iter().for_each(|mark| fs::remove_file(mark).unwrap());
        !marks.is_empty()
    }
}

/// Whether a tool is installed. Where not, it is said; and it is a failure where tools are required.
fn have(tool: &str, test: &str) -> bool {
    let have = Tools::find().have(tool);
    assert!(have || std::env::var_os("PROXY_SERVICE_HOSTS").is_none(), "{tool} is not installed; tests/tools/install.sh does");
    if !have {
        println!("{test} did NOT run: {tool} is not installed; `tests/run.sh` installs and runs it");
    }
    have
}

fn has_kubectl() -> bool {
    let have =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join("kubectl").is_file());
    if !have {
        println!("kubectl did NOT run: it is not installed");
    }
    have
}
