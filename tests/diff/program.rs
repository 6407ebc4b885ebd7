//! Runs the program under test.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn updating() -> bool {
    std::env::var_os("PROXY_SERVICE_UPDATE").is_some()
}

/// Whether the tests may leave out what needs a tool that is not installed.
pub fn tools_are_required() -> bool {
    std::env::var_os("PROXY_SERVICE_HOSTS").is_some()
}

/// `proxy-service diff`, the tools of `tests/tools` on PATH, no settings of the machine's git.
pub fn diff() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxy-service"));
    command.arg("diff").env("PATH", path()).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    for variable in ["NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
}

pub fn path() -> std::ffi::OsString {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([tools()].into_iter().chain(std::env::split_paths(&inherited))).unwrap()
}

fn tools() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/proxy-service-tools");
    std::env::var_os("PROXY_SERVICE_TOOLS").map_or_else(home, PathBuf::from).join("bin")
}

/// Whether kustomize can be run. Where not, it is said; and it is a failure where tools are required.
pub fn have_kustomize(test: &str) -> bool {
    let have = std::env::split_paths(&path()).any(|folder| folder.join("kustomize").is_file());
    if !have {
        assert!(!tools_are_required(), "kustomize is not installed; tests/tools/install.sh does");
        println!("{test} did NOT run: kustomize is not installed; `tests/run.sh` installs and runs it");
    }
    have
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("stdout is UTF-8")
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("stderr is UTF-8")
}

/// Compares with what a file holds, or writes it.
pub fn expect(file: &Path, actual: &str) {
    if updating() {
        std::fs::write(file, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(file).unwrap_or_default();
    if expected != actual {
        let diff = similar::TextDiff::from_lines(&expected, actual);
        panic!("{}", diff.unified_diff().header(&file.display().to_string(), "what the program wrote"));
    }
}
