//! `flux -o`: a folder is whole at every moment, and what a killed run left is cleaned up.

use crate::kit::{REQUEST, SERVICE};
use crate::shell::{bash, said, succeeds};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.yaml"), format!("{SERVICE}---\n{REQUEST}")).unwrap();
    succeeds(folder.path(), FLUX);
    folder
}

const FLUX: &str = "$P flux in.yaml -o out --name app";

fn beside(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// With two renames the folder is missing for a moment in each run, which this sees in the first few.
#[test]
fn the_folder_is_there_at_every_moment() {
    let folder = folder();
    let (mark, done) = (folder.path().join("out/app/manifests.yaml"), AtomicBool::new(false));
    let missing = thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut missing = 0;
            while !done.load(Ordering::Relaxed) {
                missing += usize::from(mark.symlink_metadata().is_err());
            }
            missing
        });
        succeeds(folder.path(), &format!("for _ in $(seq 60); do {FLUX} || exit; done"));
        done.store(true, Ordering::Relaxed);
        watcher.join().unwrap()
    });
    assert_eq!(missing, 0);
}

#[test]
fn killed_at_any_time_it_leaves_a_whole_folder_and_the_next_run_leaves_nothing_else() {
    let folder = folder();
    let whole = succeeds(folder.path(), "cd out && find . -type f | sort | xargs cat");
    for milliseconds in (0..60).step_by(3) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_proxy-service"))
            .args(["flux", "in.yaml", "-o", "out", "--name", "app"])
            .current_dir(folder.path())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(milliseconds));
        let _ = child.kill();
        child.wait().unwrap();
        assert_eq!(succeeds(folder.path(), "cd out && find . -type f | sort | xargs cat"), whole, "after {milliseconds} ms");
    }
    succeeds(folder.path(), FLUX);
    assert_eq!(beside(folder.path()), ["in.yaml", "out"]);
}

/// What runs left that were killed: before the exchange, after it, and, where the file system cannot
/// exchange, between the two steps.
#[test]
fn leftovers_are_cleaned_up_and_nothing_else() {
    let folder = folder();
    let setup = "mkdir .proxy-service-aaaaaaaaaaaaaaaa.tmp && cp -R out .proxy-service-bbbbbbbbbbbbbbbb.tmp && \
        cp -R out .out.proxy-service-old && mkdir .proxy-service-backup .proxy-service && cp -R out copy";
    succeeds(folder.path(), setup);
    // Somebody else's run, which still works.
    succeeds(folder.path(), "mkdir .proxy-service-cccccccccccccccc.tmp");
    let line = format!("exec 9<.proxy-service-cccccccccccccccc.tmp; flock 9; {FLUX}");
    succeeds(folder.path(), &line);
    let left = [".proxy-service", ".proxy-service-backup", ".proxy-service-cccccccccccccccc.tmp", "copy", "in.yaml", "out"];
    assert_eq!(beside(folder.path()), left);
}

/// The program compares with what it wrote last: without it, taking the ProxyService away would be one
/// commit (PS093).
#[test]
fn what_stepped_aside_is_the_last_state_again() {
    let folder = folder();
    fs::write(folder.path().join("in.yaml"), SERVICE).unwrap();
    for setup in ["true", "mv out .out.proxy-service-old"] {
        succeeds(folder.path(), setup);
        let output = bash(folder.path(), FLUX);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains("error PS093"), "{}", said(&output));
        assert_eq!(beside(folder.path()), ["in.yaml", "out"]);
    }
}

/// `init` makes several files: a run that is killed between two of them is taken back by the next one.
#[test]
fn what_a_killed_init_made_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("service.yaml"), SERVICE).unwrap();
    succeeds(
        folder.path(),
        "mkdir ../$(basename $PWD)-whole; cp service.yaml ../$(basename $PWD)-whole; $P init ../$(basename $PWD)-whole >/dev/null",
    );
    let whole = folder.path().with_file_name(format!("{}-whole", folder.path().file_name().unwrap().to_str().unwrap()));
    let killed = format!(
        "stage=.proxy-service-0123456789abcdef.tmp; mkdir -p $stage && cp -R {0} $stage/made && rm $stage/made/service.yaml && \
         cp -R {0}/proxy-service {0}/proxyservices.yaml .",
        whole.display()
    );
    succeeds(folder.path(), &killed);
    succeeds(folder.path(), &format!("$P init . && diff -r . {}", whole.display()));
    fs::remove_dir_all(whole).unwrap();
}
