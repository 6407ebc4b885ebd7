//! The files themselves, by those who know their formats, and by what they must not have.

use super::repository::{ROOT, Repository, have, said};
use serde_yaml::Value;
use std::fs;

pub fn yaml(file: &str) -> Value {
    serde_yaml::from_str(&fs::read_to_string(format!("{ROOT}/functions/ci/{file}")).unwrap()).unwrap()
}

fn accepted(program: &str, arguments: &[&str]) {
    if have(&[program], &[]) {
        let output = Repository::new().run(program, arguments, &[]);
        assert!(output.status.success(), "{}", said(&output));
    }
}

#[test]
fn actionlint_with_shellcheck_finds_nothing_in_the_workflow() {
    if have(&["shellcheck"], &[]) {
        accepted("actionlint", &[&format!("{ROOT}/functions/ci/github.yaml")]);
    }
}

#[test]
fn the_workflow_and_the_job_keep_to_their_schemas() {
    let file = |name: &str| format!("{ROOT}/functions/ci/{name}");
    let github = file("github.yaml");
    accepted("check-jsonschema", &["--builtin-schema", "vendor.github-workflows", &github]);
    accepted("check-jsonschema", &["--builtin-schema", "custom.github-workflows-require-timeout", &github]);
    let gitlab = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", &file("gitlab.yaml")];
    accepted("check-jsonschema", &gitlab);
}

/// Every word of a job's or a file's text that names a token: variables and expressions of both hosts.
const TOKENS: [&str; 8] =
    ["TOKEN", "github.token", "secrets.", "secrets:", "PASSWORD", "PRIVATE", "id-token", "permissions: write-all"];

/// What runs what a pull request brings: kustomize, git with its checkout, and this program.
const BUILDS: [&str; 4] = ["kustomize build", "proxy-service diff --git", "proxy-service render", "actions/checkout"];

/// A job that builds knows no token and may not write; a job that may write builds nothing and has no
/// checkout. `text` is all that a job has, `writes` whether its own token may.
fn keeps_tokens_from_builds(job: &str, text: &str, writes: bool) -> bool {
    let builds = BUILDS.iter().any(|word| text.contains(word));
    let knows = writes || TOKENS.iter().any(|word| text.contains(word));
    assert!(!(builds && knows), "{job} builds and has a token:\n{text}");
    builds
}

fn text(value: &Value) -> String {
    serde_yaml::to_string(value).unwrap()
}

#[test]
fn the_workflow_is_safe_with_foreign_pull_requests() {
    let source = fs::read_to_string(format!("{ROOT}/functions/ci/github.yaml")).unwrap();
    let workflow = yaml("github.yaml");
    assert_eq!(
        workflow["on"],
        Value::from("pull_request"),
        "pull_request_target would run foreign code with a token that writes"
    );
    assert_eq!(workflow["permissions"].as_mapping().map(serde_yaml::Mapping::len), Some(0));
    assert!(!TOKENS.iter().any(|word| text(&workflow["env"]).contains(word)), "all jobs have what stands under `env`");
    let allowed = [
        ("validate", "contents: read", true),
        ("code-scanning", "security-events: write", false),
        ("diff", "contents: read", true),
        ("comment", "pull-requests: write", false),
    ];
    assert_eq!(workflow["jobs"].as_mapping().unwrap().len(), allowed.len());
    for (name, permission, builds) in allowed {
        let job = &workflow["jobs"][name];
        assert_eq!(text(&job["permissions"]).trim(), permission);
        assert_eq!(keeps_tokens_from_builds(name, &text(job), permission.ends_with("write")), builds, "{name}");
        for step in job["steps"].as_sequence().unwrap() {
            let run = step["run"].as_str().unwrap_or_default();
            assert!(!run.contains("${{"), "what a pull request says must not become part of a program: {run}");
            if step["uses"].as_str().is_some_and(|action| action.starts_with("actions/checkout@")) {
                assert_eq!(step["with"]["persist-credentials"], Value::Bool(false));
            }
        }
    }
    let actions: Vec<&str> =
        source.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: ")).collect();
    assert_eq!(actions.len(), 7);
    for action in actions {
        let (commit, version) =
            action.split_once('@').and_then(|(_, pin)| pin.split_once(" # v")).expect("a commit and its version");
        assert!(commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()) && version.contains('.'), "{action}");
    }
}

#[test]
fn jobs_of_gitlab_that_build_know_no_token() {
    let file = yaml("gitlab.yaml");
    let mut building = Vec::new();
    for (name, job) in file.as_mapping().unwrap() {
        let name = name.as_str().unwrap();
        // The refusal names the token, and runs before anything else.
        let refusal = job["before_script"][0].as_str().unwrap_or_default();
        let text = text(job).replace("PROXY_SERVICE_TOKEN", if refusal.contains("exit 1") { "refused" } else { "TOKEN" });
        if keeps_tokens_from_builds(name, &text, false) && !name.starts_with('.') {
            building.push(name);
            assert_eq!(job["extends"], Value::from(".proxy-service"), "{name} has the refusal");
            assert!(job.get("before_script").is_none(), "{name} has the refusal");
        }
    }
    assert_eq!(building, ["proxy-service:validate", "proxy-service:diff"]);
    let note = &file["proxy-service:note"];
    assert_eq!(note["environment"]["name"], Value::from("proxy-service-note"), "the scope of the variable");
    assert_eq!(note["variables"]["GIT_STRATEGY"], Value::from("none"));
}

#[test]
fn both_files_install_this_version() {
    assert_eq!(yaml("github.yaml")["env"]["PROXY_SERVICE_VERSION"], Value::from(env!("CARGO_PKG_VERSION")));
    assert_eq!(
        yaml("gitlab.yaml")[".proxy-service"]["variables"]["PROXY_SERVICE_VERSION"],
        Value::from(env!("CARGO_PKG_VERSION"))
    );
}
