//! Names that would be options, or remote bases, on another program's command line.

use super::{SERVICE, Scene, have};
use std::fs;

const NAMES: &[&str] = &[
    "--enable-exec",
    "-o",
    "--help",
    "-",
    "--",
    "-x y",
    "github.com",
    "git@example.com:a",
    "https:",
    "$(touch x)",
    "a'b\"c",
    "--upload-pack=x",
];

/// What a kustomization is called by, as the last argument.
fn commands(name: &str) -> Vec<Vec<String>> {
    let words = |line: &str| line.split(' ').map(|word| word.replace("NAME", name)).collect();
    [
        "render --kustomize=NAME",
        "render --kustomize=NAME --enable-exec",
        "flux --kustomize=NAME -o out --name shop",
        "graph --all -- ./NAME",
        "diff -- ./NAME ./NAME",
        "diff --enable-exec -- ./NAME ./NAME",
        "diff --git HEAD..HEAD -- NAME",
        "diff --git HEAD -- NAME",
        "init --dry-run -- NAME",
    ]
    .iter()
    .map(|line| words(line))
    .collect()
}

/// A tree in which a function would run, were the folder's name an option.
fn tree(scene: &Scene, name: &str) {
    let folder = if name == "github.com" { "github.com/kubernetes-sigs/kustomize" } else { name };
    scene.write(&format!("tree/{folder}/service.yaml"), SERVICE);
    scene.write(&format!("tree/{folder}/kustomization.yaml"), "resources: [service.yaml]\n");
    let function = "kind: X\napiVersion: a/v1\nmetadata: {name: x, annotations: {config.kubernetes.io/function: 'exec: {path: ./evil.sh}'}}\n";
    scene.write("tree/kustomization.yaml", "transformers: [evil.yaml]\n");
    scene.write("tree/evil.yaml", function);
    scene.write("tree/evil.sh", "#!/bin/sh\ntouch MARK/ran\n");
    scene.commit("names");
}

#[test]
fn a_folder_is_a_folder_whatever_it_is_called() {
    if !have("kustomize", "folders with the names of options") {
        return;
    }
    for name in NAMES {
        let scene = Scene::new();
        tree(&scene, name);
        let called = if *name == "github.com" { "github.com/kubernetes-sigs/kustomize" } else { name };
        for arguments in commands(called) {
            let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
            // `-` is stdin by itself.
            if words.last() == Some(&"-") {
                continue;
            }
            let done = scene.program(&words);
            assert_eq!(done.status.code(), Some(0), "{words:?}: {}{}", done.stdout, done.stderr);
            assert!(!scene.marked(), "{words:?}");
        }
        assert!(!scene.tree("x").exists() && !scene.at("home/x").exists(), "{name}");
    }
}

/// A kustomize that says how it was started.
#[test]
fn kustomize_gets_its_folder_behind_two_dashes_and_from_the_root() {
    for (program, first) in [("kustomize", "build"), ("kubectl", "kustomize")] {
        let scene = Scene::new().with_kubectl();
        scene.write(
            &format!("bin/{program}"),
            "#!/bin/sh\nfor word; do echo \"$word\"; done >MARK/words\ncat TREE/app/service.yaml\n",
        );
        for name in NAMES {
            tree(&scene, name);
            scene.write("tree/app/service.yaml", SERVICE);
            let folder = if *name == "github.com" { "github.com/kubernetes-sigs/kustomize" } else { name };
            for more in [&[][..], &["--enable-exec"]] {
                let done = scene.program(&[&["render", &format!("--kustomize={folder}")], more].concat());
                assert_eq!(done.status.code(), Some(0), "{name}: {}", done.stderr);
                let words = fs::read_to_string(scene.at("mark/words")).unwrap();
                let words: Vec<&str> = words.lines().collect();
                let [sub_command, alpha, dashes, path] = words[..] else { panic!("{words:?}") };
                assert_eq!([sub_command, alpha, dashes], [first, "--enable-alpha-plugins", "--"]);
                assert!(path.starts_with('/') && (more.is_empty() == path.ends_with(folder)), "{path}");
            }
        }
    }
}

/// A PATH that begins with folders of the checkout, or with the current one.
#[test]
fn programs_are_not_looked_for_in_the_checkout() {
    if !have("kustomize", "a PATH with folders of the checkout") {
        return;
    }
    let scene = Scene::new();
    for program in ["git", "kustomize", "kubectl", "docker", "sh", "cat", "rm", "proxy-service"] {
        for folder in ["tree", "tree/bin", "tree/app", "tree/app/bin"] {
            scene.write(&format!("{folder}/{program}"), "#!/bin/sh\n: >MARK/ran\n");
        }
    }
    scene.write("tree/app/service.yaml", SERVICE);
    scene.write("tree/app/kustomization.yaml", "resources: [service.yaml]\ntransformers: [ours.yaml]\n");
    let ours = "kind: X\napiVersion: a/v1\nmetadata: {name: x, annotations: {config.kubernetes.io/function: 'container: {image: proxy-service}'}}\n";
    scene.write("tree/app/ours.yaml", ours);
    scene.commit("programs");
    let usual = std::env::join_paths(&scene.path).unwrap();
    let path = format!(".:bin::{}", usual.to_str().unwrap());
    let mut alone = scene.command("/bin/sh", &["-c", "git --version"]);
    super::run(alone.env("PATH", &path), None, super::PATIENCE).unwrap();
    assert!(scene.marked(), "a shell does look there");
    for (arguments, folder) in [
        (&["render", "-k", "app"][..], "tree"),
        (&["render", "-k", "app", "--enable-exec"], "tree"),
        (&["diff", "--git", "HEAD", "app"], "tree"),
        (&["diff", "--git", "HEAD..HEAD", "."], "tree/app"),
        (&["argocd", "generate"], "tree/app"),
        (&["argocd", "generate", "--enable-exec"], "tree/app"),
    ] {
        let mut command = scene.command(super::PROGRAM, arguments);
        command.env("PATH", &path).current_dir(scene.at(folder));
        let done = super::run(&mut command, None, super::PATIENCE).unwrap();
        assert_eq!(done.status.code(), Some(0), "{arguments:?}: {}", done.stderr);
        assert!(!scene.marked(), "{arguments:?}");
    }
}

/// Refs of the command line.
#[test]
fn a_ref_is_no_option_of_git() {
    let scene = Scene::new();
    scene.write("tree/a.yaml", SERVICE);
    scene.commit("first");
    for range in ["--upload-pack=touch MARK/ran", "-x..HEAD", "HEAD..--output=MARK/ran", "--..HEAD", "--all...HEAD", "HEAD...-c"]
    {
        let range = range.replace("MARK", &scene.mark());
        let done = scene.program(&["diff", &format!("--git={range}"), "a.yaml"]);
        assert_eq!(done.status.code(), Some(2), "{range}: {}", done.stderr);
        assert!(done.stderr.contains("error PS094: there is no commit \"-"), "{range}: {}", done.stderr);
        assert!(!scene.marked(), "{range}");
    }
}

/// The hook for pre-commit names folders too.
#[test]
fn the_hook_takes_a_folder_for_a_folder() {
    if !have("kustomize", "the hook, with folders with the names of options") {
        return;
    }
    let hook = format!("{}/functions/ci/pre-commit.sh", env!("CARGO_MANIFEST_DIR"));
    for name in ["--enable-exec", "-o", "--help", "-x y"] {
        let scene = Scene::new();
        tree(&scene, name);
        let done = scene.run("bash", &[&hook, &format!("./{name}")]);
        assert_eq!(done.status.code(), Some(0), "{name}: {}{}", done.stdout, done.stderr);
        assert!(!scene.marked(), "{name}");
    }
    // The functions of a pull request's kustomization do not run there.
    let scene = Scene::new();
    tree(&scene, "app");
    let done = scene.run("bash", &[&hook, "."]);
    assert!(done.stderr.contains("error PS066 x X"), "{}", done.stderr);
    assert!(!scene.marked() && done.status.code() == Some(1));
}
