//! `functions/flux/workflow.yaml`: its steps, job by job, in a real repository on their way to a real
//! remote.

use super::command::{PATIENCE, Tools, program_folder, run};
use super::objects::{objects, text};
use super::report::Report;
use super::workspace::{Form, Workspace, checkout};
use serde_yaml::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

pub fn suite(tools: &Tools, report: &mut Report) {
    let workflow = match read() {
        Ok(workflow) => workflow,
        Err(why) => {
            report.check("flux: the workflow", Err(why));
            return;
        }
    };
    report.check("flux: the workflow installs an image that a digest names, and no other", installs(tools, &workflow));
    report.check("flux: the workflow's jobs, twice, into an empty remote", pushed(tools, &workflow));
    report.check("flux: the job that pushes refuses another file than was rendered", refused(tools, &workflow));
    report.check("flux: what Flux must know once names what the workflow pushes", known());
}

fn read() -> Result<Value, String> {
    let file = fs::read_to_string(checkout().join("functions/flux/workflow.yaml")).map_err(|error| error.to_string())?;
    let workflow: Value = serde_yaml::from_str(&file).map_err(|error| error.to_string())?;
    let image = workflow["jobs"]["render"]["env"]["PROXY_SERVICE_IMAGE"].as_str().unwrap_or_default();
    let due = format!("ghcr.io/proxy-service/proxy-service:{}", env!("CARGO_PKG_VERSION"));
    if image == due { Ok(workflow) } else { Err(format!("its image is {image}, not that of this version")) }
}

/// A runner with a repository; `remote` beside it is where the workflow pushes.
struct Runner<'t> {
    tools: &'t Tools,
    workflow: &'t Value,
    root: PathBuf,
    _copy: Workspace,
}

impl<'t> Runner<'t> {
    fn new(tools: &'t Tools, workflow: &'t Value) -> Result<Self, String> {
        let copy = Workspace::with_examples(Form::Exec);
        let runner = Runner { tools, workflow, root: copy.path("ci"), _copy: copy };
        let script = "set -e; mkdir -p \"$1/main\" \"$1/temp\" \"$1/pushing\"; git init -q --bare \"$1/remote\"; cd \"$1/main\"; \
            git init -q -b main; mkdir -p deploy/overlays; cp -R \"$2\" deploy/overlays/prod; \
            sed -i '/^components:/,$d' deploy/overlays/prod/kustomization.yaml; git add -A; \
            git -c user.name=a -c user.email=a@example.com commit -qm first; git remote add origin ../remote; git push -q origin main";
        runner.shell(script, Path::new("/"), &[])?;
        Ok(runner)
    }

    /// `bash --noprofile --norc -eo pipefail`, as for `shell: bash`, with the environment of a runner.
    fn shell(&self, script: &str, folder: &Path, set: &[(&str, &str)]) -> Result<String, String> {
        let mut command = self.tools.command("bash", &self.root.join("bin"));
        let example = self.root.join("../kustomization-examples/quickstart");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script, "bash"]).arg(&self.root).arg(example);
        command.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("RUNNER_TEMP", self.root.join("temp"));
        command.env("GITHUB_OUTPUT", self.root.join("output")).env("GITHUB_PATH", self.root.join("path"));
        command.env("GITHUB_SERVER_URL", self.root.parent().unwrap_or(&self.root)).env("GITHUB_REPOSITORY", "ci/remote");
        let inherited = command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, path)| path).unwrap_or_default();
        let path = std::env::join_paths(
            [self.root.join("bin"), program_folder().to_path_buf()].into_iter().chain(std::env::split_paths(inherited)),
        );
        command.env("PATH", path.map_err(|error| error.to_string())?).envs(set.iter().copied());
        run(&mut command, None, PATIENCE)?.succeeded()
    }

    /// One step of a job.
    fn step(&self, job: &str, name: &str, set: &[(&str, &str)]) -> Result<String, String> {
        let job = &self.workflow["jobs"][job];
        let steps = job["steps"].as_sequence().ok_or("it has no steps")?;
        let step = steps.iter().find(|step| step["name"].as_str() == Some(name)).ok_or(format!("there is no step {name}"))?;
        let env = job["env"].as_mapping().into_iter().flatten();
        let env: Vec<(&str, &str)> = env.filter_map(|(name, value)| Some((name.as_str()?, value.as_str()?))).collect();
        let folder = self.root.join(if name == "Push" { "pushing" } else { "main" });
        let script = step["run"].as_str().ok_or("it runs nothing")?;
        self.shell(script, &folder, &[&env, set].concat()).map_err(|why| format!("{name}: {why}"))
    }

    /// The job `render`, and its artifact where the job `push` finds it; the artifact's checksum.
    fn rendered(&self) -> Result<String, String> {
        for name in ["Last state", "Render", "Validate", "Pack"] {
            self.step("render", name, &[])?;
        }
        self.shell("mv main/rendered.tar pushing/", &self.root, &[])?;
        let outputs = fs::read_to_string(self.root.join("output")).map_err(|error| error.to_string())?;
        let last = outputs.lines().rev().find_map(|line| line.strip_prefix("checksum="));
        last.map(str::to_string).ok_or(format!("no checksum in {outputs}"))
    }

    /// A new machine for the next run.
    fn cleared(&self) -> Result<(), String> {
        let script = "rm -rf rendered pushing; mkdir pushing; cd main; git worktree prune; git fetch -q origin";
        self.shell(script, &self.root, &[]).map(drop)
    }
}

/// The stand-in for docker notes what it is asked for.
fn installs(tools: &Tools, workflow: &Value) -> Result<(), String> {
    let runner = Runner::new(tools, workflow)?;
    let docker = runner.root.join("bin/docker");
    fs::create_dir_all(runner.root.join("bin")).map_err(|error| error.to_string())?;
    let script =
        format!("#!/bin/sh\necho \"$@\" >>'{}'\n[ \"$1\" != create ] || echo box\n", runner.root.join("asked").display());
    fs::write(&docker, script).map_err(|error| error.to_string())?;
    fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).map_err(|error| error.to_string())?;
    match runner.step("render", "Install", &[]) {
        Err(why) if why.contains("has no digest") && !runner.root.join("asked").exists() => {}
        other => return Err(format!("without a digest: {other:?}")),
    }
    let image = format!("ghcr.io/proxy-service/proxy-service:{}@{DIGEST}", env!("CARGO_PKG_VERSION"));
    runner.step("render", "Install", &[("PROXY_SERVICE_IMAGE", &image)])?;
    let asked = fs::read_to_string(runner.root.join("asked")).map_err(|error| error.to_string())?;
    let temp = runner.root.join("temp/proxy-service");
    let due = format!("create {image}\ncp box:/proxy-service {}/\nrm box\n", temp.display());
    let path = fs::read_to_string(runner.root.join("path")).map_err(|error| error.to_string())?;
    if asked == due && path == format!("{}\n", temp.display()) { Ok(()) } else { Err(format!("{asked}{path}")) }
}

fn pushed(tools: &Tools, workflow: &Value) -> Result<(), String> {
    let runner = Runner::new(tools, workflow)?;
    let mut last = String::new();
    for _ in 0..2 {
        let checksum = runner.rendered()?;
        last = runner.step("push", "Push", &[("CHECKSUM", &checksum), ("TOKEN", "secret-token")])?;
        if runner.shell("! grep -r secret-token .", &runner.root, &[]).is_err() {
            return Err("the token is in a file".into());
        }
        runner.cleared()?;
    }
    if !last.ends_with("nothing has changed\n") {
        return Err(format!("the second run pushes something: {last}"));
    }
    let there =
        runner.shell("git log --format=%s rendered; git ls-tree -r --name-only rendered", &runner.root.join("remote"), &[])?;
    let due = "Rendered from main\nprod/.proxy-service\nprod/app/kustomization.yaml\nprod/app/manifests.yaml\nprod/flux/kustomizations.yaml\n";
    if there.starts_with(due) { Ok(()) } else { Err(there) }
}

fn refused(tools: &Tools, workflow: &Value) -> Result<(), String> {
    let runner = Runner::new(tools, workflow)?;
    let checksum = runner.rendered()?;
    runner.shell("tar --create --file=pushing/rendered.tar --directory=main deploy", &runner.root, &[])?;
    match runner.step("push", "Push", &[("CHECKSUM", &checksum), ("TOKEN", "secret-token")]) {
        Err(why) if why.contains("did NOT match") => {}
        other => return Err(format!("{other:?}")),
    }
    let branches = runner.shell("git branch --list rendered", &runner.root.join("remote"), &[])?;
    if branches.is_empty() { Ok(()) } else { Err(format!("it pushed: {branches}")) }
}

fn known() -> Result<(), String> {
    let sync = objects(&fs::read_to_string(checkout().join("functions/flux/sync.yaml")).map_err(|error| error.to_string())?)?;
    let find = |kind: &str| sync.iter().find(|object| text(object, &["kind"]) == Some(kind)).ok_or(format!("no {kind}"));
    let (source, order) = (find("GitRepository")?, find("Kustomization")?);
    let good = text(source, &["metadata", "name"]) == text(order, &["spec", "sourceRef", "name"])
        && text(source, &["spec", "ref", "branch"]) == Some("rendered")
        && text(order, &["spec", "path"]) == Some("./prod/flux");
    if good { Ok(()) } else { Err("they do not fit each other".into()) }
}
