//! The ways in which a kustomization starts a program; a new one is a row.

/// A way to start a program.
pub struct Way {
    pub name: &'static str,
    /// Of the tree. The folder `app` is built; `app/service.yaml` is there.
    pub files: &'static [(&'static str, &'static str)],
    /// Options with which kustomize alone starts it.
    pub options: &'static [&'static str],
    /// What `render -k app` says to it; nothing where kustomize skips it, as it skips every program
    /// without --enable-exec.
    pub told: &'static str,
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
pub const TOUCH: &str = "#!/bin/sh\ntouch MARK/ran\ncat\n";
const CONTAINER: &[&str] = &[];
const EXEC: &[&str] = &["--enable-exec"];
pub const HELM: &[&str] = &["--enable-helm"];
pub const CHART: [(&str, &str); 3] = [
    ("app/charts/x/Chart.yaml", "apiVersion: v2\nname: x\nversion: 1.0.0\n"),
    ("app/charts/x/values.yaml", "{}\n"),
    ("app/charts/x/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
];

pub const WAYS: &[Way] = &[
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
