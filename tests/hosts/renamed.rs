//! Names that layers change before the function sees them: everything that a kustomization can do
//! to a name, in the function's own kustomization, below it and above it.

use super::command::Tools;
use super::layers::{APP, BYSTANDER, fronts};
use super::report::Report;
use super::workspace::{Form, Workspace, checkout};
use std::fs;

/// How a kustomization runs the function. A Component runs before the kustomization's own prefix,
/// suffix, namespace, labels and patches, and an entry of `transformers` after them.
#[derive(Clone, Copy, PartialEq)]
enum Function {
    Component,
    Transformer,
}

/// What one kustomization does to its resources, and to the front's name.
struct Feature {
    name: &'static str,
    fields: &'static str,
    namespace: &'static str,
    prefix: &'static str,
    suffix: &'static str,
}

const FEATURES: [Feature; 6] = [
    Feature { name: "prefix", fields: "namePrefix: p-\n", namespace: "", prefix: "p-", suffix: "" },
    Feature { name: "suffix", fields: "nameSuffix: -s\n", namespace: "", prefix: "", suffix: "-s" },
    Feature { name: "namespace", fields: "namespace: shop\n", namespace: "shop", prefix: "", suffix: "" },
    Feature {
        name: "labels",
        fields: "labels: [{pairs: {team: a}, includeSelectors: true}]\n",
        namespace: "",
        prefix: "",
        suffix: "",
    },
    Feature { name: "patch", fields: PATCH, namespace: "", prefix: "", suffix: "" },
    Feature { name: "everything", fields: EVERYTHING, namespace: "shop", prefix: "p-", suffix: "-s" },
];

const PATCH: &str = "patches: [{target: {kind: Service, name: carts}, patch: '[{\"op\": \"add\", \"path\": \"/metadata/annotations\", \"value\": {\"patched\": \"yes\"}}]'}]\n";
const EVERYTHING: &str = "namePrefix: p-\nnameSuffix: -s\nnamespace: shop\nlabels: [{pairs: {team: a}, includeSelectors: true}]\n\
    patches: [{target: {kind: Service, name: carts}, patch: '{apiVersion: v1, kind: Service, metadata: {name: carts, annotations: {patched: \"yes\"}}}'}]\n";

const PLACES: [(&str, &str); 3] =
    [("inner", "below the function"), ("app", "beside the function"), ("top", "above the function")];

/// A kustomization whose `resources` are these and that runs the function.
fn with_function(workspace: &Workspace, folder: &str, function: Function, fields: &str) {
    let function = match function {
        Function::Component => "components: [../functions/exec]\n",
        Function::Transformer => {
            for file in ["exec/function.yaml", "names/names.yaml"] {
                let text = fs::read_to_string(checkout().join("functions").join(file)).expect("a file of the checkout");
                let name = file.split('/').next_back().expect("a name");
                workspace.write(&format!("{folder}/{name}"), &text);
            }
            "transformers: [function.yaml]\nconfigurations: [names.yaml]\n"
        }
    };
    workspace.kustomization(folder, &format!("{fields}{function}"));
}

pub fn run(tools: &Tools, kustomize: &str, report: &mut Report) {
    for function in [Function::Component, Function::Transformer] {
        for feature in &FEATURES {
            for (folder, place) in PLACES {
                let outcome = one_layer(tools, kustomize, function, feature, folder);
                let form = if function == Function::Component { "Component" } else { "transformers" };
                report.check(&format!("{kustomize}: {} {place}, {form}", feature.name), outcome);
            }
        }
        for (name, outcome) in two_bases(tools, kustomize, function) {
            let form = if function == Function::Component { "Component" } else { "transformers" };
            report.check(&format!("{kustomize}: {name}, {form}"), outcome);
        }
    }
}

fn one_layer(tools: &Tools, kustomize: &str, function: Function, feature: &Feature, folder: &str) -> Result<(), String> {
    let workspace = Workspace::new();
    workspace.write("inner/app.yaml", &format!("{APP}---\n{BYSTANDER}"));
    let fields = |place: &str| if place == folder { feature.fields } else { "" };
    workspace.kustomization("inner", &format!("resources: [app.yaml]\n{}", fields("inner")));
    with_function(&workspace, "app", function, &format!("resources: [../inner]\n{}", fields("app")));
    workspace.kustomization("top", &format!("resources: [../app]\n{}", fields("top")));
    let manifests = tools.build_with(kustomize, &workspace.path("top"), Form::Exec.options())?.succeeded()?;
    let front = format!("Service {}/{}carts{}", feature.namespace, feature.prefix, feature.suffix);
    fronts(&manifests, &[&front])?;
    if feature.fields.contains("patches") && manifests.matches("patched: \"yes\"").count() != 1 {
        return Err(format!("the patch is not on the front alone:\n{manifests}"));
    }
    let leaked = ["internal.config.kubernetes.io", "config.k8s.io/id", "kustomize.config.k8s.io"];
    match leaked.iter().find(|domain| manifests.contains(**domain)) {
        Some(domain) => Err(format!("annotations of {domain} are in the output:\n{manifests}")),
        None => Ok(()),
    }
}

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata: {name: carts}
spec: {selector: {app: carts}, ports: [{name: http, port: 80}]}
";

const RENAMED_BY_USER: &str = "\
apiVersion: v1
kind: Service
metadata: {name: carts-ep}
spec: {selector: {app: carts}, ports: [{name: http, port: 80}]}
";

fn request(fields: &str) -> String {
    format!("apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {{name: carts}}\nspec: {{serviceName: {fields}}}\n")
}

type Outcomes = Vec<(&'static str, Result<(), String>)>;

/// One Service in two bases with a prefix each.
fn two_bases(tools: &Tools, kustomize: &str, function: Function) -> Outcomes {
    let build = |base: &str, in_bases: bool, top: &str| {
        let workspace = Workspace::new();
        for (folder, fields) in [("red", "namePrefix: red-\n"), ("blue", "namePrefix: blue-\n")] {
            workspace.write(&format!("{folder}/app.yaml"), base);
            let fields = format!("resources: [app.yaml]\n{fields}");
            if in_bases { with_function(&workspace, folder, function, &fields) } else { workspace.kustomization(folder, &fields) }
        }
        workspace.write("top/request.yaml", top);
        let resources = if top.is_empty() { "../red, ../blue" } else { "../red, ../blue, request.yaml" };
        let fields = format!("resources: [{resources}]\nnamespace: shop\n");
        if in_bases {
            workspace.kustomization("top", &fields)
        } else {
            with_function(&workspace, "top", function, &fields)
        }
        tools.build_with(kustomize, &workspace.path("top"), Form::Exec.options())
    };
    let both = ["Service shop/blue-carts", "Service shop/red-carts"];
    let built = |base: &str, in_bases, top: &str, wanted: &[&str]| fronts(&build(base, in_bases, top)?.succeeded()?, wanted);
    let own = format!("{SERVICE}---\n{}", request("carts"));
    let targets = format!("{RENAMED_BY_USER}---\n{}", request("carts"));
    let named = format!("{SERVICE}---\n{}", request("carts, target: behind"));
    let refused = build(SERVICE, false, &request("carts")).and_then(|done| {
        let told = done.stderr.contains("PS080") && ["red-carts", "blue-carts"].iter().all(|name| done.stderr.contains(name));
        if !done.status.success() && done.stdout.is_empty() && told { Ok(()) } else { Err(done.stdout + &done.stderr) }
    });
    vec![
        ("two bases, the function in each", built(&own, true, "", &both)),
        ("two bases, the function once at the top", built(&own, false, "", &both)),
        ("two bases, the Services renamed to their targets", built(&targets, false, "", &both)),
        ("two bases, a target of another name", built(&named, false, "", &both)),
        ("two bases, one asked for by its name at the top", built(SERVICE, false, &request("red-carts"), &both[1..])),
        ("two bases, asked for by a name that both had", refused),
    ]
}
