//! What keeps `diff` from an answer: exit 2, the side and the reason, nothing half-written.

use crate::program::{checkout, diff, have_kustomize, stderr, stdout};
use crate::repository::{Repository, bare_path};
use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: colours}\ndata: {sky: blue}\n";

fn refused(output: &Output, why: &str) {
    assert_eq!(output.status.code(), Some(2), "{}", stderr(output));
    assert!(stderr(output).contains(why), "{why}: {}", stderr(output));
    assert_eq!(stdout(output), "");
}

#[test]
fn wrong_usage() {
    for arguments in
        [&["a"][..], &[], &["a", "b", "c"], &["-", "-"], &["--git", "a..b", "x", "y"], &["a", "b", "--format", "xml"]]
    {
        refused(&diff().args(arguments).output().unwrap(), "error");
    }
}

#[test]
fn files_folders_and_stdin_are_sides() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), CONFIG).unwrap();
    let mut child = diff().arg("-").arg(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(CONFIG.as_bytes()).unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    let deep = folder.path().join("deep/er");
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("b.yaml"), CONFIG.replace("colours", "b")).unwrap();
    let output = diff().args(["-R", "/dev/null"]).arg(folder.path()).output().unwrap();
    assert!(stdout(&output).contains("2 objects added"), "{}", stdout(&output));
}

#[test]
fn a_side_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name)
    };
    let good = file("good.yaml", CONFIG);
    let broken = file("broken.yaml", "a: [\n");
    let unknown = file(
        "unknown.yaml",
        "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: a}\nspec: {serviceName: a}\n",
    );
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for (bad, why) in [(&broken, "PS001"), (&unknown, "PS010"), (&empty, "PS009"), (&folder.path().join("none"), "PS009")] {
        let before = diff().arg(bad).arg(&good).output().unwrap();
        refused(&before, &format!("error: \"{}\" (A) cannot be compared:\nerror {why}", bad.display()));
        let after = diff().arg(&good).arg(bad).output().unwrap();
        refused(&after, &format!("error: \"{}\" (B) cannot be compared:\nerror {why}", bad.display()));
    }
}

#[test]
fn a_commit_that_does_not_build_is_named_and_so_is_its_file() {
    if !have_kustomize("a commit that does not build") {
        return;
    }
    let repository = Repository::new();
    repository.write("app/kustomization.yaml", "resources: [a.yaml]\n");
    repository.write("app/a.yaml", CONFIG);
    repository.commit("good");
    repository.write("app/kustomization.yaml", "resources: [missing.yaml]\n");
    repository.commit("bad");
    let output = repository.diff(&["--git", "HEAD^..HEAD", "app"]);
    refused(&output, "error: app at HEAD (");
    assert!(stderr(&output).contains("kustomize build HEAD:app"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("proxy-service-diff-"), "{}", stderr(&output));
    refused(&repository.diff(&["--git", "HEAD..HEAD^", "app"]), "error: app at HEAD (");
    refused(&repository.diff(&["--git", "HEAD^", "app"]), "error: app in the working tree cannot be compared:");
    let tools = bare_path();
    let mut without = diff();
    without.args(["--git", "HEAD^..HEAD^", "app"]).current_dir(repository.folder.path()).env("PATH", tools.path());
    refused(&without.output().unwrap(), "neither kustomize nor kubectl is on PATH");
}

#[test]
fn refs_that_are_not_there() {
    let repository = Repository::new();
    repository.write("a.yaml", CONFIG);
    let id = repository.commit("first");
    repository.git(&["update-ref", "refs/remotes/origin/release", &id]);
    for (range, why) in [
        (
            "nothing..HEAD",
            "error PS094: there is no commit \"nothing\" in this clone; correct it, or run `git fetch origin nothing` first",
        ),
        ("origin/main...HEAD", "`git fetch origin main`"),
        ("release..HEAD", "write origin/release"),
        ("HEAD..--output=x", "there is no commit \"--output=x\""),
        ("HEAD~7", "there is no commit \"HEAD~7\""),
        ("HEAD:a.yaml", "there is no commit \"HEAD:a.yaml\""),
    ] {
        refused(&repository.diff(&["--git", range, "."]), why);
    }
    repository.git(&["checkout", "--quiet", "--orphan", "island"]);
    repository.commit("another beginning");
    refused(&repository.diff(&["--git", "main...island", "."]), "no common commit");
    let lone = tempfile::tempdir().unwrap();
    let mut command = diff();
    refused(
        &command.args(["--git", "HEAD", "."]).current_dir(lone.path()).output().unwrap(),
        "error PS094: \".\" is in no git repository",
    );
    refused(&diff().args(["--git", "HEAD", "."]).env("PATH", "").output().unwrap(), "git is not on PATH");
}

#[test]
fn an_output_that_cannot_be_written_is_trouble_and_leaves_the_old_one() {
    let case = checkout().join("tests/diff/cases/switched-on");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("comment.md");
    let run = |after: &str, file: &std::path::Path| {
        diff().current_dir(&case).args(["before.yaml", after, "--format", "markdown", "-o"]).arg(file).output().unwrap()
    };
    assert_eq!(run("after.yaml", &file).status.code(), Some(1));
    let written = fs::read_to_string(&file).unwrap();
    assert!(written.starts_with("<!-- proxy-service diff -->\n"));
    refused(&run("missing.yaml", &file), "missing.yaml");
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
    refused(&run("after.yaml", &folder.path().join("none/comment.md")), "could not be written");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing temporary stays");

    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let child =
        diff().current_dir(&case).args(["before.yaml", "after.yaml"]).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("could not be written to stdout"), "{}", stderr(&output));
}

#[test]
fn an_object_that_stands_twice_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (once, twice) = (folder.path().join("once.yaml"), folder.path().join("twice.yaml"));
    fs::write(&once, CONFIG).unwrap();
    fs::write(&twice, format!("{CONFIG}---\n{}", CONFIG.replace("blue", "grey"))).unwrap();
    let output = diff().arg(&once).arg(&twice).output().unwrap();
    assert!(stderr(&output).starts_with("warning PS008 colours ConfigMap"), "{}", stderr(&output));
    assert!(stdout(&output).ends_with("1 object added, 1 unchanged\n"), "{}", stdout(&output));
}
