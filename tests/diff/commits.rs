//! Two commits of a real repository, built by the real kustomize.

use crate::program::{checkout, diff, expect, have_kustomize, stderr, stdout};
use crate::repository::Repository;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

const BASE: &str = "kustomization-examples/sock-shop/base";
const PROD: &str = "kustomization-examples/sock-shop/overlays/prod";
const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: colours}\ndata: {sky: blue}\n";

#[test]
fn switching_on_one_service_of_the_sock_shop_is_the_comment_that_the_documentation_shows() {
    if !have_kustomize("the comment of the sock-shop") {
        return;
    }
    let repository = Repository::with_sock_shop();
    let before = repository.state();
    let output = repository.diff(&[
        "--git",
        "HEAD~1..HEAD",
        PROD,
        "--enable-exec",
        "--format",
        "markdown",
        "--graph",
        "--title",
        "sock-shop",
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(repository.state(), before, "the repository is another than before");
    // The ids change with every file of the example.
    let id = |name| repository.git(&["rev-parse", "--short=7", name]);
    let comment = stdout(&output).replace(&id("HEAD~1"), "1111111").replace(&id("HEAD"), "2222222");
    expect(&checkout().join("tests/diff/sock-shop.md"), &comment);

    // The page shows it, with the long objects shortened.
    let page = fs::read_to_string(checkout().join("docs/diff.md")).unwrap();
    let (_, shown) = page.split_once("````markdown\n").expect("a block of markdown in docs/diff.md");
    let (shown, _) = shown.split_once("\n````").unwrap();
    let mut rest = comment.as_str();
    for part in shown.split("...\n") {
        let (_, after) = rest
            .split_once(part.trim_end())
            .unwrap_or_else(|| panic!("docs/diff.md shows\n{part}\nand the comment is\n{comment}"));
        rest = after;
    }
    assert!(comment.contains("traffic now goes through 2–12 proxies, least request (was: straight to the pods)"));
}

#[test]
fn layers_above_the_function_count_with_enable_exec_and_are_missed_aloud_without() {
    if !have_kustomize("layers above the function") {
        return;
    }
    let build = checkout().join(PROD).join("expected/build.yaml");
    let run = |arguments: &[&str]| {
        let mut command = diff();
        command.current_dir(checkout()).arg(PROD).arg(&build).args(arguments).output().unwrap()
    };
    let with = run(&["--enable-exec"]);
    assert_eq!(with.status.code(), Some(0), "{}{}", stdout(&with), stderr(&with));
    let without = run(&[]);
    assert_eq!(without.status.code(), Some(1));
    assert!(stdout(&without).starts_with("note: layers of kustomize stand above the function"), "{}", stdout(&without));
    // In the function's own layer both are the same, and nothing has to be said.
    let build = checkout().join(BASE).join("expected/build.yaml");
    for arguments in [&["--enable-exec"][..], &[]] {
        let output = diff().current_dir(checkout()).arg(BASE).arg(&build).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
        assert!(stdout(&output).starts_with("no difference"), "{}", stdout(&output));
    }
}

#[test]
fn the_container_form_is_built_with_enable_exec_by_this_program_too() {
    if !have_kustomize("the container form") {
        return;
    }
    let repository = Repository::with_sock_shop();
    let kustomization = repository.path(&format!("{BASE}/kustomization.yaml"));
    let exec = fs::read_to_string(&kustomization).unwrap();
    fs::write(&kustomization, exec.replace("functions/exec", "functions/container")).unwrap();
    let output = repository.diff(&["--git", "HEAD", PROD, "--enable-exec"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
}

#[test]
fn three_dots_begin_at_the_merge_base() {
    let repository = Repository::new();
    repository.write("a/colours.yaml", CONFIG);
    repository.commit("base");
    repository.git(&["checkout", "--quiet", "-b", "feature"]);
    repository.write("a/colours.yaml", &CONFIG.replace("blue", "grey"));
    repository.commit("feature");
    repository.git(&["checkout", "--quiet", "main"]);
    repository.write("a/more.yaml", &CONFIG.replace("colours", "more"));
    repository.commit("main went on");
    let two = stdout(&repository.diff(&["--git", "main..feature", "a"]));
    let three = stdout(&repository.diff(&["--git", "main...feature", "a"]));
    assert!(two.contains("- more ConfigMap") && !three.contains("more ConfigMap"), "{two}\n{three}");
    assert!(three.contains("+ data.sky: grey"), "{three}");
}

#[test]
fn relative_paths_bases_outside_and_the_working_tree() {
    if !have_kustomize("bases outside the path") {
        return;
    }
    let repository = Repository::new();
    repository.write("base/kustomization.yaml", "resources: [colours.yaml]\n");
    repository.write("base/colours.yaml", CONFIG);
    repository.write("apps/prod/kustomization.yaml", "resources: [../../base]\nnamePrefix: prod-\n");
    repository.commit("first");
    repository.write("base/colours.yaml", &CONFIG.replace("blue", "grey"));
    repository.commit("second");
    for (folder, path) in
        [(".", "apps/prod"), ("apps", "prod"), ("apps/prod", "."), ("apps/prod", "../prod/"), ("base", "../apps/prod")]
    {
        let output = repository.diff_in(folder, &["--git", "HEAD^..", path]);
        assert!(stdout(&output).contains("~ prod-colours ConfigMap"), "{folder} {path}: {}{}", stdout(&output), stderr(&output));
    }
    // No path is the current folder.
    assert!(stdout(&repository.diff_in("apps/prod", &["--git", "HEAD^.."])).contains("~ prod-colours ConfigMap"));

    repository.write("base/colours.yaml", &CONFIG.replace("blue", "red"));
    let tree = stdout(&repository.diff(&["--git", "HEAD", "apps/prod"]));
    assert!(tree.contains("- data.sky: grey\n    + data.sky: red"), "{tree}");
    let dirty = repository.diff(&["--git", "HEAD^..HEAD", "apps/prod"]);
    assert!(
        stderr(&dirty).starts_with("warning PS095: uncommitted changes are not part of the comparison: \"base/colours.yaml\""),
        "{}",
        stderr(&dirty)
    );
    assert!(stdout(&dirty).contains("grey") && !stdout(&dirty).contains("red"));
}

#[test]
fn a_path_of_one_side_only_is_a_new_application_or_one_that_goes() {
    let repository = Repository::new();
    repository.write("other.yaml", CONFIG);
    repository.commit("first");
    repository.write("app/colours.yaml", CONFIG);
    repository.commit("second");
    let new = stdout(&repository.diff(&["--git", "HEAD^..HEAD", "app"]));
    assert!(new.starts_with("note: app is new") && new.ends_with("1 object added\n"), "{new}");
    let gone = stdout(&repository.diff(&["--git", "HEAD..HEAD^", "app"]));
    assert!(gone.starts_with("note: app goes") && gone.ends_with("1 object removed\n"), "{gone}");
    repository.git(&["rm", "-r", "--quiet", "app"]);
    assert_eq!(stdout(&repository.diff(&["--git", "HEAD", "app"])).lines().last(), Some("1 object removed"));
    let nowhere = repository.diff(&["--git", "HEAD^..HEAD", "aqq"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(stderr(&nowhere).contains("\"aqq\" does not exist, neither before nor after"), "{}", stderr(&nowhere));
}

#[test]
fn no_hook_and_no_filter_runs_and_a_hooks_environment_is_of_no_effect() {
    let repository = Repository::new();
    repository.write("a.yaml", CONFIG);
    repository.write(".gitattributes", "*.yaml filter=evil\n");
    repository.commit("first");
    repository.write("b.yaml", &CONFIG.replace("colours", "b"));
    repository.commit("second");
    let ran = repository.path("ran");
    let script = format!("#!/bin/sh\ntouch '{}'\nexec cat\n", ran.display());
    for hook in ["post-checkout", "post-index-change", "reference-transaction", "pre-commit"] {
        repository.write(&format!(".git/hooks/{hook}"), &script);
        std::process::Command::new("chmod").arg("+x").arg(repository.path(&format!(".git/hooks/{hook}"))).status().unwrap();
    }
    let command = format!("touch '{}'; cat", ran.display());
    for setting in ["filter.evil.smudge", "filter.evil.clean", "core.fsmonitor"] {
        repository.git(&["config", setting, &command]);
    }
    repository.git(&["config", "filter.evil.required", "true"]);
    let _ = fs::remove_file(&ran);
    let before = fs::read(repository.path(".git/index")).unwrap();
    let mut command = diff();
    command.args(["--git", "HEAD^..HEAD", "."]).current_dir(repository.folder.path());
    command.env("GIT_DIR", "/nowhere").env("GIT_INDEX_FILE", repository.path(".git/index")).env("GIT_WORK_TREE", "/nowhere");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains("+ b ConfigMap"), "{}", stdout(&output));
    assert!(stderr(&output).contains("warning PS096"), "{}", stderr(&output));
    assert!(!ran.exists(), "a hook or a filter ran");
    assert_eq!(fs::read(repository.path(".git/index")).unwrap(), before);
}

#[test]
fn linked_worktrees_sparse_checkouts_and_shallow_clones_work() {
    let repository = Repository::new();
    repository.write("app/colours.yaml", CONFIG);
    repository.write("other/file", "x");
    repository.commit("first");
    repository.write("app/colours.yaml", &CONFIG.replace("blue", "grey"));
    repository.commit("second");
    let beside = tempfile::tempdir().unwrap();
    let linked = beside.path().join("linked");
    repository.git(&["worktree", "add", "--quiet", "--detach", linked.to_str().unwrap(), "HEAD"]);
    let output = diff().args(["--git", "HEAD^..HEAD", "app"]).current_dir(&linked).output().unwrap();
    assert!(stdout(&output).contains("+ data.sky: grey"), "{}", stderr(&output));

    repository.git(&["sparse-checkout", "set", "other"]);
    assert!(!repository.path("app").exists());
    let output = repository.diff(&["--git", "HEAD^..HEAD", "app"]);
    assert!(stdout(&output).contains("+ data.sky: grey"), "{}", stderr(&output));

    let source = format!("file://{}", repository.folder.path().display());
    let shallow = beside.path().join("shallow");
    repository.git(&["clone", "--quiet", "--depth=1", &source, shallow.to_str().unwrap()]);
    let output = diff().args(["--git", "HEAD~1..HEAD", "app"]).current_dir(&shallow).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("fetch-depth: 0"), "{}", stderr(&output));
}

#[test]
fn a_submodule_in_the_path_is_told() {
    let inner = Repository::new();
    inner.write("colours.yaml", CONFIG);
    inner.commit("inner");
    let repository = Repository::new();
    repository.write("app/a.yaml", CONFIG);
    let source = inner.folder.path().to_str().unwrap();
    repository.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", source, "app/inner"]);
    repository.commit("with a submodule");
    let output = repository.diff(&["--git", "HEAD..HEAD", "app"]);
    assert!(stderr(&output).contains("warning PS096: \"app/inner\" at HEAD"), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(0));
}

/// The temporary folder goes even where this program is killed.
#[test]
#[cfg(target_os = "linux")]
fn nothing_is_left_after_a_kill() {
    let repository = Repository::new();
    repository.write("app/kustomization.yaml", "resources: [a.yaml]\n");
    repository.write("app/a.yaml", CONFIG);
    repository.commit("first");
    // A kustomize that takes its time, so that there is something to interrupt.
    let tools = tempfile::tempdir().unwrap();
    let slow = tools.path().join("kustomize");
    fs::write(&slow, "#!/bin/sh\nexec sleep 20\n").unwrap();
    std::process::Command::new("chmod").arg("+x").arg(&slow).status().unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let path =
        std::env::join_paths([tools.path().to_path_buf()].into_iter().chain(std::env::split_paths(&crate::program::path())))
            .unwrap();
    let mut child = diff()
        .args(["--git", "HEAD..HEAD", "app"])
        .current_dir(repository.folder.path())
        .env("PATH", path)
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let checkouts = || {
        let names = fs::read_dir(temporary.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("proxy-service-diff-")).count()
    };
    wait_until(|| checkouts() == 1);
    std::thread::sleep(Duration::from_millis(200));
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until(|| checkouts() == 0 && fs::read_dir(temporary.path()).unwrap().count() == 0);
}

fn wait_until(condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(15), "it did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}
