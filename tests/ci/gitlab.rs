//! The jobs of the GitLab file, as the runner runs them: all lines of a job in one `sh -e`.

use super::files::yaml;
use super::github::seen;
use super::repository::{ROOT, Repository, have, itself, said};
use serde_json::{Value as Json, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

/// GitLab's API on loopback; it ends with its stdin.
struct Api(Child, u16);

impl Api {
    fn new(repository: &Repository) -> Self {
        let store = repository.beside("notes.json");
        let notes = json!([{"id": 1, "author": {"username": "somebody"}, "body": "<!-- proxy-service diff -->\nnot the bot's"}]);
        fs::write(&store, notes.to_string()).unwrap();
        let mut python = Command::new("python3");
        python.arg(format!("{ROOT}/tests/ci/gitlab.py")).arg(store).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = python.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Api(child, line.trim().parse().unwrap())
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

fn lines(value: &serde_yaml::Value) -> Vec<String> {
    value.as_sequence().unwrap().iter().map(|line| line.as_str().unwrap().to_string()).collect()
}

fn job(repository: &Repository, program: &str, name: &str, set: &[(&str, &str)]) -> Output {
    let file = yaml("gitlab.yaml");
    let common = &file[".proxy-service"];
    // What a job extends has the first lines, and its variables.
    let base = if file[name].get("extends").is_some() { lines(&common["before_script"]) } else { Vec::new() };
    let script = [base, lines(&file[name]["script"])].concat().join("\n");
    fs::write(repository.beside("job.sh"), format!("set -e\n{script}\n")).unwrap();
    repository.stand_in("apk", "#!/bin/sh\n[ \"$1\" = add ]\n");
    let variables = common["variables"].as_mapping().unwrap();
    let mut all: Vec<(String, String)> =
        variables.iter().map(|(key, value)| (key.as_str().unwrap().into(), value.as_str().unwrap().into())).collect();
    let own = [
        ("PROXY_SERVICE_RELEASES", format!("file://{}", repository.beside("releases").display())),
        ("PROXY_SERVICE_SHA256", repository.release(program)),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main".into()),
        ("CI_MERGE_REQUEST_IID", "7".into()),
        ("CI_PROJECT_ID", "42".into()),
    ];
    all.extend(own.map(|(key, value)| (key.to_string(), value)));
    all.extend(set.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string())));
    let all: Vec<(&str, &str)> = all.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    repository.run("sh", &[repository.beside("job.sh").to_str().unwrap()], &all)
}

fn notes(repository: &Repository) -> Vec<Json> {
    serde_json::from_str(&fs::read_to_string(repository.beside("notes.json")).unwrap()).unwrap()
}

#[test]
fn validation_leaves_a_junit_report_for_each_kustomization() {
    if !have(&["kustomize", "curl"], &["validate"]) {
        return;
    }
    let repository = Repository::new();
    let fine = job(&repository, &itself(), "proxy-service:validate", &[]);
    assert!(fine.status.success(), "{}", said(&fine));
    for name in ["overlays-dev", "overlays-prod"] {
        let report = fs::read_to_string(repository.path(&format!("proxy-service-ci/{name}.xml"))).unwrap();
        assert!(report.contains("<testsuite"), "{report}");
    }
    repository.write(
        "overlays/prod/proxyservice.yaml",
        "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: cart}\nspec: {}\n",
    );
    let wrong = job(&repository, &itself(), "proxy-service:validate", &[]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(said(&wrong).contains("error PS005"), "{}", said(&wrong));
}

#[test]
fn a_wrong_checksum_ends_the_job() {
    if have(&["curl"], &[]) {
        let repository = Repository::new();
        let output = job(&repository, &itself(), "proxy-service:diff", &[("PROXY_SERVICE_SHA256", &"0".repeat(64))]);
        assert!(!output.status.success() && !said(&output).contains("proxy-service diff"), "{}", said(&output));
    }
}

/// With a `diff` that says what it is told to.
#[test]
fn one_note_is_kept_up_to_date() {
    if !have(&["jq", "curl", "python3"], &[]) {
        return;
    }
    let repository = Repository::new();
    let api = Api::new(&repository);
    let url = format!("http://127.0.0.1:{}/api/v4", api.1);
    let before = notes(&repository);
    let run = |changes: &str, set: &[(&str, &str)]| {
        fs::write(repository.beside("changes"), changes).unwrap();
        let diff = format!("#!/bin/sh\ncat '{}'\nexit 1\n", repository.beside("changes").display());
        let set: Vec<(&str, &str)> = set.iter().copied().chain([("CI_API_V4_URL", url.as_str())]).collect();
        let output = job(&repository, &diff, "proxy-service:diff", &[]);
        assert!(output.status.success(), "{}", said(&output));
        let note = job(&repository, &diff, "proxy-service:note", &set);
        assert!(note.status.success(), "{}", said(&note));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(run("no token", &[]).contains("no token"), "the log has it");
    assert_eq!(notes(&repository), before);
    for changes in ["first & <b>`x`</b> $HOME +1%", "second ü"] {
        run(changes, &[("PROXY_SERVICE_TOKEN", "glpat-test")]);
        let now = notes(&repository);
        assert_eq!(now[..1], before[..], "others' notes are left alone");
        assert_eq!(now.len(), 2);
        let body = now[1]["body"].as_str().unwrap();
        assert!(body.starts_with("<!-- proxy-service diff -->\n") && body.contains(changes), "{body}");
    }
}

#[test]
fn the_note_says_what_changes() {
    if !have(&["kustomize", "jq", "curl", "python3"], &["diff"]) {
        return;
    }
    let repository = Repository::new();
    let api = Api::new(&repository);
    let url = format!("http://127.0.0.1:{}/api/v4", api.1);
    for (name, set) in [
        ("proxy-service:diff", &[][..]),
        ("proxy-service:note", &[("CI_API_V4_URL", url.as_str()), ("PROXY_SERVICE_TOKEN", "glpat-test")]),
    ] {
        let output = job(&repository, &itself(), name, set);
        assert!(output.status.success(), "{}", said(&output));
    }
    let body = notes(&repository)[1]["body"].as_str().unwrap().to_string();
    let (dev, prod) = body.split_once("### overlays/prod\n").unwrap();
    assert!(dev.contains("### overlays/dev\n\nNothing would change.\n") && prod.contains("cart"), "{body}");
}

/// GitLab hands every job what it has; these are the jobs that build.
const BUILDING: [&str; 2] = ["proxy-service:validate", "proxy-service:diff"];

#[test]
fn a_job_that_builds_refuses_to_know_the_token() {
    let repository = Repository::new();
    repository.stand_in("kustomize", "#!/bin/sh\ntouch \"$HOME/built\"\nexit 1\n");
    for name in BUILDING {
        let output = job(&repository, &itself(), name, &[("PROXY_SERVICE_TOKEN", "glpat-test")]);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains("set the environment scope"), "{}", said(&output));
        assert!(!repository.beside("home/built").exists(), "{name} built");
    }
}

#[test]
fn a_build_gets_none_of_the_jobs_variables() {
    if !have(&["curl"], &["diff"]) {
        return;
    }
    for name in BUILDING {
        let repository = Repository::new();
        let seen = seen(&repository, || drop(job(&repository, &itself(), name, &[("CI_JOB_TOKEN", "glcbt-test")])));
        assert!(seen.contains("PATH=") && !seen.contains("KUSTOMIZATIONS="), "{seen}");
    }
}

/// Artifacts keep links: one to `/proc/self/environ` would post the token.
#[test]
fn what_is_no_note_of_the_job_is_not_posted() {
    let repository = Repository::new();
    let api = Api::new(&repository);
    let url = format!("http://127.0.0.1:{}/api/v4", api.1);
    let before = notes(&repository);
    for setup in [
        "mkdir proxy-service-note && ln -s /proc/self/environ proxy-service-note/note.md",
        "mkdir other && echo '<!-- proxy-service diff -->' >other/note.md && ln -s other proxy-service-note",
        "mkdir proxy-service-note && echo other >proxy-service-note/note.md",
        "true",
    ] {
        repository.shell(&format!("rm -rf proxy-service-note other; {setup}"), &[]);
        let output =
            job(&repository, &itself(), "proxy-service:note", &[("CI_API_V4_URL", &url), ("PROXY_SERVICE_TOKEN", "glpat-test")]);
        assert!(!output.status.success() && !said(&output).contains("glpat-test"), "{}", said(&output));
        assert_eq!(notes(&repository), before, "{setup}");
    }
}
