//! Functions that the user allows: by their digest, and with nothing of the machine.

use super::{SERVICE, Scene, have};
use std::fs;

/// A kustomization with a function in a container; the image. `more` is what else the declaration asks for.
pub fn tree(scene: &Scene, more: &str) -> String {
    let image = format!("registry.example.com/paint:1.0@sha256:{}", "0123456789abcdef".repeat(4));
    scene.write("tree/app/service.yaml", SERVICE);
    scene.write("tree/app/kustomization.yaml", "resources: [service.yaml]\ntransformers: [paint.yaml]\n");
    let head = "apiVersion: example.com/v1\nkind: Paint\nmetadata:\n  name: grey\n  annotations:\n    config.kubernetes.io/function: |\n";
    scene.write("tree/app/paint.yaml", &format!("{head}      container: {{image: '{image}'{more}}}\n"));
    image
}

/// Notes how it was started, and with which variables; the resources pass.
const DOCKER: &str = "#!/bin/sh\nfor word; do echo \"$word\"; done >MARK/docker\nenv >MARK/env\npwd >MARK/folder\nexec cat\n";

#[test]
fn an_allowed_image_runs_by_its_digest_without_network_mounts_variables_and_rights() {
    if !have("kustomize", "allowed functions") {
        return;
    }
    let scene = Scene::new();
    scene.write("bin/docker", DOCKER);
    let image = tree(&scene, "");
    let done = scene.program(&["render", "-k", "app", "--allow-function", &image]);
    assert!(done.stdout.contains("name: cart"), "{}", done.stderr);
    let words = fs::read_to_string(scene.at("mark/docker")).unwrap();
    let words: Vec<&str> = words.lines().filter(|word| !word.starts_with("--name=proxy-service-function-")).collect();
    let due = [
        "run",
        "--rm",
        "--interactive",
        "--network=none",
        "--user=nobody",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--env=LOG_TO_STDERR=true",
        "--env=STRUCTURED_RESULTS=true",
        &image,
    ];
    assert_eq!(words, due);
    let folder = fs::read_to_string(scene.at("mark/folder")).unwrap();
    assert!(!folder.contains("/tree"), "docker starts in a folder of the pull request: {folder}");
    let env = fs::read_to_string(scene.at("mark/env")).unwrap();
    assert!(!env.contains("PROXY_SERVICE_STAND_IN"), "{env}");

    // Every command that builds has the option.
    for arguments in [
        &["flux", "-k", "app", "-o", "out", "--name", "shop"][..],
        &["init", "--dry-run", "app"],
        &["graph", "--all", "app"],
        &["graph", "--all", "--enable-exec", "app"],
        &["diff", "app", "app"],
    ] {
        scene.marked();
        let done = scene.program(&[arguments, &["--allow-function", &image]].concat());
        assert_eq!(done.status.code(), Some(0), "{arguments:?}: {}", done.stderr);
        assert!(scene.marked(), "{arguments:?}: it did not run");
    }
    let done = scene.program(&["argocd", "generate", "--allow-function", &image]);
    assert_eq!(done.status.code(), Some(2), "a plugin runs no other function: {}", done.stderr);
}

#[test]
fn an_allowed_image_that_asks_for_more_and_another_image_do_not_run() {
    if !have("kustomize", "allowed functions that ask for more") {
        return;
    }
    let refused = |scene: &Scene, allowed: &str, told: &str| {
        scene.write("bin/docker", DOCKER);
        for more in [&[][..], &["--enable-exec"]] {
            let done = scene.program(&[&["render", "-k", "app", "--allow-function", allowed], more].concat());
            assert!(done.stderr.contains(told), "due: {told}\n{}", done.stderr);
            assert_eq!((done.status.code(), scene.marked()), (Some(1), false), "{told}");
        }
    };
    for (more, told) in [
        (", envs: [TOKEN]", "error PS067 grey Paint: "),
        (", envs: ['A=b']", "asks for the variable \"A=b\""),
        (", mounts: [{type: bind, src: a, dst: /a}]", "asks for the mount "),
        (", network: true", "asks for the network"),
    ] {
        let scene = Scene::new();
        let image = tree(&scene, more);
        refused(&scene, &image, told);
        // Where the declaration cannot be read beforehand, docker's command line says it.
        if !more.contains("network") {
            let text = fs::read_to_string(scene.tree("app/paint.yaml")).unwrap();
            scene.write(
                "tree/app/paint.yaml",
                &text.replace("config.kubernetes.io/function:", "\"config.kubernetes.io\\x2ffunction\":"),
            );
            refused(&scene, &image, "error PS067 grey Paint: ");
        }
    }
    let scene = Scene::new();
    let image = tree(&scene, "");
    refused(&scene, &image.replace("sha256:0", "sha256:1"), "error PS066 grey Paint: ");
    refused(&scene, &image.replace(":1.0@", "@"), "error PS066 grey Paint: ");
    refused(&scene, &image.replace("paint", "brush"), "error PS066 grey Paint: ");
    for wrong in ["registry.example.com/paint:1.0", "paint@sha256:0123", "-v", ""] {
        let done = scene.program(&["render", "-k", "app", &format!("--allow-function={wrong}")]);
        assert_eq!(done.status.code(), Some(2), "{wrong}: {}", done.stderr);
    }
}

/// What no declaration in the tree names (kustomize makes it of parts) is refused all the same.
#[test]
fn a_refusal_names_the_function_and_the_file_or_the_folder() {
    if !have("kustomize", "the text of a refusal") {
        return;
    }
    let scene = Scene::new();
    tree(&scene, "");
    let done = scene.program(&["render", "-k", "app"]);
    assert!(done.stderr.starts_with("error PS066 grey Paint: the function is the container \"registry"), "{}", done.stderr);
    assert!(done.stderr.ends_with("(app/paint.yaml)\n"), "{}", done.stderr);
    scene.write("tree/app/kustomization.yaml", "resources: [service.yaml]\ntransformers: [made]\n");
    let made = "resources: [plain.yaml]\ncommonAnnotations: {config.kubernetes.io/function: 'container: {image: evil}'}\n";
    scene.write("tree/app/made/kustomization.yaml", made);
    scene.write("tree/app/made/plain.yaml", "apiVersion: a/v1\nkind: Evil\nmetadata: {name: evil}\n");
    for more in [&[][..], &["--enable-exec"]] {
        let done = scene.program(&[&["render", "-k", "app"], more].concat());
        assert!(done.stderr.starts_with("error PS066 evil Evil: the function is the container \"evil\""), "{}", done.stderr);
        assert!(done.stderr.ends_with("(app)\n"), "{}", done.stderr);
    }
}
