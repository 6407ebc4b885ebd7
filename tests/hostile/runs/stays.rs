//! What stays possible: our function, charts, remote bases.

use super::table::{CHART, TOUCH};
use super::{SERVICE, Scene, has_kubectl, have};
use std::fs;

/// Names that are taken for ours mean this very program: nothing else is started, and nothing is fetched.
#[test]
fn our_function_runs_whatever_registry_or_folder_it_is_declared_with() {
    if !have("kustomize", "our function in its place") {
        return;
    }
    let declarations = [
        "container: {image: proxy-service}",
        "container: {image: 'evil.example.com:5000/x/proxy-service:latest@sha256:00', envs: [TOKEN]}",
        "exec: {path: proxy-service}",
        "exec: {path: ./proxy-service}",
        "exec: {path: /nowhere/proxy-service}",
    ];
    let variants = ["kustomize", "kustomize-4.5.4", "kubectl"]
        .into_iter()
        .filter(|program| *program == "kubectl" || have(program, "our function in its place"));
    for (declaration, program) in variants.flat_map(|program| {
        let declarations = if program == "kustomize" { &declarations[..] } else { &declarations[1..3] };
        declarations.iter().map(move |declaration| (*declaration, program))
    }) {
        let scene = match program {
            "kubectl" if !has_kubectl() => continue,
            "kubectl" => Scene::new().with_kubectl(),
            _ => Scene::new(),
        };
        if program == "kustomize-4.5.4" {
            std::os::unix::fs::symlink(super::Tools::find().path(program), scene.at("bin/kustomize")).unwrap();
        }
        scene.write("bin/docker", TOUCH);
        scene.write("tree/base/service.yaml", SERVICE);
        scene.write("tree/base/proxy-service", TOUCH);
        let request =
            "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: cart}\nspec: {serviceName: cart}\n";
        scene.write("tree/base/request.yaml", request);
        scene.write("tree/base/kustomization.yaml", "resources: [service.yaml, request.yaml]\ncomponents: [../component]\n");
        let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ntransformers: [ours.yaml]\n";
        scene.write("tree/component/kustomization.yaml", component);
        let ours = "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyServiceConfig\nmetadata:\n  name: proxy-service\n  annotations:\n    config.kubernetes.io/function: |\n      ";
        scene.write("tree/component/ours.yaml", &format!("{ours}{declaration}\nspec: {{}}\n"));
        scene.write("tree/app/kustomization.yaml", "resources: [../base]\ncommonLabels: {layer: above}\n");
        let above = |scene: &Scene, arguments: &[&str]| {
            let made = scene.program(arguments).succeeded().unwrap();
            assert!(made.contains("name: cart-proxy"), "{declaration} {arguments:?}: {made}");
            assert!(!scene.marked(), "{declaration} {arguments:?}");
            made.matches("layer: above").count()
        };
        let behind = above(&scene, &["render", "-k", "app"]);
        let in_place = above(&scene, &["render", "-k", "app", "--enable-exec"]);
        assert!(in_place > behind, "{declaration}: the layer above does not reach what is generated: {behind}, {in_place}");
        assert_eq!(scene.program(&["graph", "--enable-exec", "app"]).status.code(), Some(0), "{declaration}");
    }
}

/// What stays possible: a chart of the tree, one beside it, and one from a registry, which is fetched into
/// the copy and not into the checkout.
#[test]
fn charts_are_rendered_and_the_checkout_stays_as_it_is() {
    if !have("kustomize", "charts") || !have("helm-3", "charts") {
        return;
    }
    let scene = Scene::new();
    std::os::unix::fs::symlink(super::Tools::find().path("helm-3"), scene.at("bin/helm")).unwrap();
    for (file, text) in CHART {
        scene.write(&format!("tree/{}", file.replace("app/", "")), text);
        scene.write(&format!("tree/{file}"), text);
    }
    scene.shell("mkdir ../served && helm package -d ../served charts/x && helm repo index ../served").succeeded().unwrap();
    let port = serve(scene.at("served"));
    let charts = [
        "helmCharts: [{name: x, releaseName: x}]\n".to_string(),
        "helmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: x, releaseName: x, valuesFile: values.yaml}]\n".to_string(),
        "generators: [chart.yaml]\n".to_string(),
        format!("helmCharts: [{{name: x, releaseName: x, version: 1.0.0, repo: 'http://127.0.0.1:{port}'}}]\n"),
    ];
    let generator = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: x\nreleaseName: x\nchartHome: ../charts\nvaluesFile: values.yaml\n";
    scene.write("tree/app/chart.yaml", generator);
    scene.write("tree/app/values.yaml", "{}\n");
    for chart in charts {
        scene.write("tree/app/kustomization.yaml", &chart);
        scene.commit("chart");
        for more in [&[][..], &["--enable-exec"]] {
            let done = scene.program(&[&["render", "-k", "app", "--enable-helm"], more].concat());
            assert!(done.stdout.contains("name: a"), "{chart}: {}", done.stderr);
        }
        let done = scene.program(&["render", "-k", "app"]);
        assert!(
            done.stderr.contains("error PS068: a kustomization has a Helm chart") && done.stdout.is_empty(),
            "{}",
            done.stderr
        );
        let changed = scene.shell("git status --porcelain --ignored").stdout;
        assert_eq!(changed, "", "{chart}");
    }
}

/// The files of a folder by HTTP, on loopback, as long as the test runs.
fn serve(folder: std::path::PathBuf) -> u16 {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request: Vec<String> =
                BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let name =
                request.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().trim_start_matches('/').to_string();
            let body = fs::read(folder.join(name)).unwrap_or_default();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    port
}

/// A remote base is fetched with git, with the user's protocols; our function in it runs in its place.
#[test]
fn a_remote_base_is_built_and_only_over_protocols_that_run_nothing() {
    if !have("kustomize", "remote bases") {
        return;
    }
    let scene = Scene::new();
    for (file, text) in [("sub/kustomization.yaml", "resources: [service.yaml]\n"), ("sub/service.yaml", SERVICE)] {
        scene.write(file, text);
    }
    scene.shell("cd ../sub && git init -q -b main . && git add . && git commit -q -m sub").succeeded().unwrap();
    let request = "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: cart}\nspec: {serviceName: cart}\n";
    let ours = "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyServiceConfig\nmetadata: {name: x, annotations: {config.kubernetes.io/function: 'exec: {path: proxy-service}'}}\nspec: {}\n";
    for (file, text) in [
        ("remote/base/kustomization.yaml", "resources: [../sub, request.yaml]\ncomponents: [../component]\n"),
        ("remote/base/request.yaml", request),
        (
            "remote/component/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ntransformers: [ours.yaml]\n",
        ),
        ("remote/component/ours.yaml", ours),
    ] {
        scene.write(file, text);
    }
    let module = "cd ../remote && git init -q -b main . && git -c protocol.file.allow=always submodule --quiet add ../sub sub && git add . && git commit -q -m remote";
    scene.shell(module).succeeded().unwrap();
    // What a user's template would bring along.
    scene.write("home/template/hooks/post-checkout", TOUCH);
    scene.write("home/.gitconfig", &format!("[init]\n\ttemplateDir = {}\n", scene.at("home/template").display()));
    let url = format!("file://{}//base?ref=main", scene.at("remote").display());
    scene.write("tree/app/kustomization.yaml", &format!("resources: ['{url}']\ncommonLabels: {{layer: above}}\n"));
    let build = |protocols: Option<&str>, exec: &[&str]| {
        let mut command = scene.command(super::PROGRAM, &[&["render", "-k", "app"], exec].concat());
        if let Some(protocols) = protocols {
            command.env("GIT_ALLOW_PROTOCOL", protocols);
        }
        super::run(&mut command, None, super::PATIENCE).unwrap()
    };
    let refused = build(None, &[]);
    assert!(refused.stderr.contains("transport 'file' not allowed"), "{}", refused.stderr);
    let labels = |exec: &[&str]| build(Some("file"), exec).succeeded().unwrap().matches("layer: above").count();
    assert!(labels(&["--enable-exec"]) > labels(&[]), "the layer above does not reach what is generated");
    assert!(!scene.marked(), "a hook of the user's template ran");
}
