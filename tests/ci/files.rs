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

#[test]
fn the_workflow_is_safe_with_foreign_pull_requests() {
    let text = fs::read_to_string(format!("{ROOT}/functions/ci/github.yaml")).unwrap();
    let workflow = yaml("github.yaml");
    assert_eq!(
        workflow["on"],
        Value::from("pull_request"),
        "pull_request_target would run foreign code with a token that writes"
    );
    assert_eq!(workflow["permissions"].as_mapping().map(serde_yaml::Mapping::len), Some(0));
    let allowed = [("validate", "security-events"), ("diff", "pull-requests")];
    for (job, more) in allowed {
        let permissions = workflow["jobs"][job]["permissions"].as_mapping().unwrap();
        let granted: Vec<_> = permissions.iter().map(|(key, value)| (key.as_str().unwrap(), value.as_str().unwrap())).collect();
        assert_eq!(granted, [("contents", "read"), (more, "write")]);
        for step in workflow["jobs"][job]["steps"].as_sequence().unwrap() {
            let run = step["run"].as_str().unwrap_or_default();
            assert!(!run.contains("${{"), "what a pull request says must not become part of a program: {run}");
            if step["uses"].as_str().is_some_and(|action| action.starts_with("actions/checkout@")) {
                assert_eq!(step["with"]["persist-credentials"], Value::Bool(false));
            }
        }
    }
    let actions: Vec<&str> =
        text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: ")).collect();
    assert_eq!(actions.len(), 3);
    for action in actions {
        let (commit, version) =
            action.split_once('@').and_then(|(_, pin)| pin.split_once(" # v")).expect("a commit and its version");
        assert!(commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()) && version.contains('.'), "{action}");
    }
}

#[test]
fn both_files_install_this_version() {
    assert_eq!(yaml("github.yaml")["env"]["PROXY_SERVICE_VERSION"], Value::from(env!("CARGO_PKG_VERSION")));
    assert_eq!(
        yaml("gitlab.yaml")[".proxy-service"]["variables"]["PROXY_SERVICE_VERSION"],
        Value::from(env!("CARGO_PKG_VERSION"))
    );
}
