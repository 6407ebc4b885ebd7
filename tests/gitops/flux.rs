//! `proxy-service flux`: what it writes, and where a real API server gets to with it.

use super::command::{Done, PATIENCE, PROGRAM, Tools, program_folder, run};
use super::objects::{identity, objects};
use super::report::Report;
use super::user::{Home, allow, as_argocd};
use super::workspace::{Form, Workspace, checkout};
use serde_yaml::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const EXAMPLES: [&str; 4] = ["quickstart", "sock-shop/base", "opt-in", "grown-namespace"];
const FOLDERS: [&str; 4] = ["proxies", "routes", "rules", "app"];

pub fn suite(tools: &Tools, report: &mut Report) {
    let copy = Workspace::with_examples(Form::Exec);
    for example in EXAMPLES {
        report.check(&format!("flux: {example}: nothing lost, nothing twice"), whole(tools, &copy, example));
    }
    report.check("flux: a folder is replaced as a whole, by the same bytes", replaced());
    report.check("flux: a folder of somebody else's stays as it is", others());
    report.check("flux: what cannot be written leaves nothing behind", unwritable());
    report.check("flux: an interception is not taken away at once", at_once());
    report.check("flux: wrong usage", usage());
    report.check("flux: with an error nothing is written", with_an_error());
}

fn flux(arguments: &[&str], folder: &Path, input: &str) -> Result<Done, String> {
    run(Command::new(PROGRAM).arg("flux").args(arguments).current_dir(folder), Some(input), PATIENCE)
}

fn built(tools: &Tools, folder: &Path) -> Result<Vec<Value>, String> {
    let mut all = Vec::new();
    for name in FOLDERS {
        // No objects are a document too, an empty one.
        all.extend(objects(&tools.build(&folder.join(name), &[])?.succeeded()?)?.into_iter().filter(|object| !object.is_null()));
    }
    Ok(all)
}

/// The folders together are `render`'s output, with the Services of the proxies' own and the
/// annotation that keeps Flux from deleting.
fn whole(tools: &Tools, copy: &Workspace, example: &str) -> Result<(), String> {
    let folder = copy.path("kustomization-examples").join(example);
    let out = copy.path("out").join(example.replace('/', "-"));
    fs::create_dir_all(copy.path("out")).map_err(|error| error.to_string())?;
    let program = |command: &str| {
        let mut program = tools.command(PROGRAM, program_folder());
        program.arg(command).arg("-k").arg(&folder);
        program
    };
    run(program("flux").arg("-o").arg(&out).args(["--name", "shop", "--path", "out"]), None, PATIENCE)?.succeeded()?;
    let by_name = |objects: Vec<Value>| objects.into_iter().map(|object| (identity(&object), object)).collect::<BTreeMap<_, _>>();
    let parts = built(tools, &out)?;
    let (count, mut parts) = (parts.len(), by_name(parts));
    if parts.len() != count {
        return Err("an object is in two folders".into());
    }
    let due = by_name(objects(&run(&mut program("render"), None, PATIENCE)?.succeeded()?)?);
    for (name, object) in &due {
        let Some(mut part) = parts.remove(name) else { return Err(format!("{name} is lost")) };
        take_annotation(&mut part);
        if part != *object {
            return Err(format!("{name} has changed"));
        }
    }
    let own = |name: &String| name.starts_with("Service ") && name.ends_with("-proxy");
    match parts.keys().find(|name| !own(name)) {
        Some(name) => Err(format!("{name} is more than there should be")),
        None if parts.is_empty() => Err("no proxies have a Service of their own".into()),
        None => Ok(()),
    }
}

fn take_annotation(object: &mut Value) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_mapping_mut) else { return };
    let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_mapping_mut) else { return };
    annotations.shift_remove("kustomize.toolkit.fluxcd.io/prune");
    if annotations.is_empty() {
        metadata.shift_remove("annotations");
    }
}

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec: {ports: [{name: http, port: 80}], selector: {app: cart}}\n---\n";
const PROXY_SERVICE: &str = "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: cart, namespace: shop}\nspec: {serviceName: cart}\n---\n";

fn input() -> String {
    format!("{SERVICE}{PROXY_SERVICE}")
}

/// The files under a folder and their contents; nothing of this program's beside it.
fn files(folder: &Path) -> Result<BTreeMap<PathBuf, String>, String> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_path_buf()]);
    while let Some(next) = folders.pop() {
        for path in fs::read_dir(&next).map_err(|error| error.to_string())?.map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
                found.insert(path.strip_prefix(folder).expect("inside").to_path_buf(), text);
            }
        }
    }
    Ok(found)
}

fn only(folder: &Path, names: &[&str]) -> Result<(), String> {
    let mut there: Vec<_> =
        fs::read_dir(folder).map_err(|error| error.to_string())?.map(|entry| entry.expect("an entry").file_name()).collect();
    there.sort();
    if there == names { Ok(()) } else { Err(format!("{} holds {there:?}", folder.display())) }
}

const OUT: [&str; 5] = ["-", "-o", "out", "--name", "shop"];

fn replaced() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    flux(&OUT, folder.path(), &input())?.succeeded()?;
    let first = files(&folder.path().join("out"))?;
    fs::write(folder.path().join("out/app/stale.yaml"), "stale").map_err(|error| error.to_string())?;
    std::os::unix::fs::symlink("out", folder.path().join("link")).map_err(|error| error.to_string())?;
    flux(&["-", "-o", "link", "--path", "out", "--name", "shop"], folder.path(), &input())?.succeeded()?;
    only(folder.path(), &["link", "out"])?;
    if files(&folder.path().join("out"))? != first {
        return Err("the second run has written something else".into());
    }
    let names: Vec<_> = first.keys().map(|path| path.to_string_lossy().into_owned()).collect();
    let due = [
        ".proxy-service",
        "app/kustomization.yaml",
        "app/manifests.yaml",
        "flux/kustomizations.yaml",
        "proxies/kustomization.yaml",
        "proxies/manifests.yaml",
        "routes/kustomization.yaml",
        "rules/kustomization.yaml",
    ];
    if names == due { Ok(()) } else { Err(format!("{names:?}")) }
}

fn others() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let out = folder.path().join("out");
    fs::create_dir(&out).map_err(|error| error.to_string())?;
    fs::write(out.join("mine.yaml"), "mine").map_err(|error| error.to_string())?;
    fs::write(folder.path().join("file"), "mine").map_err(|error| error.to_string())?;
    for (name, told) in [("out", "holds files that were not written by this program"), ("file", "is a file; name a folder")] {
        let done = flux(&["-", "-o", name, "--name", "shop"], folder.path(), &input())?;
        if done.status.code() != Some(1) || !done.stderr.contains(told) {
            return Err(format!("{name}: {}\n{}", done.status, done.stderr));
        }
    }
    only(&out, &["mine.yaml"])?;
    only(folder.path(), &["file", "out"])
}

fn unwritable() -> Result<(), String> {
    let home = Home::new();
    let program = home.program("proxy-service", Path::new(PROGRAM));
    let locked = home.readable("locked");
    allow(&locked, 0o555);
    let mut command = Command::new(program);
    let done = run(as_argocd(command.arg("flux").args(OUT).current_dir(&locked)), Some(&input()), PATIENCE)?;
    let told = done.stderr.contains("could not be written; it is as it was");
    if done.status.code() == Some(1) && told { only(&locked, &[]) } else { Err(format!("{}\n{}", done.status, done.stderr)) }
}

fn at_once() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let out = folder.path().join("out");
    flux(&OUT, folder.path(), &input())?.succeeded()?;
    let before = files(&out)?;
    let done = flux(&OUT, folder.path(), SERVICE)?;
    if done.status.code() != Some(1) || !done.stderr.starts_with("error PS093 shop/cart Service ") || files(&out)? != before {
        return Err(format!("{}\n{}", done.status, done.stderr));
    }
    let prepare = input().replace("serviceName: cart}", "serviceName: cart, phase: Prepare}");
    for step in [prepare.as_str(), SERVICE, &input()] {
        flux(&OUT, folder.path(), step)?.succeeded()?;
    }
    // The whole application may go at once.
    let other = SERVICE.replace("cart", "other");
    flux(&OUT, folder.path(), &other)?.succeeded().map(drop)
}

fn usage() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let outside = folder.path().join("x").to_string_lossy().into_owned();
    let wrong: [(&[&str], &str); 5] = [
        (&["-", "-o", "out"], "--name"),
        (&["-", "-o", &outside, "--name", "shop"], "--path is needed"),
        (&["-", "-o", "out", "--name", "Shop!"], "a name of Kubernetes"),
        (&["-", "-o", "out", "--name", "shop", "--source", "Helm/x"], "KIND/NAME"),
        (&["-", "-o", "out", "--name", "shop", "--path", "../x"], "a path inside of the source"),
    ];
    for (arguments, told) in wrong {
        let done = flux(arguments, folder.path(), &input())?;
        if done.status.code() != Some(2) || !done.stderr.contains(told) {
            return Err(format!("{arguments:?}: {}\n{}", done.status, done.stderr));
        }
    }
    only(folder.path(), &[])
}

fn with_an_error() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    for input in [input().replace("serviceName", "serviceNam"), String::new(), "{".into()] {
        let done = flux(&OUT, folder.path(), &input)?;
        if done.status.code() != Some(1) || !done.stderr.starts_with("error PS") {
            return Err(format!("{}\n{}", done.status, done.stderr));
        }
    }
    only(folder.path(), &[])
}

/// From no ProxyService to an interception and back, with what Flux applies and deletes with; and
/// that a wrong way is seen there.
pub fn walk(tools: &Tools) -> Vec<(&'static str, Result<(), String>)> {
    let states = match states(tools) {
        Ok(states) => states,
        Err(why) => return vec![("flux: the states of a cutover", Err(why))],
    };
    let there_and_back = ["none", "prepare", "intercept", "prepare", "none"];
    let way = walked(tools, states.path(), &there_and_back).and_then(Done::succeeded).map(drop);
    let wrong = walked(tools, states.path(), &["none", "bare", "none"]).and_then(|done| {
        let seen = ["have some: none for orders", "VirtualService/shop/orders is gone", "DestinationRule/shop/orders is gone"];
        let missing = seen.iter().find(|fact| !done.stdout.contains(**fact));
        missing.map_or(Ok(()), |missing| Err(format!("not seen: {missing}\n{}{}", done.stdout, done.stderr)))
    });
    vec![
        ("flux: on a real API server, there and back: nothing that stays is deleted, no front without proxies", way),
        ("flux: taken away at once, and without prune: disabled: the same proof fails", wrong),
    ]
}

fn walked(tools: &Tools, root: &Path, states: &[&str]) -> Result<Done, String> {
    let mut command = Command::new(tools.path("flux"));
    command.arg("--tools").arg(&tools.home).arg(root).args(states);
    let done = run(&mut command, None, Duration::from_secs(180))?;
    let failed: Vec<&str> = done.stdout.lines().filter(|line| line.starts_with("FAIL")).collect();
    Ok(Done { stderr: format!("{}\n{}", failed.join("\n"), done.stderr), ..done })
}

/// The example with routes, rules and policies, in a namespace of its own.
fn states(tools: &Tools) -> Result<tempfile::TempDir, String> {
    let root = tempfile::tempdir().map_err(|error| error.to_string())?;
    let source = Workspace::new();
    source
        .write("namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n");
    let example = checkout().join("kustomization-examples/grown-namespace");
    let mut resources = vec!["namespace.yaml".to_string()];
    for file in ["apps.yaml", "around.yaml", "policies.yaml", "routing.yaml", "proxyservice.yaml"] {
        source.write(file, &fs::read_to_string(example.join(file)).map_err(|error| error.to_string())?);
        resources.push(file.into());
    }
    let proxy_service = fs::read_to_string(example.join("proxyservice.yaml")).map_err(|error| error.to_string())?;
    let prepare = proxy_service.replace("\nspec:\n", "\nspec:\n  phase: Prepare\n");
    for (state, text) in [("none", None), ("prepare", Some(&prepare)), ("intercept", Some(&proxy_service))] {
        source.write("proxyservice.yaml", text.map_or("", String::as_str));
        let used = resources.len() - usize::from(text.is_none());
        source.kustomization(".", &format!("namespace: shop\nresources: [{}]\n", resources[..used].join(", ")));
        let manifests = tools.build(&source.path("."), &[])?.succeeded()?;
        flux(&["-", "-o", state, "--name", "shop"], root.path(), &manifests)?.succeeded()?;
    }
    bare(root.path())?;
    Ok(root)
}

/// The interception without what keeps Flux from deleting.
fn bare(root: &Path) -> Result<(), String> {
    for (path, text) in files(&root.join("intercept"))? {
        let text = text.replace("\"./intercept/", "\"./bare/");
        let is_mine = path.starts_with("routes") || path.starts_with("rules");
        let text = if is_mine { text.replace("toolkit.fluxcd.io/prune", "example.com/prune") } else { text };
        let file = root.join("bare").join(path);
        fs::create_dir_all(file.parent().expect("a folder")).map_err(|error| error.to_string())?;
        fs::write(file, text).map_err(|error| error.to_string())?;
    }
    Ok(())
}
