//! `diff --git` unpacks commits into a temporary folder: nothing of it stays.

use crate::shell::{bash, said, succeeds};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: colours}\ndata: {sky: blue}\n";

/// Stands for an unpack that goes on for ever, in a folder that is removed under it.
const WRITER: &str = "#!/bin/sh
case \" $* \" in
*\" read-tree \"*)
    exec >/dev/null 2>&1
    n=0
    while [ $n -lt 20000 ]; do
        n=$((n + 1))
        mkdir -p \"$GIT_WORK_TREE/folder-$n\" && echo text >\"$GIT_WORK_TREE/folder-$n/file\"
    done ;;
esac
exec REAL \"$@\"
";

fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("repository/app")).unwrap();
    fs::create_dir(folder.path().join("tmp")).unwrap();
    fs::write(folder.path().join("repository/app/a.yaml"), CONFIG).unwrap();
    succeeds(folder.path(), "cd repository && git init -q -b main . && git add . && git commit -q -m first");
    folder
}

fn checkouts(folder: &Path) -> usize {
    let names = fs::read_dir(folder.join("tmp")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("proxy-service-diff-")).count()
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn killed_while_git_unpacks_it_leaves_nothing() {
    let folder = repository();
    let real = succeeds(folder.path(), "command -v git");
    fs::create_dir(folder.path().join("bin")).unwrap();
    let git = folder.path().join("bin/git");
    fs::write(&git, WRITER.replace("REAL", real.trim())).unwrap();
    fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap());
    let mut child = Command::new(env!("CARGO_BIN_EXE_proxy-service"))
        .args(["diff", "--git", "HEAD..HEAD", "app"])
        .current_dir(folder.path().join("repository"))
        .env("PATH", path)
        .env("TMPDIR", folder.path().join("tmp"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let files = || walk(&folder.path().join("tmp"));
    wait_until("git began to unpack", || files() > 50);
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("the folder is gone", || checkouts(folder.path()) == 0);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(checkouts(folder.path()), 0, "and it stays away: nobody goes on to write");
}

fn walk(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| 1 + if entry.path().is_dir() { walk(&entry.path()) } else { 0 }).sum()
}

/// Where the whole machine went down, nobody was left to remove anything.
#[test]
fn what_an_earlier_run_left_goes_and_what_a_running_one_has_stays() {
    let folder = repository();
    succeeds(
        folder.path(),
        "cd tmp && mkdir -p proxy-service-diff-aaaaaaaaaaaaaaaa.tmp/commit proxy-service-diff-bbbbbbbbbbbbbbbb.tmp proxy-service-diff-notes",
    );
    let line = "exec 9<tmp/proxy-service-diff-bbbbbbbbbbbbbbbb.tmp; flock 9; cd repository && TMPDIR=$PWD/../tmp $P diff --git HEAD..HEAD app";
    let output = bash(folder.path(), line);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let left = succeeds(folder.path(), "ls tmp");
    assert_eq!(left, "proxy-service-diff-bbbbbbbbbbbbbbbb.tmp\nproxy-service-diff-notes\n");
}
