//! The image as a release has it (`release/image.py`), beside the one that an engine makes of the
//! Dockerfile; and the real kustomize with a kit that names it by its digest.

use super::command::{Done, PATIENCE, Tools, run};
use super::image::{compile, declared};
use super::objects::same;
use super::report::Report;
use super::workspace::{Form, Workspace, checkout};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// After the other suites: the image of the Dockerfile loses its name to the other one.
pub fn suite(tools: &Tools, report: &mut Report) {
    let name = declared().unwrap_or_default();
    let built = contents(tools, &name);
    let loaded = load(tools, &name);
    let both = built.and_then(|built| loaded.clone().and_then(|_| Ok((built, contents(tools, &name)?))));
    let equal = both.and_then(|(built, loaded)| if built == loaded { Ok(()) } else { Err(format!("{built}\n{loaded}")) });
    report.check("the image of a release is that of the Dockerfile", equal);
    let pinned = loaded.and_then(|digest| pinned(tools, &digest));
    report.check("the real kustomize runs a kit that names the image by its digest", pinned);
}

fn docker(tools: &Tools, arguments: &[&str]) -> Result<String, String> {
    let mut docker = tools.command(tools.path("docker"), Path::new("."));
    run(docker.args(arguments), None, PATIENCE)?.succeeded()
}

/// The image's settings and the files in it.
fn contents(tools: &Tools, name: &str) -> Result<String, String> {
    let config = docker(tools, &["image", "inspect", "--format", "{{json .Config}}", name])?;
    let mut config: Value = serde_json::from_str(&config).map_err(|error| error.to_string())?;
    // podman's mark on what it has built.
    config["Labels"].as_object_mut().ok_or("no labels")?.remove("io.buildah.version");
    let container = docker(tools, &["create", "--pull=never", name])?;
    let (container, folder) = (container.trim(), tempfile::tempdir().map_err(|error| error.to_string())?);
    let export = folder.path().join("export.tar");
    let exported = docker(tools, &["export", "--output", &export.display().to_string(), container]);
    docker(tools, &["rm", container])?;
    exported?;
    // Engines add mount points to what they export.
    let script = "mkdir \"$1/files\" && tar -xf \"$2\" -C \"$1/files\" && cd \"$1/files\" && \
        find . -type f -size +0 -printf '%P %#m ' -exec sha256sum {} \\; | sed 's/  .*//' | sort";
    let mut list = Command::new("bash");
    let files = run(list.args(["-ec", script, "bash"]).arg(folder.path()).arg(&export), None, PATIENCE)?.succeeded()?;
    if files.lines().any(|line| line.starts_with("proxy-service 0755 ")) {
        Ok(format!("{config}\n{files}"))
    } else {
        Err(format!("the program is not in it:\n{files}"))
    }
}

/// The archive of a release, loaded; its digest.
fn load(tools: &Tools, name: &str) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let archive = folder.path().join("image.tar");
    let binary = compile(tools)?;
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let mut image = Command::new("python3");
    image.arg(checkout().join("release/image.py")).arg(&archive).args([name, "1700000000"]);
    let digest = run(image.arg(format!("{architecture}={}", binary.display())), None, PATIENCE)?.succeeded()?;
    docker(tools, &["load", "--quiet", "--input", &archive.display().to_string()])?;
    Ok(digest.trim().to_string())
}

fn pinned(tools: &Tools, digest: &str) -> Result<(), String> {
    let copy = Workspace::with_examples(Form::Container);
    let mut pin = Command::new(checkout().join("release/pin.sh"));
    run(pin.arg(copy.path("functions")).args([digest, &"0".repeat(64)]), None, PATIENCE)?.succeeded()?;
    let function = fs::read_to_string(copy.path("functions/container/function.yaml")).map_err(|error| error.to_string())?;
    if !function.contains(&format!("@{digest}\n")) {
        return Err(function);
    }
    let example = "kustomization-examples/quickstart";
    let expected = fs::read_to_string(checkout().join(example).join("expected/build.yaml")).map_err(|error| error.to_string())?;
    let built = tools.build(&copy.path(example), Form::Container.options()).and_then(Done::succeeded)?;
    same(&expected, &built)?;
    // Another digest is another image, which is not there.
    let name = declared().unwrap_or_default();
    match docker(tools, &["create", "--pull=never", &format!("{name}@sha256:{}", "0".repeat(64))]) {
        Ok(container) => docker(tools, &["rm", container.trim()]).and(Err("another digest is the same image".into())),
        Err(_) => Ok(()),
    }
}
