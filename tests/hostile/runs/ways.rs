//! The ways in which a kustomization starts a program, through every command that builds one.

use super::command::Done;
use super::{SERVICE, Scene, have};
use std::fs;

/// A way to start a program.
struct Way {
    name: &'static str,
    /// Of the tree. The folder `app` is built; `app/service.yaml` is there.
    files: &'static [(&'static str, &'static str)],
    /// Options with which kustomize alone starts it.
    options: &'static [&'static str],
    /// What `render -k app` says to it; nothing where kustomize skips it, as it skips every program
    /// without --enable-exec.
    told: &'static str,
}

/// The configuration of a function.
macro_rules! function {
    ($declaration:literal) => {
        function!("config.kubernetes.io/function", $declaration)
    };
    ($annotation:literal, $declaration:literal) => {
        concat!(
            "apiVersion: example.com/v1\nkind: Evil\nmetadata:\n  name: evil\n  annotations:\n    ",
            $annotation,
            ": |\n      ",
            $declaration,
            "\n"
        )
    };
}

const TRANSFORMER: (&str, &str) = ("app/kustomization.yaml", "resources: [service.yaml]\ntransformers: [evil.yaml]\n");
const TOUCH: &str = "#!/bin/sh\ntouch MARK/ran\ncat\n";
const CONTAINER: &[&str] = &[];
const EXEC: &[&str] = &["--enable-exec"];
const HELM: &[&str] = &["--enable-helm"];
const CHART: [(&str, &str); 3] = [
    ("app/charts/x/Chart.yaml", "apiVersion: v2\nname: x\nversion: 1.0.0\n"),
    ("app/charts/x/values.yaml", "{}\n"),
    ("app/charts/x/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
];

const WAYS: &[Way] = &[
    Way {
        name: "a container",
        files: &[TRANSFORMER, ("app/evil.yaml", function!("container: {image: evil}"))],
        options: CONTAINER,
        told: "error PS066 evil Evil: the function is the container \"evil\"",
    },
    Way {
        name: "a container with the host's root, variables and a digest",
        files: &[
            TRANSFORMER,
            (
                "app/evil.yaml",
                function!(
                    "container: {image: 'a/b@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', envs: [TOKEN], mounts: [{type: bind, src: link, dst: /host}]}"
                ),
            ),
        ],
        options: CONTAINER,
        told: "`--allow-function a/b@sha256:",
    },
    Way {
        name: "a container that generates",
        files: &[
            ("app/kustomization.yaml", "generators: [evil.yaml]\n"),
            ("app/evil.yaml", function!("container: {image: evil}")),
        ],
        options: CONTAINER,
        told: "error PS066 evil Evil",
    },
    Way {
        name: "a container that validates",
        files: &[
            ("app/kustomization.yaml", "resources: [service.yaml]\nvalidators: [evil.yaml]\n"),
            ("app/evil.yaml", function!("container: {image: evil}")),
        ],
        options: CONTAINER,
        told: "error PS066 evil Evil",
    },
    Way {
        name: "a container in the kustomization itself",
        files: &[(
            "app/kustomization.yaml",
            "resources: [service.yaml]\ntransformers:\n- |\n  kind: Evil\n  apiVersion: a/v1\n  metadata: {name: evil, annotations: {config.kubernetes.io/function: 'container: {image: evil}'}}\n",
        )],
        options: CONTAINER,
        told: "(app/kustomization.yaml)",
    },
    Way {
        name: "a container in the annotation of old",
        files: &[TRANSFORMER, ("app/evil.yaml", function!("config.k8s.io/function", "container: {image: evil}"))],
        options: CONTAINER,
        told: "error PS066 evil Evil",
    },
    Way {
        name: "a container in the annotation that is an image",
        files: &[TRANSFORMER, ("app/evil.yaml", function!("config.kubernetes.io/container", "evil"))],
        options: CONTAINER,
        told: "error PS066 evil Evil",
    },
    Way {
        name: "a container in metadata",
        files: &[
            TRANSFORMER,
            ("app/evil.yaml", "apiVersion: a/v1\nkind: Evil\nmetadata:\n  name: evil\n  configFn: {container: {image: evil}}\n"),
        ],
        options: CONTAINER,
        told: "error PS066 evil Evil",
    },
    Way {
        name: "a container whose annotation is written with an escape",
        files: &[TRANSFORMER, ("app/evil.yaml", function!("\"config.kubernetes.io\\x2ffunction\"", "container: {image: evil}"))],
        options: CONTAINER,
        told: "error PS066 evil Evil",
    },
    Way {
        name: "a container in a field that is written in capitals",
        files: &[
            ("app/kustomization.yaml", "resources: [service.yaml]\nTRANSFORMERS: [evil.yaml]\n"),
            ("app/evil.yaml", function!("container: {image: evil}")),
        ],
        options: CONTAINER,
        told: "error PS066 evil Evil",
    },
    Way {
        name: "a container that a patch declares",
        files: &[
            ("app/kustomization.yaml", "resources: [service.yaml]\ntransformers: [made]\n"),
            (
                "app/made/kustomization.yaml",
                "resources: [plain.yaml]\ncommonAnnotations: {config.kubernetes.io/function: 'container: {image: evil}'}\n",
            ),
            ("app/made/plain.yaml", "apiVersion: a/v1\nkind: Evil\nmetadata: {name: evil}\n"),
        ],
        options: CONTAINER,
        told: "error PS066 evil Evil",
    },
    Way {
        name: "a container in a base and one in a Component",
        files: &[
            ("app/kustomization.yaml", "resources: [../base]\ncomponents: [../component]\n"),
            ("base/kustomization.yaml", "configMapGenerator: [{name: a, literals: [a=b]}]\ncomponents: [../component]\n"),
            (
                "component/kustomization.yaml",
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ntransformers: [evil.yaml]\n",
            ),
            ("component/evil.yaml", function!("container: {image: evil}")),
        ],
        options: CONTAINER,
        told: "component/evil.yaml)",
    },
    Way {
        name: "a container that is called nearly as ours",
        files: &[TRANSFORMER, ("app/evil.yaml", function!("container: {image: proxy-service/evil}"))],
        options: CONTAINER,
        told: "error PS066 evil Evil",
    },
    Way {
        name: "a container whose failure is put off",
        files: &[TRANSFORMER, ("app/evil.yaml", function!("{container: {image: evil}, deferFailure: true}"))],
        options: CONTAINER,
        told: "error PS066 evil Evil",
    },
    Way {
        name: "a program of the tree",
        files: &[TRANSFORMER, ("app/evil.yaml", function!("exec: {path: ./evil.sh}")), ("app/evil.sh", TOUCH)],
        options: EXEC,
        told: "error PS066 evil Evil: the function is the program \"./evil.sh\"",
    },
    Way {
        name: "a program on PATH",
        files: &[TRANSFORMER, ("app/evil.yaml", function!("exec: {path: sh, args: [-c, 'touch MARK/ran']}"))],
        options: EXEC,
        told: "error PS066 evil Evil",
    },
    Way {
        name: "a program of the tree that is called as ours",
        files: &[TRANSFORMER, ("app/evil.yaml", function!("exec: {path: ./proxy-service}")), ("app/proxy-service", TOUCH)],
        options: EXEC,
        told: "",
    },
    Way {
        name: "our program with arguments",
        files: &[TRANSFORMER, ("app/evil.yaml", function!("exec: {path: proxy-service, args: [install, MARK]}"))],
        options: EXEC,
        told: "it takes neither; remove `args` and `envs`",
    },
    Way {
        name: "a program that a patch declares",
        files: &[
            ("app/kustomization.yaml", "resources: [service.yaml]\ntransformers: [made]\n"),
            (
                "app/made/kustomization.yaml",
                "resources: [plain.yaml]\ncommonAnnotations: {config.kubernetes.io/function: 'exec: {path: ../evil.sh}'}\n",
            ),
            ("app/made/plain.yaml", "apiVersion: a/v1\nkind: Evil\nmetadata: {name: evil}\n"),
            ("app/evil.sh", TOUCH),
            ("evil.sh", TOUCH),
        ],
        options: EXEC,
        told: "",
    },
    Way {
        name: "an option of git as the ref of a remote base",
        files: &[("app/kustomization.yaml", "resources: ['file:///nowhere.git?ref=--upload-pack=touch%20MARK/ran%20']\n")],
        options: CONTAINER,
        told: "error PS068: the ref of a remote base is \"--upload-pack=touch",
    },
    Way {
        name: "an option of git in a field that is written in capitals",
        files: &[("app/kustomization.yaml", "Resources: ['file:///nowhere.git?ref=--upload-pack=touch%20MARK/ran%20']\n")],
        options: CONTAINER,
        told: "error PS068: the ref of a remote base is \"--upload-pack=touch",
    },
    Way {
        name: "a plugin below a home that is a checkout",
        files: &[
            TRANSFORMER,
            ("app/evil.yaml", "apiVersion: evil/v1\nkind: Evil\nmetadata: {name: evil}\n"),
            ("kustomize/plugin/evil/v1/evil/Evil", TOUCH),
        ],
        options: CONTAINER,
        told: "error PS009: `kustomize build app` failed: ",
    },
    Way {
        name: "an option of helm as the name of a release",
        files: &[
            (
                "app/kustomization.yaml",
                "resources: [service.yaml]\nhelmCharts: [{name: x, releaseName: '--post-renderer=TREE/evil.sh'}]\n",
            ),
            CHART[0],
            CHART[1],
            CHART[2],
            ("evil.sh", TOUCH),
        ],
        options: HELM,
        told: "error PS068: a name of a Helm chart or release is \"--post-renderer=",
    },
    Way {
        name: "a plugin of helm in the tree",
        files: &[
            (
                "app/kustomization.yaml",
                "resources: [service.yaml]\nhelmGlobals: {configHome: TREE/app/home}\nhelmCharts: [{name: x, repo: 'evil://x', version: 1.0.0}]\n",
            ),
            (
                "app/home/.data/plugins/evil/plugin.yaml",
                "name: evil\nversion: 1.0.0\nusage: x\ndescription: x\ncommand: 'true'\ndownloaders: [{command: evil.sh, protocols: [evil]}]\n",
            ),
            ("app/home/.data/plugins/evil/evil.sh", TOUCH),
        ],
        options: HELM,
        told: "error PS009: `kustomize build app` failed: ",
    },
];

/// Every command that builds a kustomization, in the folder above `app`.
const COMMANDS: &[&[&str]] = &[
    &["render", "-k", "app"],
    &["render", "-k", "app", "--enable-exec"],
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
        let done = run(&scene, super::PROGRAM, &["render", "-k", "app"], "");
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

fn has_kubectl() -> bool {
    let have =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join("kubectl").is_file());
    if !have {
        println!("kubectl did NOT run: it is not installed");
    }
    have
}

/// Some ways are none for them; what counts is that they start nothing.
#[test]
fn nor_with_the_oldest_kustomize_and_with_kubectl() {
    let commands: &[&[&str]] = &[&["render", "-k", "app"], &["render", "-k", "app", "--enable-exec"]];
    let kubectl =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join("kubectl").is_file());
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
            let done = scene.program(&[&["render", "-k", "app"], more].concat());
            assert!(done.stdout.contains("name: a"), "{chart}: {}", done.stderr);
        }
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
