//! The completions in real shells, and the manual pages in real readers.
//!
//! The programs are Debian's (`tests/tools/install.sh shells`). Where one is missing its test says
//! so and proves nothing; with `PROXY_SERVICE_HOSTS=required` that is a failure.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_proxy-service");

fn program(arguments: &[&str]) -> String {
    let output = Command::new(PROGRAM).args(arguments).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Whether the programs are there.
fn have(names: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let missing: Vec<_> = names.iter().filter(|name| !std::env::split_paths(&path).any(|dir| dir.join(name).is_file())).collect();
    if missing.is_empty() {
        return true;
    }
    let required = std::env::var_os("PROXY_SERVICE_HOSTS").is_some_and(|value| value == "required");
    assert!(!required, "{missing:?} not on PATH; tests/tools/install.sh shells installs them");
    eprintln!("NOT TESTED: {missing:?} not on PATH; tests/tools/install.sh shells installs them");
    false
}

/// The script of a shell, in a folder as the file name that the shell wants.
fn script(shell: &str, name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), program(&["completions", shell])).unwrap();
    folder
}

fn run(folder: &Path, shell: &str, arguments: &[&str]) -> String {
    let output = Command::new(shell).args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{shell} {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What a shell in a pseudo terminal writes into the file `ran` when somebody types these keys.
fn typed(folder: &Path, shell: &str, keys: &str) -> String {
    fs::write(folder.join("keys"), keys).unwrap();
    let mut script = Command::new("timeout");
    script.args(["20", "script", "--quiet", "--return", "--command", shell, "typescript"]).current_dir(folder);
    let output = script.env("TERM", "xterm").stdin(fs::File::open(folder.join("keys")).unwrap()).output().unwrap();
    fs::read_to_string(folder.join("ran")).unwrap_or_else(|_| panic!("nothing ran: {}", String::from_utf8_lossy(&output.stdout)))
}

#[test]
fn bash_completes() {
    let folder = script("bash", "proxy-service");
    let complete = |words: &str| {
        let count = words.split(' ').count() - 1;
        let last = words.rsplit(' ').next().unwrap();
        let lines = format!(
            "set -u; source ./proxy-service; [[ $(complete -p proxy-service) =~ '-F '([^ ]+) ]] || exit 1\n\
             COMP_WORDS=({words}) COMP_CWORD={count} COMP_LINE='{words}' COMP_POINT=${{#COMP_LINE}}\n\
             [[ '{last}' ]] || COMP_WORDS+=('')\n\
             \"${{BASH_REMATCH[1]}}\" proxy-service '{last}' \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        run(folder.path(), "bash", &["--norc", "-c", &lines]).trim().to_string()
    };
    assert_eq!(complete("proxy-service ren"), "render");
    assert_eq!(complete("proxy-service render --kust"), "--kustomize");
    assert_eq!(complete("proxy-service --color "), "auto always never");
    assert_eq!(complete("proxy-service completions z"), "zsh");
    assert!(complete("proxy-service ").contains("explain"));
}

/// `zsh -i` in a pseudo terminal: what a completed line would run is what counts.
#[test]
fn zsh_completes() {
    if !have(&["zsh", "script"]) {
        return;
    }
    let folder = script("zsh", "_proxy-service");
    let keys = "PS1=; fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; setopt nobeep\n\
                proxy-service() { print -r \"RAN<$*>\" >>ran }\n\
                proxy-service ren\t--kustomi\t.\n\
                proxy-service --color al\tschema ProxyServiceC\t\n\
                proxy-service completions fi\t\n\
                exit\n";
    let ran = typed(folder.path(), "zsh -f -i", keys);
    let wanted = "RAN<render --kustomize=.>\nRAN<--color always schema ProxyServiceConfig>\nRAN<completions fish>\n";
    assert_eq!(ran, wanted);
}

#[test]
fn fish_completes() {
    if !have(&["fish"]) {
        return;
    }
    let folder = script("fish", "proxy-service.fish");
    let complete = |line: &str| {
        let lines = format!("source ./proxy-service.fish; complete --do-complete '{line}'");
        let home = folder.path().to_str().unwrap().to_string();
        let output = Command::new("fish")
            .args(["--no-config", "-c", &lines])
            .env("HOME", home)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| line.split('\t').next().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(complete("proxy-service ren"), ["render"]);
    assert_eq!(complete("proxy-service render --kust"), ["--kustomize"]);
    assert_eq!(complete("proxy-service render --color=nev"), ["--color=never"]);
}

/// elvish has its module `edit:` on a terminal only.
#[test]
fn elvish_completes() {
    if !have(&["elvish", "script"]) {
        return;
    }
    let folder = script("elvish", "proxy-service.elv");
    let keys = "eval (slurp <proxy-service.elv)\n\
                print (each {|c| put $c[stem]} [($edit:completion:arg-completer[proxy-service] proxy-service '')]) >ran\n\
                exit\n";
    let ran = typed(folder.path(), "elvish -norc", keys);
    assert!(ran.split(' ').any(|word| word == "render") && ran.contains("--color"), "{ran}");
}

#[test]
fn powershell_gets_a_script() {
    // Nothing here runs it.
    assert!(program(&["completions", "powershell"]).contains("Register-ArgumentCompleter -Native -CommandName 'proxy-service'"));
}

#[test]
fn there_is_a_page_for_each_command_and_readers_find_nothing_wrong() {
    if !have(&["man", "mandoc", "groff"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    program(&["man", "-o", folder.path().join("man1").to_str().unwrap()]);
    let mut pages: Vec<_> = fs::read_dir(folder.path().join("man1")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    let help = program(&["--help"]);
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    for command in commands.lines().map(|line| line.split_whitespace().next().unwrap()).filter(|name| *name != "help") {
        assert!(pages.iter().any(|page| page.ends_with(format!("proxy-service-{command}.1"))), "{command} has no page");
    }
    for page in &pages {
        let path = page.to_str().unwrap();
        let groff = run(folder.path(), "groff", &["-man", "-ww", "-Tutf8", path]);
        let name = page.file_stem().unwrap().to_str().unwrap();
        assert!(groff.contains(name), "{groff}");
        let lint = Command::new("mandoc").args(["-T", "lint", "-W", "warning", path]).output().unwrap();
        let said = String::from_utf8(lint.stdout).unwrap();
        // No date, so that the page is the same at any time; clap's breaks around a list.
        let known =
            ["missing date, using \"\"", "skipping paragraph macro: br before sp", "skipping paragraph macro: br after sp"];
        let others: Vec<_> = said.lines().filter(|line| !known.iter().any(|known| line.contains(known))).collect();
        assert!(others.is_empty(), "{others:#?}");
        let text = run(folder.path(), "man", &["-l", "-E", "utf8", "-P", "cat", path]);
        assert!(text.contains("SYNOPSIS") && text.contains("proxy-service 0"), "{text}");
    }
    let main = pages.iter().find(|page| page.ends_with("proxy-service.1")).expect("the program's own page");
    assert_eq!(fs::read_to_string(main).unwrap(), program(&["man"]), "`man` prints the first of them");
}

#[test]
fn pages_that_cannot_be_written_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let output = Command::new(PROGRAM).args(["man", "-o"]).arg(folder.path().join("file/man1")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("file/man1\" could not be made"));
}
