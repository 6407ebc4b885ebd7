//! The ways in which a kustomization starts a program, through every command that builds one.

use super::command::Done;
use super::table::{HELM, TOUCH, WAYS, Way};
use super::{SERVICE, Scene, has_kubectl, have};
use std::fs;

/// Every command that builds a kustomization, in the folder above `app`.
const COMMANDS: &[&[&str]] = &[
    &["render", "-k", "app"],
    &["render", "-k", "app", "--enable-exec"],
    &["render", "-k", "app", "--enable-helm"],
    &["render", "-k", "app", "--enable-exec", "--enable-helm"],
    &["flux", "-k", "app", "-o", "out", "--name", "shop"],
    &["init", "--dry-run", "app"],
    &["graph", "--all", "app"],
    &["graph", "--all", "--enable-exec", "app"],
    &["diff", "app", "/dev/null"],
    &["diff", "--enable-exec", "app", "/dev/null"],
    &["diff", "--git", "HEAD", "app"],
    &["diff", "--git", "HEAD..HEAD", "app", "--enable-exec"],
    &["argocd", "generate"],
    &["argocd", "generate", "--no-exec"],
    &["argocd", "generate", "--enable-exec"],
    &["argocd", "generate", "--allow=enable-helm"],
    &["argocd", "generate", "--enable-exec", "--allow=enable-helm"],
];

/// The programs that a machine has beside kustomize.
fn scene(way: &Way) -> Scene {
    let scene = Scene::new();
    scene.write("bin/docker", TOUCH);
    let helm = super::Tools::find().path("helm-3");
    if helm.exists() {
        std::os::unix::fs::symlink(helm, scene.at("bin/helm")).unwrap();
    }
    scene.write("tree/app/service.yaml", SERVICE);
    for (file, text) in way.files {
        scene.write(&format!("tree/{file}"), text);
    }
    std::os::unix::fs::symlink("/", scene.tree("app/link")).unwrap();
    scene.commit("evil");
    scene
}

/// With a home that the pull request brings.
fn run(scene: &Scene, program: &str, arguments: &[&str], folder: &str) -> Done {
    let mut command = scene.command(program, arguments);
    command.current_dir(scene.tree(folder)).env("HOME", scene.at("tree")).env("TOKEN", "secret");
    command.env("ARGOCD_ENV_KUSTOMIZE_FLAGS", if arguments.contains(&"--allow=enable-helm") { "enable-helm" } else { "" });
    super::run(&mut command, None, super::PATIENCE).unwrap()
}

fn alone(scene: &Scene, way: &Way) -> Done {
    let options: Vec<&str> = ["build", "--enable-alpha-plugins"].iter().chain(way.options).copied().collect();
    run(scene, "kustomize", &[&options[..], &["app"]].concat(), "")
}

fn try_commands(scene: &Scene, way: &Way, commands: &[&[&str]]) -> Vec<String> {
    let mut wrong = Vec::new();
    for arguments in commands {
        let folder = if arguments[0] == "argocd" { "app" } else { "" };
        let done = run(scene, super::PROGRAM, arguments, folder);
        if scene.marked() || done.stderr.contains("panicked") {
            wrong.push(format!("{}: {arguments:?} starts it, or panics: {:.300}", way.name, done.stderr));
        }
    }
    wrong
}

fn is_for(way: &Way, test: &str) -> bool {
    way.options != HELM || have("helm-3", test)
}

#[test]
fn no_command_starts_what_kustomize_alone_would_start() {
    if !have("kustomize", "the ways to start a program") {
        return;
    }
    let one = |way: &Way| {
        let scene = scene(way);
        let done = alone(&scene, way);
        let mut wrong = Vec::new();
        if !scene.marked() {
            wrong.push(format!("{} is no way: kustomize alone starts nothing\n{}{}", way.name, done.stdout, done.stderr));
        }
        wrong.extend(try_commands(&scene, way, COMMANDS));
        let charts = if way.options == HELM { &["--enable-helm"][..] } else { &[] };
        let done = run(&scene, super::PROGRAM, &[&["render", "-k", "app"], charts].concat(), "");
        let code = i32::from(!way.told.is_empty());
        if !done.stderr.contains(way.told) || done.status.code() != Some(code) {
            wrong.push(format!("{}: {}\n{:.300}{:.300}", way.name, done.status, done.stdout, done.stderr));
        }
        if fs::read_dir(scene.at("tmp")).unwrap().any(|entry| ours(&entry.unwrap())) {
            wrong.push(format!("{}: a temporary folder is left", way.name));
        }
        wrong
    };
    let ways = WAYS.iter().filter(|way| is_for(way, way.name)).enumerate();
    let (even, odd): (Vec<_>, Vec<_>) = ways.partition(|(position, _)| position % 2 == 0);
    let all = |ways: Vec<(usize, &Way)>| ways.into_iter().flat_map(|(_, way)| one(way)).collect::<Vec<String>>();
    let wrong = std::thread::scope(|scope| {
        let even = scope.spawn(|| all(even));
        [all(odd), even.join().unwrap()].concat()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn ours(entry: &fs::DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with("proxy-service-")
}

/// Some ways are none for them; what counts is that they start nothing.
#[test]
fn nor_with_the_oldest_kustomize_and_with_kubectl() {
    let commands: &[&[&str]] = &[&["render", "-k", "app"], &["render", "-k", "app", "--enable-exec"]];
    let kubectl = has_kubectl();
    let oldest = have("kustomize-4.5.4", "the ways to start a program, with the oldest kustomize");
    let (mut worked, mut wrong) = (0, Vec::new());
    for way in WAYS.iter().filter(|way| way.options != HELM) {
        if oldest {
            let scene = scene(way);
            std::os::unix::fs::symlink(super::Tools::find().path("kustomize-4.5.4"), scene.at("bin/kustomize")).unwrap();
            alone(&scene, way);
            worked += i32::from(scene.marked());
            wrong.extend(try_commands(&scene, way, commands));
        }
        if kubectl {
            wrong.extend(try_commands(&scene(way).with_kubectl(), way, &commands[..1]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!oldest || worked > 10, "only {worked} ways work with kustomize 4.5.4 alone");
}
