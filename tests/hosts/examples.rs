//! Every example: what the real kustomize makes of it, in each way of running the function.

use super::command::{PATIENCE, PROGRAM, Tools, program_folder, run};
use super::objects::{coherent, same};
use super::report::Report;
use super::workspace::{Form, Workspace, checkout};
use std::fs;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "kustomization-examples";

/// The folders with an `expected/build.yaml`, as paths from `kustomization-examples/`.
fn all() -> Vec<PathBuf> {
    let root = checkout().join(EXAMPLES);
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if path.ends_with("expected") {
                found.push(folder.strip_prefix(&root).expect("inside").to_path_buf());
            } else if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

fn expected(example: &Path) -> String {
    fs::read_to_string(checkout().join(EXAMPLES).join(example).join("expected/build.yaml")).unwrap_or_default()
}

fn equal(expected: &str, actual: &str) -> Result<(), String> {
    if expected == actual {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(expected, actual);
    Err(diff.unified_diff().header("expected/build.yaml", "the build").to_string())
}

/// The exec form gives `expected/build.yaml`.
pub fn exec(tools: &Tools, report: &mut Report) {
    let examples = all();
    let some = if examples.is_empty() { Err("no folder has an expected/build.yaml".into()) } else { Ok(()) };
    report.check("there are examples", some);
    for example in examples {
        let folder = checkout().join(EXAMPLES).join(&example);
        let built = tools.build(&folder, Form::Exec.options()).and_then(super::command::Done::succeeded);
        if let (Ok(text), true) = (&built, std::env::var_os("PROXY_SERVICE_UPDATE").is_some()) {
            fs::write(folder.join("expected/build.yaml"), text).expect("expected/build.yaml can be written");
        }
        let name = example.display();
        report.check(&format!("{name}: exec"), built.and_then(|text| equal(&expected(&example), &text)));
        let mut render = tools.command(PROGRAM, program_folder());
        let in_place = run(render.args(["render", "--enable-exec", "-k"]).arg(&folder), None, PATIENCE);
        let in_place = in_place.and_then(super::command::Done::succeeded).and_then(|text| equal(&expected(&example), &text));
        report.check(&format!("{name}: proxy-service render -k --enable-exec"), in_place);
        report.check(&format!("{name}: names and labels hold together"), coherent(&expected(&example)));
    }
}

/// The container form gives the same bytes.
pub fn container(tools: &Tools, report: &mut Report) {
    let copy = Workspace::with_examples(Form::Container);
    for example in all() {
        let folder = copy.path(EXAMPLES).join(&example);
        let built = tools.build(&folder, Form::Container.options()).and_then(super::command::Done::succeeded);
        report.check(&format!("{}: container", example.display()), built.and_then(|text| equal(&expected(&example), &text)));
    }
}

/// Where the function is the last layer, `render` behind a build without it gives the same objects.
pub fn pipe(tools: &Tools, form: Form, report: &mut Report) {
    let copy = Workspace::with_examples(form);
    for example in all() {
        let folder = copy.path(EXAMPLES).join(&example);
        let kustomization = fs::read_to_string(folder.join("kustomization.yaml")).unwrap_or_default();
        if !kustomization.contains(&format!("functions/{}", form.folder())) {
            continue;
        }
        let name = example.display();
        if form == Form::Exec {
            let piped = render_behind_build(tools, &folder).and_then(|text| same(&expected(&example), &text));
            report.check(&format!("{name}: kustomize build | proxy-service render -"), piped);
        }
        let rendered = render_kustomize(tools, form, &folder).and_then(|text| same(&expected(&example), &text));
        report.check(&format!("{name}: proxy-service render -k, {} form", form.folder()), rendered);
    }
}

/// kustomize skips an exec function where `--enable-exec` is missing.
fn render_behind_build(tools: &Tools, folder: &Path) -> Result<String, String> {
    let manifests = tools.build(folder, &[])?.succeeded()?;
    let mut render = tools.command(PROGRAM, program_folder());
    run(render.args(["render", "-"]), Some(&manifests), PATIENCE)?.succeeded()
}

fn render_kustomize(tools: &Tools, form: Form, folder: &Path) -> Result<String, String> {
    let without = tempfile::tempdir().map_err(|error| error.to_string())?;
    if form == Form::Container {
        no_containers(without.path())?;
    }
    let mut render = tools.command(PROGRAM, without.path());
    run(render.args(["render", "-k"]).arg(folder), None, PATIENCE)?.succeeded()
}

/// A `docker` that fails: the build that `render -k` runs is one without the function.
fn no_containers(folder: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let docker = folder.join("docker");
    fs::write(&docker, "#!/bin/sh\necho 'a container was started' >&2\nexit 1\n").map_err(|error| error.to_string())?;
    fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).map_err(|error| error.to_string())
}
