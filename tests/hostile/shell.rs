//! Lines of shell with the program as `$P`, for what only a shell can set up: redirections, closed
//! descriptors, pipes and devices.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Seconds after which a line is ended: nothing here works as long.
const PATIENCE: &str = "120";

/// Runs a line in a folder. The tools of tests/tools are on PATH, git knows nothing of the machine.
///
/// Into files: a reader in the background that outlives the line would keep a pipe open.
pub fn bash(folder: &Path, line: &str) -> Output {
    let outputs = tempfile::tempdir().unwrap();
    let file = |name: &str| outputs.path().join(name);
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", PATIENCE, "bash", "-uc", line]).current_dir(folder).stdin(Stdio::null());
    command.stdout(File::create(file("out")).unwrap()).stderr(File::create(file("err")).unwrap());
    for variable in ["NO_COLOR", "CLICOLOR_FORCE", "CI", "GITHUB_ACTIONS"] {
        command.env_remove(variable);
    }
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "somebody").env(format!("GIT_{who}_EMAIL"), "somebody@example.com");
    }
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    let status = command.env("P", env!("CARGO_BIN_EXE_proxy-service")).env("PATH", path()).status().unwrap();
    let read = |name: &str| std::fs::read(file(name)).unwrap();
    let output = Output { status, stdout: read("out"), stderr: read("err") };
    assert!(!matches!(output.status.code(), Some(124 | 137)), "did not end within {PATIENCE} s: {line}\n{}", said(&output));
    output
}

/// Runs a line that must succeed; what it wrote to stdout.
pub fn succeeds(folder: &Path, line: &str) -> String {
    let output = bash(folder, line);
    assert!(output.status.success(), "{line}\n{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

pub fn said(output: &Output) -> String {
    format!("{}\n{}{}", output.status, String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn path() -> std::ffi::OsString {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/proxy-service-tools");
    let tools = std::env::var_os("PROXY_SERVICE_TOOLS").map_or_else(home, PathBuf::from).join("bin");
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([tools].into_iter().chain(std::env::split_paths(&inherited))).unwrap()
}

/// Whether a program is there. Where not, it is said; and it is a failure where tools are required.
pub fn have(program: &str) -> bool {
    let have = std::env::split_paths(&path()).any(|folder| folder.join(program).is_file());
    if !have {
        let why = format!("{program} is not on PATH; tests/tools/install.sh {program}");
        assert!(std::env::var_os("PROXY_SERVICE_HOSTS").is_none(), "{why}");
        eprintln!("NOT TESTED: {why}");
    }
    have
}
