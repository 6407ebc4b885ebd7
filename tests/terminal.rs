//! What a person at a terminal sees: colours, progress and quiet, in a real pseudo terminal that
//! util-linux' `script` opens.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_proxy-service");
const ERROR: &str =
    "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: cart, namespace: shop}\nspec: {serviceName: cart}\n";
const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{name: http, port: 80}], selector: {app: cart}}\n";
/// Nothing has these labels: a warning.
const WARNING: &str = "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyServiceConfig\nmetadata: {name: opt-in}\nspec: {serviceSelector: {matchLabels: {intercept: please}}}\n";

/// Runs a line of shell with nothing in the environment that decides about colours but `set`.
fn shell(folder: &Path, line: &str, set: &[(&str, &str)]) -> Output {
    let mut command = Command::new("bash");
    command.args(["-c", line]).current_dir(folder).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm").env("P", PROGRAM).envs(set.iter().copied()).output().expect("bash starts")
}

/// The same with stderr on a terminal, and stdout in the file `out`. What the terminal got.
fn terminal(folder: &Path, line: &str, set: &[(&str, &str)]) -> String {
    fs::write(folder.join("line.sh"), line).unwrap();
    let output = shell(folder, "script --quiet --return --command 'bash line.sh >out' typescript </dev/null", set);
    String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n")
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("error.yaml", ERROR), ("warning.yaml", &format!("{SERVICE}---\n{WARNING}"))] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// A kustomize that takes its time.
fn slow_kustomize(folder: &Path, seconds: &str) {
    let program = folder.join("bin/kustomize");
    fs::create_dir_all(folder.join("bin")).unwrap();
    fs::write(&program, format!("#!/bin/sh\nsleep {seconds}\ncat <<'EOF'\n{SERVICE}EOF\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
}

/// What stands on the screen in the end: enough of a terminal for what the program sends.
fn screen(sent: &str) -> Vec<String> {
    let mut lines = vec![Vec::new()];
    let mut column = 0;
    let mut rest = sent;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = ["\x1b[?7l", "\x1b[?7h"].iter().find_map(|code| rest.strip_prefix(code)) {
            rest = after;
            continue;
        }
        let line: &mut Vec<char> = lines.last_mut().unwrap();
        if let Some(after) = rest.strip_prefix("\x1b[K") {
            line.truncate(column);
            rest = after;
            continue;
        }
        match c {
            '\r' => column = 0,
            '\n' => {
                lines.push(Vec::new());
                column = 0;
            }
            c => {
                assert!(!c.is_control(), "{c:?} in {sent:?}");
                line.truncate(line.len().max(column));
                if column < line.len() {
                    line[column] = c;
                } else {
                    line.push(c);
                }
                column += 1;
            }
        }
        rest = &rest[c.len_utf8()..];
    }
    lines.into_iter().map(|line| line.into_iter().collect()).collect()
}

const COLORED: &str = "\x1b[31merror\x1b[0m \x1b[1mPS010 shop/cart ProxyService\x1b[0m spec.serviceName: ";

#[test]
fn findings_are_coloured_where_a_person_reads_and_nowhere_else() {
    let folder = folder();
    let colored = |line: &str, set: &[(&str, &str)]| {
        let output = shell(folder.path(), line, set);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(COLORED) != said.starts_with("error PS010 shop/cart ProxyService spec.serviceName: "), "{said:?}");
        said.contains('\x1b')
    };
    assert!(!colored("$P render error.yaml", &[]), "no terminal");
    assert!(!colored("$P render error.yaml", &[("CI", "true"), ("CLICOLOR", "1")]), "no terminal");
    assert!(colored("$P render error.yaml", &[("CLICOLOR_FORCE", "1")]));
    assert!(colored("$P render error.yaml --color always", &[("NO_COLOR", "1")]), "after the command");
    assert!(colored("$P --color=always render error.yaml", &[]), "before the command");
    assert!(!colored("$P --color never render error.yaml", &[("CLICOLOR_FORCE", "1")]));

    let on_terminal = |line: &str, set: &[(&str, &str)]| terminal(folder.path(), line, set).contains(COLORED);
    assert!(on_terminal("$P render error.yaml", &[]));
    assert!(!on_terminal("$P render error.yaml", &[("NO_COLOR", "1")]));
    assert!(!on_terminal("$P render error.yaml", &[("TERM", "dumb")]));
    assert!(!on_terminal("$P render error.yaml --color never", &[]));
}

#[test]
fn as_a_function_only_the_terminal_decides() {
    let folder = folder();
    let items = ERROR.trim_end().replace('\n', "\n  ");
    let list = format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {items}\n");
    fs::write(folder.path().join("list.yaml"), list).unwrap();
    let plain = shell(folder.path(), "$P <list.yaml", &[]);
    for (name, value) in [("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1"), ("CLICOLOR", "1"), ("TERM", "dumb")] {
        assert_eq!(shell(folder.path(), "$P <list.yaml", &[(name, value)]), plain, "{name}");
    }
    assert!(!plain.stdout.is_empty() && plain.stderr.starts_with(b"error PS010"));
    assert!(terminal(folder.path(), "$P <list.yaml", &[]).contains(COLORED));
    assert_eq!(fs::read(folder.path().join("out")).unwrap(), plain.stdout, "stdout is the host's");
}

#[test]
fn quiet_leaves_the_errors_and_all_results() {
    let folder = folder();
    let said = |line: &str| String::from_utf8(shell(folder.path(), line, &[]).stderr).unwrap();
    assert!(said("$P render warning.yaml").starts_with("warning PS026"));
    for line in ["$P render -q warning.yaml", "$P --quiet render warning.yaml", "$P render warning.yaml --quiet"] {
        assert_eq!(said(line), "", "{line}");
    }
    assert!(said("$P -q render error.yaml").starts_with("error PS010"));

    let items: String = [SERVICE, WARNING].iter().map(|item| format!("- {}\n", item.trim_end().replace('\n', "\n  "))).collect();
    let list = format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{items}");
    fs::write(folder.path().join("list.yaml"), list).unwrap();
    let (loud, quiet) = (shell(folder.path(), "$P <list.yaml", &[]), shell(folder.path(), "$P -q <list.yaml", &[]));
    assert_eq!(loud.stdout, quiet.stdout);
    assert!(String::from_utf8(quiet.stdout).unwrap().contains("PS026"), "`results` hold every finding");
    assert_eq!((quiet.stderr.as_slice(), loud.stderr.is_empty()), (&b""[..], false));
}

#[test]
fn a_slow_build_shows_a_line_from_the_first_second_on_and_leaves_nothing() {
    let folder = folder();
    slow_kustomize(folder.path(), "2.5");
    let line = "PATH=$PWD/bin:$PATH; echo before >&2; $P render -k overlays/prod; echo after >&2";
    let sent = terminal(folder.path(), line, &[]);
    for second in ["kustomize build overlays/prod … 1 s", "kustomize build overlays/prod … 2 s"] {
        assert!(sent.contains(second), "{sent:?}");
    }
    assert!(!sent.contains("… 3 s") && !sent.contains("… 0 s"), "{sent:?}");
    assert_eq!(screen(&sent), ["before", "after", ""], "{sent:?}");
    assert_eq!(fs::read_to_string(folder.path().join("out")).unwrap(), SERVICE);
}

#[test]
fn nobody_else_gets_the_line() {
    let folder = folder();
    slow_kustomize(folder.path(), "1.5");
    let build = "PATH=$PWD/bin:$PATH; $P render -k .";
    assert_eq!(String::from_utf8(shell(folder.path(), build, &[]).stderr).unwrap(), "", "a pipe");
    assert_eq!(terminal(folder.path(), &format!("{build} --quiet"), &[]), "");
    assert_eq!(terminal(folder.path(), build, &[("TERM", "dumb")]), "");
    slow_kustomize(folder.path(), "0.2");
    assert_eq!(terminal(folder.path(), build, &[]), "", "it was quick");
}

#[test]
fn a_long_or_hostile_name_stays_one_line() {
    let folder = folder();
    slow_kustomize(folder.path(), "1.3");
    let name = format!("$'a\\e[2Jb\\n{}'", "c".repeat(300));
    let sent = terminal(folder.path(), &format!("PATH=$PWD/bin:$PATH; $P render -k {name}"), &[]);
    assert!(sent.contains("a\\u{1b}[2Jb\\nccc"), "{sent:?}");
    assert_eq!(screen(&sent), [""], "{sent:?}");
}
