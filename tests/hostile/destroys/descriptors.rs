//! Closed, full and unusable descriptors: a run that could not write says so, and fails.

use crate::kit::{REQUEST, SERVICE, list};
use crate::shell::{bash, said, succeeds};
use std::fs;
use std::process::Output;
use tempfile::TempDir;

/// Every command that writes to stdout: how it ends when it can, and how when it cannot.
const COMMANDS: [(&str, i32, i32); 20] = [
    ("<list.yaml", 0, 1),
    ("render in.yaml", 0, 1),
    ("diff in.yaml rendered.yaml", 0, 2),
    ("diff /dev/null in.yaml", 1, 2),
    ("diff /dev/null in.yaml --format markdown", 1, 2),
    ("diff /dev/null in.yaml --format json", 1, 2),
    ("validate rendered.yaml", 0, 2),
    ("validate rendered.yaml --format sarif", 0, 2),
    ("graph in.yaml", 0, 1),
    ("graph in.yaml --format svg", 0, 1),
    ("schema", 0, 1),
    ("crd", 0, 1),
    ("explain", 0, 1),
    ("explain PS001", 0, 1),
    ("man", 0, 1),
    ("completions bash", 0, 1),
    ("init --dry-run app", 0, 1),
    ("--help", 0, 1),
    ("render --help", 0, 1),
    ("--version", 0, 1),
];

/// Redirections with which nothing of the output arrives.
const UNWRITABLE: [&str; 4] = [">&-", ">/dev/full", "1</dev/null", "1<."];

/// Redirections with which it arrives, or is not wanted.
const WRITABLE: [&str; 4] = ["", ">/dev/null", ">>/dev/null", "| cat"];

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.yaml"), format!("{SERVICE}---\n{REQUEST}")).unwrap();
    fs::write(folder.path().join("list.yaml"), list(&[SERVICE, REQUEST])).unwrap();
    fs::create_dir(folder.path().join("app")).unwrap();
    fs::write(folder.path().join("app/service.yaml"), SERVICE).unwrap();
    succeeds(folder.path(), "$P render in.yaml -o rendered.yaml");
    folder
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn an_output_that_cannot_be_written_is_a_failure_that_says_so() {
    let folder = folder();
    for (command, fine, failed) in COMMANDS {
        for redirection in WRITABLE {
            let output = bash(folder.path(), &format!("set -o pipefail; $P {command} {redirection}"));
            assert_eq!(output.status.code(), Some(fine), "{command} {redirection}: {}", said(&output));
        }
        for redirection in UNWRITABLE {
            let output = bash(folder.path(), &format!("$P {command} {redirection}"));
            assert_eq!(output.status.code(), Some(failed), "{command} {redirection}: {}", said(&output));
            assert!(stderr(&output).contains("could not be written to stdout"), "{command} {redirection}: {}", said(&output));
        }
    }
}

/// Argo CD's plugin: an Application with half of its manifests would be pruned.
#[test]
fn the_plugin_fails_too() {
    let folder = folder();
    for redirection in UNWRITABLE {
        let output = bash(folder.path(), &format!("cd app && $P argocd generate {redirection}"));
        assert_eq!(output.status.code(), Some(1), "{redirection}: {}", said(&output));
        assert!(stderr(&output).contains("could not be written to stdout"), "{redirection}: {}", said(&output));
    }
}

#[test]
fn a_command_that_changes_something_changes_nothing_where_it_cannot_say_so() {
    let folder = folder();
    for command in ["init app", "install target"] {
        succeeds(folder.path(), "mkdir -p target");
        let state = || succeeds(folder.path(), "ls -A app target");
        let before = state();
        let output = bash(folder.path(), &format!("$P {command} >&-"));
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert_eq!(state(), before, "{command}");
        assert!(stderr(&output).contains("nothing was done"), "{}", said(&output));
    }
}

#[test]
fn without_stderr_the_output_and_the_exit_code_are_the_same() {
    let folder = folder();
    fs::write(folder.path().join("wrong.yaml"), "kind: Service\n").unwrap();
    for (command, fine, _) in COMMANDS.into_iter().chain([("render wrong.yaml", 1, 1), ("no-such-command", 2, 2)]) {
        let open = bash(folder.path(), &format!("$P {command}"));
        for redirection in ["2>&-", "2>/dev/full", "2</dev/null"] {
            let closed = bash(folder.path(), &format!("$P {command} {redirection}"));
            assert_eq!(closed.status.code(), Some(fine), "{command} {redirection}: {}", said(&closed));
            assert_eq!(closed.stdout, open.stdout, "{command} {redirection}");
        }
    }
}

#[test]
fn a_closed_stdin_is_said() {
    let folder = folder();
    for (command, code) in [("", 1), ("render -", 1), ("validate -", 2), ("diff - in.yaml", 2), ("graph -", 1)] {
        for redirection in ["<&-", "<."] {
            let output = bash(folder.path(), &format!("$P {command} {redirection}"));
            assert_eq!(output.status.code(), Some(code), "{command} {redirection}: {}", said(&output));
            assert!(stderr(&output).contains("stdin") && output.stdout.is_empty(), "{command} {redirection}: {}", said(&output));
        }
    }
}

/// A file that is opened while a standard descriptor is closed must not get its number: what is meant for
/// stderr would stand in it.
#[test]
fn no_file_takes_the_place_of_a_closed_descriptor() {
    let folder = folder();
    let warning = "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyServiceConfig\nmetadata: {name: a}\nspec: {serviceSelector: {matchLabels: {a: b}}}\n";
    fs::write(folder.path().join("warned.yaml"), format!("{SERVICE}---\n{warning}")).unwrap();
    succeeds(folder.path(), "$P render warned.yaml -o open");
    for closed in ["2>&-", "<&- 2>&-", "<&- >&- 2>&-"] {
        succeeds(folder.path(), &format!("$P render warned.yaml -o closed {closed} && cmp open closed && rm closed"));
    }
}
