//! `init`: what it would write (golden cases in `tests/init/cases`), what it writes, and that the
//! real kustomize builds it.
//!
//! `PROXY_SERVICE_UPDATE=1` writes `expected.yaml` and `stderr.txt` of each case anew. Without
//! kustomize (`tests/tools/install.sh kustomize`) a test says so and proves nothing; with
//! `PROXY_SERVICE_HOSTS=required` that is a failure.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const PROGRAM: &str = env!("CARGO_BIN_EXE_proxy-service");

/// Runs a program in a folder, with the program under test and the tools before all others.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/proxy-service-tools");
    let tools = std::env::var_os("PROXY_SERVICE_TOOLS").map_or(home, PathBuf::from);
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let first = [Path::new(PROGRAM).parent().unwrap().to_path_buf(), tools.join("bin")];
    let path = std::env::join_paths(first.into_iter().chain(std::env::split_paths(&inherited))).unwrap();
    Command::new(program).args(arguments).current_dir(folder).env("PATH", path).stdin(Stdio::null()).output().unwrap()
}

fn init(folder: &Path, arguments: &[&str]) -> Output {
    run(folder, PROGRAM, &[&["init"], arguments].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn succeeded(output: Output) -> String {
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn have_kustomize(folder: &Path) -> bool {
    if run(folder, "sh", &["-c", "command -v kustomize"]).status.success() {
        return true;
    }
    assert!(std::env::var_os("PROXY_SERVICE_HOSTS").is_none(), "kustomize is missing; tests/tools/install.sh kustomize");
    eprintln!("NOT TESTED: kustomize is missing; tests/tools/install.sh kustomize");
    false
}

fn build(folder: &Path) -> String {
    succeeded(run(folder, "kustomize", &["build", "--enable-alpha-plugins", "--enable-exec", "."]))
}

/// The Services that select proxies in a build.
fn fronts(build: &str) -> Vec<String> {
    use serde::Deserialize;
    let documents = serde_yaml::Deserializer::from_str(build).map(|document| serde_yaml::Value::deserialize(document).unwrap());
    documents
        .filter(|object| object["kind"] == "Service" && object["spec"]["selector"].get("msvcbench.io/front").is_some())
        .map(|object| object["metadata"]["name"].as_str().unwrap().to_string())
        .collect()
}

/// Every file below a folder, with its content.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), fs::read(path).unwrap());
            }
        }
    }
    found
}

/// A folder with copies of files.
fn copy(files: &[PathBuf]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        fs::copy(file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    folder
}

fn case(name: &str) -> tempfile::TempDir {
    let input = Path::new(ROOT).join("tests/init/cases").join(name).join("input");
    copy(&snapshot(&input).into_keys().collect::<Vec<_>>())
}

/// Sock Shop's manifests, and a kustomization with nothing else.
fn sock_shop(fields: &str) -> tempfile::TempDir {
    let base = Path::new(ROOT).join("kustomization-examples/sock-shop/base");
    let mut files: Vec<PathBuf> = fs::read_dir(base).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file() && !path.ends_with("kustomization.yaml") && !path.ends_with("proxyservices.yaml"));
    files.sort();
    let folder = copy(&files);
    let resources: String = files.iter().map(|path| format!("- {}\n", path.file_name().unwrap().display())).collect();
    let kustomization =
        format!("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n{fields}resources:\n{resources}");
    fs::write(folder.path().join("kustomization.yaml"), kustomization).unwrap();
    folder
}

/// Does what `init` said: the line after `or run: `.
fn follow(folder: &Path, said: &str) {
    let line = said.lines().find_map(|line| line.strip_prefix("or run: ")).unwrap_or_else(|| panic!("no commands: {said}"));
    succeeded(run(folder, "bash", &["-c", line]));
}

#[test]
fn what_it_would_write_is_what_is_expected() {
    let mut wrong = Vec::new();
    let cases = Path::new(ROOT).join("tests/init/cases");
    for case in fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()) {
        let before = snapshot(&case);
        let more = fs::read_to_string(case.join("arguments")).unwrap_or_default();
        let arguments: Vec<&str> = more.split_whitespace().chain(["--dry-run", "input"]).collect();
        let output = init(&case, &arguments);
        let shown = [("expected.yaml", text(&output.stdout)), ("stderr.txt", text(&output.stderr))];
        assert_eq!(output.status.success(), !shown[0].1.is_empty(), "{output:?}");
        assert_eq!(snapshot(&case), before, "a dry run writes nothing");
        for (file, actual) in shown {
            let path = case.join(file);
            if std::env::var_os("PROXY_SERVICE_UPDATE").is_some() {
                if actual.is_empty() { drop(fs::remove_file(path)) } else { fs::write(path, actual).unwrap() }
            } else if fs::read_to_string(&path).unwrap_or_default() != actual {
                wrong.push(format!("{}:\n{actual}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_plain_folder_becomes_a_kustomization_that_builds() {
    let folder = case("plain");
    let said = succeeded(init(folder.path(), &[]));
    assert!(said.contains("wrote ./kustomization.yaml") && said.contains("intercepted when you build: hello\n"), "{said}");
    if !have_kustomize(folder.path()) {
        return;
    }
    assert_eq!(fronts(&build(folder.path())), ["hello"]);

    // Without the `#`, what was open is a ProxyService that builds.
    let path = folder.path().join("proxyservices.yaml");
    let code =
        |line: &str| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ') || rest.starts_with("  ")).map(str::to_string);
    let chosen: Vec<String> =
        fs::read_to_string(&path).unwrap().lines().map(|line| code(line).unwrap_or_else(|| line.to_string())).collect();
    fs::write(&path, chosen.join("\n")).unwrap();
    let mut names = fronts(&build(folder.path()));
    names.sort();
    assert_eq!(names, ["hello", "lb", "redis"]);
}

#[test]
fn sock_shop_is_intercepted_by_the_lines_that_it_prints() {
    let folder = sock_shop("");
    if !have_kustomize(folder.path()) {
        return;
    }
    let before = fs::read(folder.path().join("kustomization.yaml")).unwrap();
    let said = succeeded(init(folder.path(), &["."]));
    assert_eq!(fs::read(folder.path().join("kustomization.yaml")).unwrap(), before, "it is the user's");
    assert_eq!(fronts(&build(folder.path())), Vec::<String>::new());
    follow(folder.path(), &said);
    assert_eq!(fronts(&build(folder.path())).len(), 8);
}

#[test]
fn a_kustomization_that_renames_gets_the_names_from_before() {
    let folder = sock_shop("namePrefix: prod-\nnameSuffix: -v1\nnamespace: shop\n");
    if !have_kustomize(folder.path()) {
        return;
    }
    let said = succeeded(init(folder.path(), &["--service", "carts", "--service=shop/user"]));
    let written = fs::read_to_string(folder.path().join("proxyservices.yaml")).unwrap();
    assert!(written.contains("serviceName: carts\n") && !written.contains("namespace:"), "{written}");
    follow(folder.path(), &said);
    let built = build(folder.path());
    assert_eq!(fronts(&built), ["prod-carts-v1", "prod-user-v1"]);
    assert!(built.contains("name: prod-carts-ep-v1\n"), "{built}");
}

#[test]
fn a_kustomization_with_the_function_gets_no_second_one() {
    let functions = Path::new(ROOT).join("functions");
    let folder = sock_shop("components: [functions/exec]\n");
    if !have_kustomize(folder.path()) {
        return;
    }
    succeeded(run(folder.path(), "cp", &["-R", functions.to_str().unwrap(), "."]));
    let said = succeeded(init(folder.path(), &["--service", "user"]));
    assert!(!said.contains("component") && !folder.path().join("proxy-service").exists(), "{said}");
    follow(folder.path(), &said);
    assert_eq!(fronts(&build(folder.path())), ["user"]);
}

#[test]
fn by_label_the_owners_decide() {
    let folder = sock_shop("");
    if !have_kustomize(folder.path()) {
        return;
    }
    let said = succeeded(init(folder.path(), &["--label"]));
    assert!(said.contains("`msvcbench.io/intercept: \"true\"`"), "{said}");
    follow(folder.path(), &said);
    assert_eq!(fronts(&build(folder.path())), Vec::<String>::new());
    let path = folder.path().join("user.yaml");
    let labelled =
        fs::read_to_string(&path).unwrap().replacen("  labels:\n", "  labels:\n    msvcbench.io/intercept: \"true\"\n", 1);
    fs::write(&path, labelled).unwrap();
    assert_eq!(fronts(&build(folder.path())), ["user"]);
}

#[test]
fn nothing_is_overwritten_and_nothing_is_left_of_a_failure() {
    for taken in ["proxyservices.yaml", "proxy-service", "kustomization.yaml/.keep"] {
        let folder = case("plain");
        let path = folder.path().join(taken);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "somebody's own").unwrap();
        let before = snapshot(folder.path());
        let output = init(folder.path(), &[]);
        assert_eq!(output.status.code(), Some(1));
        let said = text(&output.stderr);
        assert!(said.starts_with("error PS132: \"./") && said.contains(taken.trim_end_matches("/.keep")), "{said}");
        assert_eq!(snapshot(folder.path()), before);
    }
    // A link that leads nowhere is somebody's too.
    let folder = case("plain");
    std::os::unix::fs::symlink("nowhere", folder.path().join("proxyservices.yaml")).unwrap();
    assert_eq!(init(folder.path(), &[]).status.code(), Some(1));

    // A disk that is full after 1 KiB: the third file fails.
    let folder = case("plain");
    let before = snapshot(folder.path());
    let line = format!("trap '' XFSZ; ulimit -f 1; exec {PROGRAM} init .");
    let output = run(folder.path(), "bash", &["-c", &line]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()));
    assert!(text(&output.stderr).contains("error: nothing was written to \".\""), "{}", text(&output.stderr));
    assert_eq!(snapshot(folder.path()), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before.len(), "no folder is left either");
}

#[test]
fn what_is_asked_for_must_be_there() {
    let folder = case("plain");
    let said = |arguments: &[&str], code: i32| {
        let output = init(folder.path(), arguments);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(code), String::new()), "{arguments:?}");
        text(&output.stderr)
    };
    let unknown = said(&["--service", "helo", "--service", "hello", "--service", "zzz"], 1);
    assert!(unknown.contains("there is no Service \"helo\"; did you mean \"hello\"?"), "{unknown}");
    assert!(unknown.contains("there is no Service \"zzz\"; there are: db, dns, ext, hello"), "{unknown}");
    assert!(said(&["--service", "db"], 1).starts_with("error PS133: the Service \"db\" cannot be intercepted as it is"));
    assert!(said(&["no-such-folder"], 2).contains("\"no-such-folder\" is not a folder"));
    for label in ["nothing", "=x", "a b=c", "x/y/z=1", "Example.com/a=b", "a=b/c"] {
        assert!(said(&[&format!("--label={label}")], 2).contains("invalid value"), "{label}");
    }
    let broken = folder.path().join("broken.yaml");
    fs::write(&broken, "kind: [\n").unwrap();
    assert!(said(&[], 1).starts_with("error PS001"));
    fs::write(&broken, "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: a}\nspec: {serviceNam: b}\n")
        .unwrap();
    assert!(said(&[], 1).starts_with("error PS004"), "what is there must render first");
}

#[test]
fn what_is_intercepted_already_is_left_alone() {
    let folder = case("plain");
    let own = "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: mine}\nspec: {serviceName: hello}\n";
    fs::write(folder.path().join("mine.yaml"), own).unwrap();
    let output = init(folder.path(), &["--dry-run", "--service", "hello"]);
    assert!(text(&output.stderr).contains("PS014"), "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "nothing else is there");
}
