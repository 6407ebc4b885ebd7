//! `functions/argocd` over the real installation of Argo CD: what kustomize makes of it, and what
//! Argo CD's types and an API server say to that.

use super::command::{Done, PATIENCE, Tools, run};
use super::objects::{objects, text};
use super::report::Report;
use super::workspace::{Workspace, checkout};
use serde_yaml::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub fn suite(tools: &Tools, report: &mut Report) {
    report.check("kit: the image is that of this version", image());
    report.check("kit: the plugin and the Applications have no field that Argo CD does not know", strict(tools));
    report.check("kit: Applications name the plugin by name and version", plugin_name());
    for parts in [&["plugin"][..], &["exec"], &["plugin", "exec", "health"]] {
        let name = format!("kit: {} over Argo CD's installation", parts.join(", "));
        report.check(&name, installed(tools, parts).and_then(|built| patched(&built, parts)));
    }
    report.check("kit: Argo CD hands the options to kustomize", options(tools));
    report.check("kit: what it patches is not there: the build fails", loud(tools));
    report.check("kit: an API server takes it, and its pods pass the restricted standard", accepted(tools));
}

/// Argo CD's installation with parts of the kit, in a namespace.
pub fn installed(tools: &Tools, parts: &[&str]) -> Result<String, String> {
    let workspace = Workspace::new();
    let install = fs::read_to_string(tools.home.join("argocd-manifests/install.yaml")).map_err(|error| error.to_string())?;
    // Nine tenths of it are definitions, which the kit does not touch.
    let without = install
        .split(
            "
---
",
        )
        .filter(|document| !document.contains("kind: CustomResourceDefinition"));
    workspace.write(
        "install.yaml",
        &without.collect::<Vec<_>>().join(
            "
---
",
        ),
    );
    let parts: Vec<String> = parts.iter().map(|part| format!("functions/argocd/{part}")).collect();
    workspace.kustomization(".", &format!("namespace: argocd\nresources: [install.yaml]\ncomponents: [{}]\n", parts.join(", ")));
    tools.build(&workspace.path("."), &[])?.succeeded()
}

/// The file in the ConfigMap that the sidecar mounts.
pub fn plugin_of_the_kit(tools: &Tools) -> Result<String, String> {
    let built = objects(&installed(tools, &["plugin"])?)?;
    let config = built.iter().find(|object| is(object, "ConfigMap", "proxy-service-plugin-"));
    let file = config.and_then(|config| text(config, &["data", "plugin.yaml"]));
    file.map(str::to_string).ok_or("no ConfigMap holds a plugin.yaml".into())
}

/// argocd-cm.
pub fn config_of(built: &str) -> Result<String, String> {
    let found = objects(built)?.into_iter().find(|object| text(object, &["metadata", "name"]) == Some("argocd-cm"));
    found
        .ok_or("there is no argocd-cm".to_string())
        .and_then(|config| serde_yaml::to_string(&config).map_err(|error| error.to_string()))
}

fn is(object: &Value, kind: &str, start: &str) -> bool {
    text(object, &["kind"]) == Some(kind) && text(object, &["metadata", "name"]).is_some_and(|name| name.starts_with(start))
}

fn file(inside: &str) -> PathBuf {
    checkout().join("functions/argocd").join(inside)
}

fn read(inside: &str) -> Result<String, String> {
    fs::read_to_string(file(inside)).map_err(|error| format!("{inside}: {error}"))
}

fn image() -> Result<(), String> {
    let due = format!("image: ghcr.io/proxy-service/proxy-service:{}\n", env!("CARGO_PKG_VERSION"));
    if read("binary/repo-server.yaml")?.contains(&due) { Ok(()) } else { Err(format!("there is no {due}")) }
}

fn argocd(tools: &Tools, command: &str, files: &[&Path]) -> Result<Done, String> {
    run(Command::new(tools.path("argocd")).arg(command).args(files), None, PATIENCE)
}

fn strict(tools: &Tools) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let carried = folder.path().join("plugin.yaml");
    fs::write(&carried, plugin_of_the_kit(tools)?).map_err(|error| error.to_string())?;
    let (plugin, exec) = (file("examples/application-plugin.yaml"), file("examples/application-exec.yaml"));
    argocd(tools, "strict", &[&carried, &plugin, &exec])?.succeeded()?;
    // A slip would be seen.
    fs::write(&carried, read("plugin/plugin.yaml")?.replace("tooltip:", "toolTips:")).map_err(|error| error.to_string())?;
    match argocd(tools, "strict", &[&carried])? {
        done if !done.status.success() && done.stderr.contains("toolTips") => Ok(()),
        done => Err(format!("a wrong field passes: {}", done.stderr)),
    }
}

fn plugin_name() -> Result<(), String> {
    let value = |text: &str| serde_yaml::from_str::<Value>(text).map_err(|error| error.to_string());
    let (plugin, application) = (value(&read("plugin/plugin.yaml")?)?, value(&read("examples/application-plugin.yaml")?)?);
    let part = |path: &[&str]| text(&plugin, path).unwrap_or_default();
    let due = format!("{}-{}", part(&["metadata", "name"]), part(&["spec", "version"]));
    let is = text(&application, &["spec", "source", "plugin", "name"]);
    if is == Some(due.as_str()) { Ok(()) } else { Err(format!("it is {is:?}, the plugin is {due}")) }
}

/// Every mount has its volume, the sidecar has the repo-server's image, and the program is where
/// it is looked for.
fn patched(built: &str, parts: &[&str]) -> Result<(), String> {
    let built = objects(built)?;
    let server = built.iter().find(|object| is(object, "Deployment", "argocd-repo-server")).ok_or("no repo-server")?;
    let pod = &server["spec"]["template"]["spec"];
    let list = |value: &Value| value.as_sequence().cloned().unwrap_or_default();
    let names = |value: &Value| list(value).iter().filter_map(|one| one["name"].as_str().map(str::to_string)).collect::<Vec<_>>();
    let container = |name: &str| list(&pod["containers"]).into_iter().find(|container| container["name"] == name);
    let volumes = names(&pod["volumes"]);
    for container in list(&pod["containers"]).iter().chain(&list(&pod["initContainers"])) {
        if let Some(missing) = names(&container["volumeMounts"]).iter().find(|name| !volumes.contains(name)) {
            return Err(format!("{:?} mounts {missing}, which is no volume", container["name"]));
        }
    }
    if !names(&pod["initContainers"]).contains(&"install-proxy-service".to_string()) {
        return Err("no init container installs the program".into());
    }
    let own = container("argocd-repo-server").ok_or("the repo-server is gone")?;
    let mounted =
        |container: &Value| list(&container["volumeMounts"]).iter().any(|one| one["mountPath"] == "/usr/local/bin/proxy-service");
    if mounted(&own) != parts.contains(&"exec") {
        return Err("the program is mounted into the repo-server without need, or is not".into());
    }
    match container("proxy-service") {
        None if parts.contains(&"plugin") => Err("there is no sidecar".into()),
        Some(sidecar) if sidecar["image"] != own["image"] => Err(format!("the sidecar's image is {:?}", sidecar["image"])),
        Some(sidecar) if !mounted(&sidecar) => Err("the sidecar has no program".into()),
        _ => Ok(()),
    }
}

fn options(tools: &Tools) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let config = folder.path().join("argocd-cm.yaml");
    fs::write(&config, config_of(&installed(tools, &["exec"])?)?).map_err(|error| error.to_string())?;
    let options = argocd(tools, "options", &[&config])?.succeeded()?;
    if options == "--enable-alpha-plugins --enable-exec\n" { Ok(()) } else { Err(options) }
}

fn loud(tools: &Tools) -> Result<(), String> {
    for part in ["plugin", "exec", "health"] {
        let workspace = Workspace::new();
        workspace.write("other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n");
        workspace.kustomization(".", &format!("resources: [other.yaml]\ncomponents: [functions/argocd/{part}]\n"));
        if tools.build(&workspace.path("."), &[])?.status.success() {
            return Err(format!("{part} patches nothing and says nothing"));
        }
    }
    Ok(())
}

/// The parts of the installation that the kit touches, in a namespace whose warnings are those of
/// the restricted standard; and the Applications, by their own definition.
fn accepted(tools: &Tools) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).map_err(|error| error.to_string());
    let namespace =
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: argocd\n  labels: {pod-security.kubernetes.io/warn: restricted}\n";
    let touched = |built: &str| -> Result<String, String> {
        let mut text = namespace.to_string();
        for object in objects(built)? {
            if is(&object, "Deployment", "argocd-repo-server")
                || is(&object, "ConfigMap", "argocd-cm")
                || is(&object, "ConfigMap", "proxy-service")
            {
                text = text + "---\n" + &serde_yaml::to_string(&object).map_err(|error| error.to_string())?;
            }
        }
        Ok(text)
    };
    write("before.yaml", &touched(&installed(tools, &[])?)?)?;
    let applications = read("examples/application-plugin.yaml")?;
    let exec = read("examples/application-exec.yaml")?.replacen("  name: sock-shop", "  name: sock-shop-exec", 1);
    write("after.yaml", &[touched(&installed(tools, &["plugin", "exec", "health"])?)?, applications, exec].join("---\n"))?;
    let tools_with = tools_with_definitions(tools, &[tools.home.join("argocd-manifests/application-crd.yaml")])?;
    let mut command = Command::new(tools.path("api-server"));
    command.arg("--tools").arg(tools_with.path()).arg(folder.path().join("before.yaml")).arg(folder.path().join("after.yaml"));
    let done = run(&mut command, None, Duration::from_secs(120))?;
    let tried =
        ["Application.argoproj.io sock-shop", "Deployment argocd-repo-server"].iter().all(|name| done.stdout.contains(name));
    if done.status.success() && tried && !done.stdout.contains("skip ") { Ok(()) } else { Err(done.stdout + &done.stderr) }
}

/// The tools with further custom resource definitions for the API server.
pub fn tools_with_definitions(tools: &Tools, definitions: &[PathBuf]) -> Result<tempfile::TempDir, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let prepare = || -> std::io::Result<()> {
        std::os::unix::fs::symlink(tools.home.join("bin"), folder.path().join("bin"))?;
        fs::create_dir(folder.path().join("crds"))?;
        let own = fs::read_dir(tools.home.join("crds"))?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
        for file in own.iter().chain(definitions) {
            fs::copy(file, folder.path().join("crds").join(file.file_name().unwrap_or_default()))?;
        }
        Ok(())
    };
    prepare().map_err(|error| error.to_string())?;
    Ok(folder)
}
