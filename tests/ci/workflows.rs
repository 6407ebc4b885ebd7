//! Every workflow of this repository, those for users among them: what GitHub's own checkers say, and
//! the rules of docs/security.md for what runs with a token.
//!
//! A new workflow is found by itself. What it may write is one line in [`rules::WRITES`].

#[path = "workflows/broken.rs"]
mod broken;
#[path = "workflows/rules.rs"]
mod rules;

use super::repository::{ROOT, Repository, have, said};
use rules::{RULES, WRITES, Workflow};
use std::fs;
use std::path::{Path, PathBuf};

/// Every file that GitHub would take for a workflow: a mapping with `on` and `jobs`.
fn all() -> Vec<Workflow> {
    let mut open = vec![PathBuf::from(ROOT)];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap_or_default();
            if path.is_dir() && !path.is_symlink() {
                let built = ["target", ".git", "node_modules", "dist", "corpus", "artifacts"].contains(&name);
                open.extend((!built).then_some(path));
            } else if name.ends_with(".yaml") || name.ends_with(".yml") {
                found.extend(workflow(&path));
            }
        }
    }
    found.sort_by(|one: &Workflow, other| one.name.cmp(&other.name));
    found
}

fn workflow(path: &Path) -> Option<Workflow> {
    let text = fs::read_to_string(path).ok()?;
    if !text.lines().any(|line| line.starts_with("jobs:")) {
        return None;
    }
    let name = path.strip_prefix(ROOT).unwrap().to_str().unwrap();
    Workflow::read(name, &text).filter(|workflow| workflow.value.get("on").is_some())
}

#[test]
fn the_workflows_are_found() {
    let names: Vec<String> = all().into_iter().map(|workflow| workflow.name).collect();
    assert_eq!(names, [".github/workflows/release.yaml", "functions/ci/github.yaml", "functions/flux/workflow.yaml"]);
}

#[test]
fn the_workflows_keep_every_rule() {
    let broken: Vec<String> = all()
        .iter()
        .flat_map(|workflow| {
            RULES.iter().flat_map(|(name, rule)| rule(workflow).into_iter().map(move |why| format!("{name}: {why}")))
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_permission_that_is_listed_is_used() {
    let mut workflows = all();
    workflows.extend(Workflow::read("good.yaml", broken::GOOD));
    for (file, job, permission, _) in WRITES {
        let used = workflows.iter().any(|workflow| workflow.name == *file && workflow.writes(job).contains(permission));
        assert!(used, "{file} {job}: {permission} is not used any more");
    }
}

#[test]
fn each_rule_notices_what_breaks_it() {
    let good = Workflow::read("good.yaml", broken::GOOD).unwrap();
    for (name, rule) in RULES {
        assert_eq!(rule(&good), Vec::<String>::new(), "{name}");
    }
    for (name, from, to) in broken::BROKEN {
        assert!(broken::GOOD.contains(from), "{name}: {from}");
        let workflow = Workflow::read("good.yaml", &broken::GOOD.replacen(from, to, 1)).unwrap();
        let noticed: Vec<&str> = RULES.iter().filter(|(_, rule)| !rule(&workflow).is_empty()).map(|(name, _)| *name).collect();
        assert!(noticed.contains(name), "{from} -> {to}: {noticed:?}");
    }
    for (name, _) in RULES {
        assert!(broken::BROKEN.iter().any(|(broken, ..)| broken == name), "nothing breaks {name}");
    }
}

#[test]
fn github_s_checkers_find_nothing() {
    let files: Vec<String> = all().iter().map(|workflow| format!("{ROOT}/{}", workflow.name)).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    // actionlint asks shellcheck about the steps.
    if have(&["shellcheck", "actionlint"], &[]) {
        let output = Repository::new().run("actionlint", &files, &[]);
        assert!(output.status.success(), "{}", said(&output));
    }
    if have(&["check-jsonschema"], &[]) {
        for schema in ["vendor.github-workflows", "custom.github-workflows-require-timeout"] {
            let output = Repository::new().run("check-jsonschema", &[&["--builtin-schema", schema], &files[..]].concat(), &[]);
            assert!(output.status.success(), "{}", said(&output));
        }
    }
}
