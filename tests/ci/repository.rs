//! A git repository with two overlays, the programs that its jobs use, and ways to run shell there.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_proxy-service");

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{name: http, port: 80}], selector: {app: cart}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart}\nspec:\n  replicas: 20\n  selector: {matchLabels: {app: cart}}\n  template:\n    metadata: {labels: {app: cart}}\n    spec: {containers: [{name: cart, image: example/cart:1.0, ports: [{containerPort: 80}]}]}\n";
/// Runs the program under test.
pub fn itself() -> String {
    format!("#!/bin/sh\nexec '{PROGRAM}' \"$@\"\n")
}

/// Switched on in the branch.
pub const PROXY_SERVICE: &str =
    "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: cart}\nspec: {serviceName: cart}\n";

/// A checkout of the branch `change`, whose `origin` has `main`.
pub struct Repository(tempfile::TempDir);

impl Repository {
    /// In the branch prod has a ProxyService.
    pub fn new() -> Self {
        let repository = Repository(tempfile::tempdir().unwrap());
        repository.git(&["init", "--quiet", "--bare", "origin"]);
        repository.git(&["init", "--quiet", "--initial-branch=main", "work"]);
        repository.write("base/cart.yaml", SERVICE);
        repository.kustomization("base", "resources: [cart.yaml]\n");
        repository.kustomization("overlays/dev", "namespace: dev\nresources: [../../base]\n");
        repository.kustomization("overlays/prod", "namespace: prod\nresources: [../../base]\n");
        repository.commit("main");
        repository
            .shell("git remote add origin ../origin && git push --quiet origin main && git checkout --quiet -b change", &[]);
        repository.intercept();
        repository.commit("intercept");
        repository
    }

    fn intercept(&self) {
        self.write("overlays/prod/proxyservice.yaml", PROXY_SERVICE);
        let component = format!("{ROOT}/functions/.");
        self.shell(&format!("mkdir -p functions && cp -R {component} functions/"), &[]);
        let fields = "namespace: prod\nresources: [../../base, proxyservice.yaml]\ncomponents: [../../functions/exec]\n";
        self.kustomization("overlays/prod", fields);
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join("work").join(inside)
    }

    /// Beside the checkout.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, inside: &str, text: &str) {
        let path = self.path(inside);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn kustomization(&self, folder: &str, fields: &str) {
        let head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
        self.write(&format!("{folder}/kustomization.yaml"), &format!("{head}{fields}"));
    }

    pub fn commit(&self, message: &str) {
        self.shell(&format!("git add -A && git commit --quiet -m {message}"), &[]);
    }

    fn git(&self, arguments: &[&str]) {
        let output = Command::new("git").args(arguments).current_dir(self.0.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// A program that is found before all others.
    pub fn stand_in(&self, name: &str, text: &str) {
        let path = self.beside("bin").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs a line; it must succeed.
    pub fn shell(&self, line: &str, set: &[(&str, &str)]) -> String {
        let output = self.run("bash", &["-ec", line], set);
        assert!(output.status.success(), "{line}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a program in the checkout: stand-ins first, then the program under test and the tools.
    pub fn run(&self, program: &str, arguments: &[&str], set: &[(&str, &str)]) -> Output {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.path("")).stdin(Stdio::null()).env("PATH", search_path(&self.beside("bin")));
        for (name, value) in [("NAME", "Tester"), ("EMAIL", "tester@example.com")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        command.env("HOME", self.beside("home")).env("TMPDIR", self.0.path());
        command.envs(set.iter().copied()).output().unwrap()
    }

    /// An archive as a release has it, with this program; its checksum.
    pub fn release(&self, text: &str) -> String {
        let name = format!("proxy-service-{}-linux-amd64", env!("CARGO_PKG_VERSION"));
        let folder = self.beside("releases").join(format!("v{}", env!("CARGO_PKG_VERSION")));
        fs::create_dir_all(folder.join(&name)).unwrap();
        let program = folder.join(&name).join("proxy-service");
        let mut file = fs::File::create(&program).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        drop(file);
        let line = format!("cd {} && tar -czf {name}.tar.gz {name} && sha256sum {name}.tar.gz | cut -d' ' -f1", folder.display());
        self.shell(&line, &[]).trim().to_string()
    }
}

pub fn said(output: &Output) -> String {
    format!("{}\n{}{}", output.status, String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn search_path(first: &Path) -> std::ffi::OsString {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/proxy-service-tools");
    let tools = std::env::var_os("PROXY_SERVICE_TOOLS").map_or(home, PathBuf::from);
    let program = Path::new(PROGRAM).parent().unwrap().to_path_buf();
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let first = [first.to_path_buf(), program, tools.join("bin")];
    std::env::join_paths(first.into_iter().chain(std::env::split_paths(&inherited))).unwrap()
}

/// Whether the programs, and the commands of the program under test, are there.
pub fn have(programs: &[&str], commands: &[&str]) -> bool {
    let path = search_path(Path::new("/nonexistent"));
    let mut missing: Vec<String> = programs
        .iter()
        .filter(|name| !std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
        .map(|name| (*name).to_string())
        .collect();
    let help = String::from_utf8(Command::new(PROGRAM).arg("--help").output().unwrap().stdout).unwrap();
    let lacks = |name: &&&str| !help.lines().any(|line| line.split_whitespace().next() == Some(**name) && line.starts_with("  "));
    missing.extend(commands.iter().filter(lacks).map(|name| format!("proxy-service {name}")));
    if missing.is_empty() {
        return true;
    }
    let why = format!("{} missing; tests/tools/install.sh kustomize ci", missing.join(", "));
    assert!(std::env::var_os("PROXY_SERVICE_HOSTS").is_none(), "{why}");
    eprintln!("NOT TESTED: {why}");
    false
}
