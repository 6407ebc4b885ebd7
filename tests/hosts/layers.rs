//! Names, namespaces and labels that layers above the function change.

use super::command::Tools;
use super::objects::{coherent, identity, objects, text};
use super::report::Report;
use super::workspace::{Form, Workspace};
use serde_yaml::Value;

/// Two protocols, so that routes of both kinds are generated, and objects of the user's own that
/// name the Service.
pub const APP: &str = "\
apiVersion: v1
kind: Service
metadata: {name: carts}
spec:
  selector: {app: carts}
  ports: [{name: http, port: 80}, {name: tcp-raw, port: 7000}]
---
apiVersion: msvcbench.io/v1alpha1
kind: ProxyService
metadata: {name: carts}
spec: {serviceName: carts}
";

/// A Service that nobody intercepts, with Istio objects of its own.
pub const BYSTANDER: &str = "\
apiVersion: v1
kind: Service
metadata: {name: orders}
spec:
  selector: {app: orders}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: orders}
spec:
  hosts: [orders]
  http: [{route: [{destination: {host: orders}}]}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: orders}
spec: {host: orders}
";

/// Builds `top` of a workspace that `arrange` has filled; `app` is the folder with the function.
fn built(tools: &Tools, top: &str, arrange: impl Fn(&Workspace)) -> Result<String, String> {
    let workspace = Workspace::new();
    workspace.write("app/app.yaml", &format!("{APP}---\n{BYSTANDER}"));
    workspace.kustomization("app", &app(""));
    arrange(&workspace);
    tools.build(&workspace.path(top), Form::Exec.options())?.succeeded()
}

fn app(more: &str) -> String {
    format!("resources: [app.yaml]\ncomponents: [../functions/exec]\n{more}")
}

/// The objects hold together, and the fronts are these.
pub fn fronts(manifests: &str, wanted: &[&str]) -> Result<(), String> {
    coherent(manifests)?;
    let front = |object: &&Value| text(object, &["spec", "selector", "msvcbench.io/front"]).is_some();
    let service = |object: &&Value| text(object, &["kind"]) == Some("Service");
    let found: Vec<String> = objects(manifests)?.iter().filter(service).filter(front).map(identity).collect();
    if found == wanted { Ok(()) } else { Err(format!("fronts are {found:?}, not {wanted:?}")) }
}

/// A name, the folder to build, the kustomizations, and the fronts that come out.
type Case = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "prefix, suffix and namespace above the function",
        "top",
        &[("top", "resources: [../app]\nnamespace: shop\nnamePrefix: red-\nnameSuffix: -v1\n")],
        &["Service shop/red-carts-v1"],
    ),
    (
        "three layers, each with something of its own",
        "top",
        &[
            ("top", "resources: [../middle]\nnamePrefix: eu-\nnamespace: prod\n"),
            ("middle", "resources: [../inner]\nnameSuffix: -v2\nnamespace: staging\n"),
            ("inner", "resources: [../app]\nnamePrefix: red-\n"),
        ],
        &["Service prod/eu-red-carts-v2"],
    ),
    (
        "one base twice in one namespace, by prefix",
        "top",
        &[
            ("top", "resources: [../red, ../blue]\nnamespace: shop\n"),
            ("red", "resources: [../app]\nnamePrefix: red-\n"),
            ("blue", "resources: [../app]\nnamePrefix: blue-\n"),
        ],
        &["Service shop/blue-carts", "Service shop/red-carts"],
    ),
    (
        "one base in two namespaces, then a suffix for both",
        "top",
        &[
            ("top", "resources: [../dev, ../prod]\nnameSuffix: -v1\n"),
            ("dev", "resources: [../app]\nnamespace: dev\n"),
            ("prod", "resources: [../app]\nnamespace: prod\n"),
        ],
        &["Service dev/carts-v1", "Service prod/carts-v1"],
    ),
    (
        "labels with selectors above the function",
        "top",
        &[("top", "resources: [../app]\nnamePrefix: red-\nlabels: [{pairs: {team: a}, includeSelectors: true}]\n")],
        &["Service /red-carts"],
    ),
];

pub fn run(tools: &Tools, report: &mut Report) {
    for (name, top, kustomizations, wanted) in CASES {
        let arrange = |workspace: &Workspace| {
            for (folder, fields) in *kustomizations {
                workspace.kustomization(folder, fields);
            }
        };
        let outcome = built(tools, top, arrange).and_then(|manifests| fronts(&manifests, wanted));
        report.check(&format!("layers: {name}"), outcome);
    }
    let beside = built(tools, "app", |workspace| {
        workspace.kustomization("app", &app("namespace: shop\nnamePrefix: red-\n"));
    });
    let outcome = beside.and_then(|manifests| fronts(&manifests, &["Service shop/red-carts"]));
    report.check("layers: prefix and namespace in the function's own kustomization", outcome);
    report.check("layers: a patch above the function", patched(tools));
    report.check("layers: the function twice changes nothing", twice(tools));
}

/// Layers above patch what was generated by the name that it was generated with.
fn patched(tools: &Tools) -> Result<(), String> {
    let patch =
        "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: carts-proxy}, spec: {maxReplicas: 12}}";
    let manifests = built(tools, "top", |workspace| {
        workspace.kustomization("top", &format!("resources: [../app]\nnamePrefix: red-\npatches:\n- patch: '{patch}'\n"));
    })?;
    if manifests.contains("  maxReplicas: 12\n") { coherent(&manifests) } else { Err(manifests) }
}

/// A layer above that uses the Component too, with a ProxyService of its own by the current name.
fn twice(tools: &Tools) -> Result<(), String> {
    let own =
        "{apiVersion: msvcbench.io/v1alpha1, kind: ProxyService, metadata: {name: orders}, spec: {serviceName: red-orders}}\n";
    let manifests = built(tools, "top", |workspace| {
        workspace.kustomization("app", &app("namePrefix: red-\n"));
        workspace.write("top/orders.yaml", own);
        workspace.kustomization("top", "resources: [../app, orders.yaml]\ncomponents: [../functions/exec]\nnamespace: shop\n");
    })?;
    fronts(&manifests, &["Service shop/red-carts", "Service shop/red-orders"])
}
