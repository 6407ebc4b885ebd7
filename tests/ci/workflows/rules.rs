//! The rules, each a line in [`RULES`].

use serde_yaml::{Mapping, Value};

/// One workflow.
pub struct Workflow {
    pub name: String,
    pub text: String,
    pub value: Value,
}

/// What breaks a rule, in words.
type Rule = fn(&Workflow) -> Vec<String>;

pub const RULES: &[(&str, Rule)] = &[
    ("an action is pinned by its commit, with its version beside", pinned),
    ("a checkout keeps no credentials", without_credentials),
    ("every job has its own permissions, and no more than are listed", permissions),
    ("a job that may write has nothing of the repository", nothing_of_the_repository),
    ("a job that builds has no token", no_token),
    ("nothing of an event becomes part of a program", no_expressions),
    ("no event runs foreign code with a token that writes", events),
    ("an image is named by its digest", images),
    ("every job ends", timeouts),
];

/// Which job may write what, and why.
pub const WRITES: &[(&str, &str, &str, &str)] = &[
    (".github/workflows/release.yaml", "sign", "id-token", "Sigstore's certificate"),
    (".github/workflows/release.yaml", "sign", "attestations", "the provenance"),
    (".github/workflows/release.yaml", "image", "packages", "the image"),
    (".github/workflows/release.yaml", "image", "id-token", "Sigstore's certificate"),
    (".github/workflows/release.yaml", "publish", "contents", "the draft of the release"),
    ("functions/ci/github.yaml", "code-scanning", "security-events", "the SARIF report"),
    ("functions/ci/github.yaml", "comment", "pull-requests", "the comment"),
    ("functions/flux/workflow.yaml", "push", "contents", "the rendered branch"),
    ("good.yaml", "publish", "contents", "the workflow that the rules are tried on"),
];

impl Workflow {
    pub fn read(name: &str, text: &str) -> Option<Self> {
        let value = serde_yaml::from_str(text).ok()?;
        Some(Workflow { name: name.into(), text: text.into(), value })
    }

    fn jobs(&self) -> impl Iterator<Item = (&str, &Value)> {
        let jobs = self.value.get("jobs").and_then(Value::as_mapping).into_iter().flatten();
        jobs.filter_map(|(name, job)| Some((name.as_str()?, job)))
    }

    /// What a job may write.
    pub fn writes(&self, job: &str) -> Vec<&str> {
        let granted = self.value["jobs"][job].get("permissions").and_then(Value::as_mapping).into_iter().flatten();
        granted.filter(|(_, how)| how.as_str() != Some("read")).filter_map(|(what, _)| what.as_str()).collect()
    }

    /// Every step, with the name of its job and something to call it by.
    fn steps(&self) -> impl Iterator<Item = (&str, String, &Value)> {
        self.jobs().flat_map(move |(job, value)| {
            let steps = value.get("steps").and_then(Value::as_sequence).into_iter().flatten();
            steps.map(move |step| {
                let what = ["name", "uses", "run"].into_iter().find_map(|field| step.get(field).and_then(Value::as_str));
                (job, format!("{} {job}: {:?}", self.name, what.unwrap_or_default()), step)
            })
        })
    }
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn is_checkout(step: &Value) -> bool {
    text(step, "uses").starts_with("actions/checkout@")
}

/// GitHub's hardening guide: only a full commit is immutable. A comment says which version that is.
fn pinned(workflow: &Workflow) -> Vec<String> {
    let used = workflow.text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: "));
    let mut wrong: Vec<String> = used.clone().filter(|action| !is_pinned(action)).map(str::to_string).collect();
    // What is written in another way would not be seen above.
    let steps = workflow.steps().filter(|(_, _, step)| step.get("uses").is_some()).count();
    let reused = workflow.jobs().filter(|(_, job)| job.get("uses").is_some()).count();
    if steps + reused != used.count() {
        wrong.push(format!("{}: a `uses` does not stand on a line of its own", workflow.name));
    }
    wrong
}

fn is_pinned(action: &str) -> bool {
    let Some((commit, version)) = action.split_once('@').and_then(|(_, pin)| pin.split_once(" # v")) else { return false };
    commit.len() == 40
        && commit.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase())
        && version.split('.').count() == 3
        && version.split('.').all(|part| part.parse::<u32>().is_ok())
}

fn without_credentials(workflow: &Workflow) -> Vec<String> {
    let keeps = |step: &Value| step.get("with").and_then(|with| with.get("persist-credentials")) != Some(&Value::Bool(false));
    workflow.steps().filter(|(_, _, step)| is_checkout(step) && keeps(step)).map(|(_, step, _)| step).collect()
}

/// The workflow grants nothing, so that a job without permissions has none.
fn permissions(workflow: &Workflow) -> Vec<String> {
    let mut wrong = Vec::new();
    if workflow.value.get("permissions").and_then(Value::as_mapping).is_none_or(|granted| !granted.is_empty()) {
        wrong.push(format!("{}: `permissions` of the workflow is not {{}}", workflow.name));
    }
    for (job, value) in workflow.jobs() {
        let granted = value.get("permissions").and_then(Value::as_mapping);
        for (what, how) in granted.unwrap_or(&Mapping::new()) {
            let (what, how) = (what.as_str().unwrap_or_default(), how.as_str().unwrap_or_default());
            let listed = WRITES.iter().any(|(file, of, write, _)| (*file, *of, *write) == (&workflow.name, job, what));
            if !(how == "read" && what == "contents" || how == "write" && listed) {
                wrong.push(format!("{} {job}: {what}: {how}", workflow.name));
            }
        }
        if granted.is_none() {
            wrong.push(format!("{} {job}: no `permissions` of its own", workflow.name));
        }
    }
    wrong
}

/// Neither its files nor what somebody could have left for a later step: programs of the repository or of
/// an artifact could write with the job's token.
fn nothing_of_the_repository(workflow: &Workflow) -> Vec<String> {
    let brings = |step: &Value| {
        let run = text(step, "run");
        is_checkout(step)
            || text(step, "uses").starts_with("./")
            || text(step, "uses").starts_with("actions/cache")
            || ["git clone", "git checkout", "gh repo", "chmod", "GITHUB_PATH", "GITHUB_ENV"]
                .iter()
                .any(|part| run.contains(part))
    };
    let steps = workflow.steps().filter(|(job, _, step)| !workflow.writes(job).is_empty() && brings(step));
    steps.map(|(_, step, _)| step).collect()
}

/// What builds runs programs and kustomizations that others wrote. A token is then for jobs without them.
fn no_token(workflow: &Workflow) -> Vec<String> {
    let mut wrong = Vec::new();
    for (job, value) in workflow.jobs() {
        let builds = workflow.steps().any(|(of, _, step)| of == job && is_checkout(step));
        let written = serde_yaml::to_string(value).unwrap_or_default();
        if builds && ["github.token", "secrets."].iter().any(|token| written.contains(token)) {
            wrong.push(format!("{} {job}: a token beside what is built", workflow.name));
        }
    }
    let everywhere = workflow.value.get("env").map(|env| serde_yaml::to_string(env).unwrap_or_default()).unwrap_or_default();
    if ["github.token", "secrets."].iter().any(|token| everywhere.contains(token)) {
        wrong.push(format!("{}: a token in the environment of every job", workflow.name));
    }
    wrong
}

/// GitHub puts the value of an expression into the text of the program, whatever is in it.
fn no_expressions(workflow: &Workflow) -> Vec<String> {
    workflow.steps().filter(|(_, _, step)| text(step, "run").contains("${{")).map(|(_, step, _)| step).collect()
}

fn events(workflow: &Workflow) -> Vec<String> {
    let written = serde_yaml::to_string(&workflow.value["on"]).unwrap_or_default();
    let foreign = ["pull_request_target", "workflow_run", "issue_comment"].into_iter().filter(|event| written.contains(event));
    foreign.map(|event| format!("{}: on {event}", workflow.name)).collect()
}

fn images(workflow: &Workflow) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    for (_, job) in workflow.jobs() {
        let services = job.get("services").and_then(Value::as_mapping).into_iter().flatten().map(|(_, service)| service);
        for container in job.get("container").into_iter().chain(services) {
            named.push(container.as_str().unwrap_or_else(|| text(container, "image")).to_string());
        }
    }
    named.extend(workflow.steps().filter_map(|(_, _, step)| text(step, "uses").strip_prefix("docker://").map(str::to_string)));
    named.into_iter().filter(|image| !image.contains("@sha256:")).collect()
}

fn timeouts(workflow: &Workflow) -> Vec<String> {
    let endless = workflow.jobs().filter(|(_, job)| job.get("timeout-minutes").and_then(Value::as_u64).is_none());
    endless.map(|(job, _)| format!("{} {job}", workflow.name)).collect()
}
