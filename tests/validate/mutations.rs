//! Each check fails: good manifests are broken in one way after the other, and the one code comes,
//! with no other error.

use super::program::{Found, checkout, findings};
use proxy_service::krm::Code;
use serde::Deserialize;
use serde_yaml::Value;
use std::collections::{BTreeSet, HashMap};
use std::fs;

/// One fault.
struct Fault {
    /// What is wrong then.
    what: &'static str,
    /// The manifests that it is done to.
    base: &'static str,
    /// The object: `name Kind`.
    object: &'static str,
    edit: Edit,
    severity: &'static str,
    code: &'static str,
}

enum Edit {
    /// A value, as YAML, at a path of keys and indexes.
    Set(&'static str, &'static str),
    /// The same at several paths.
    SetAll(&'static [(&'static str, &'static str)]),
    /// The field goes.
    Unset(&'static str),
    /// The object goes.
    Remove,
    /// Another object stands before it.
    Add(&'static str),
}

use Edit::{Add, Remove, Set, SetAll, Unset};

const HELLO: &str = "kustomization-examples/quickstart/expected/build.yaml";
const SHOP: &str = "kustomization-examples/sock-shop/overlays/prod/expected/build.yaml";
const GROWN: &str = "kustomization-examples/grown-namespace/expected/build.yaml";
const TWO: &str = "kustomization-examples/two-namespaces/expected/build.yaml";
const POLICIES: &str = "testdata/warning-network-policies-that-close-a-namespace/expected.yaml";
const CHOICES: &str = "testdata/more-choices-for-every-port/expected.yaml";

const fn fault(
    what: &'static str,
    base: &'static str,
    object: &'static str,
    edit: Edit,
    severity: &'static str,
    code: &'static str,
) -> Fault {
    Fault { what, base, object, edit, severity, code }
}

fn faults() -> Vec<Fault> {
    const E: &str = "error";
    const W: &str = "warning";
    vec![
        fault(
            "the function did not run",
            HELLO,
            "hello Service",
            Add("{apiVersion: msvcbench.io/v1alpha1, kind: ProxyService, metadata: {name: hello}, spec: {serviceName: hello}}"),
            E,
            "PS100",
        ),
        fault(
            "nor with its configuration",
            HELLO,
            "hello Service",
            Add("{apiVersion: msvcbench.io/v1alpha1, kind: ProxyServiceConfig, metadata: {name: all}, spec: {}}"),
            E,
            "PS100",
        ),
        fault(
            "an object stands there twice",
            HELLO,
            "hello-ep Service",
            Add(
                "{apiVersion: policy/v1beta1, kind: PodDisruptionBudget, metadata: {name: hello-proxy}, spec: {maxUnavailable: 1, selector: {matchLabels: {msvcbench.io/front: hello}}}}",
            ),
            E,
            "PS008",
        ),
        fault(
            "the Namespace keeps injection off",
            GROWN,
            "orders Service",
            Add("{apiVersion: v1, kind: Namespace, metadata: {name: store, labels: {istio-injection: disabled}}}"),
            E,
            "PS060",
        ),
        fault(
            "the proxies route to no Service",
            HELLO,
            "hello-proxy VirtualService",
            Set("spec.http.0.route.0.destination.host", "hello-pe"),
            E,
            "PS101",
        ),
        fault("the rule is for no Service", HELLO, "hello-ep DestinationRule", Set("spec.host", "hello-pe"), E, "PS101"),
        fault("the target is not there", HELLO, "hello-ep Service", Remove, E, "PS101"),
        fault(
            "a mirror goes to no Service",
            HELLO,
            "hello-proxy VirtualService",
            Set("spec.http.0.mirror", "{host: nobody}"),
            E,
            "PS101",
        ),
        fault(
            "an Ingress leads to no Service",
            HELLO,
            "hello Service",
            Add(
                "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web}, spec: {rules: [{http: {paths: [{backend: {service: {name: helo, port: {number: 80}}}}]}}]}}",
            ),
            W,
            "PS101",
        ),
        fault(
            "a route of the Gateway API leads to no Service",
            HELLO,
            "hello Service",
            Add(
                "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: web}, spec: {rules: [{backendRefs: [{name: helo, port: 80}]}]}}",
            ),
            W,
            "PS101",
        ),
        fault(
            "the proxies route to a port that the target does not have",
            HELLO,
            "hello-proxy VirtualService",
            Set("spec.http.0.route.0.destination.port.number", "8080"),
            E,
            "PS102",
        ),
        fault(
            "an Ingress names a targetPort",
            HELLO,
            "hello Service",
            Add(
                "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web}, spec: {defaultBackend: {service: {name: hello, port: {number: 5678}}}}}",
            ),
            E,
            "PS102",
        ),
        fault(
            "an Ingress names a port by a wrong name",
            HELLO,
            "hello Service",
            Add(
                "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web}, spec: {defaultBackend: {service: {name: hello, port: {name: web}}}}}",
            ),
            E,
            "PS102",
        ),
        fault(
            "a route of the Gateway API names a targetPort",
            HELLO,
            "hello Service",
            Add(
                "{apiVersion: gateway.networking.k8s.io/v1, kind: GRPCRoute, metadata: {name: web}, spec: {rules: [{backendRefs: [{name: hello, port: 5678}]}]}}",
            ),
            E,
            "PS102",
        ),
        fault(
            "settings are for a port that the target does not have",
            HELLO,
            "hello-ep DestinationRule",
            Set("spec.trafficPolicy.portLevelSettings", "[{port: {number: 81}}]"),
            E,
            "PS102",
        ),
        fault(
            "no port is chosen of two, and none has the server's number",
            HELLO,
            "hello-ep Service",
            SetAll(&[("spec.ports", "[{name: http, port: 81, targetPort: http}, {name: http-b, port: 82, targetPort: http}]")]),
            E,
            "PS102",
        ),
        fault(
            "a route goes to a subset that is not defined",
            GROWN,
            "orders VirtualService",
            Set("spec.http.0.route.0.destination.subset", "v9"),
            E,
            "PS103",
        ),
        fault("the rule with the subsets is not there", GROWN, "orders DestinationRule", Remove, E, "PS103"),
        fault(
            "a host is not completed",
            SHOP,
            "prod-carts-proxy-v1 VirtualService",
            Set("spec.http.0.route.0.destination.host", "prod-carts-ep-v1.sock-shop"),
            E,
            "PS104",
        ),
        fault(
            "a host ends with svc",
            SHOP,
            "prod-carts-ep-v1 DestinationRule",
            Set("spec.host", "prod-carts-ep-v1.sock-shop.svc"),
            E,
            "PS104",
        ),
        fault("the routes are for the short name", HELLO, "hello-proxy VirtualService", Set("spec.hosts", "[hello]"), E, "PS105"),
        fault(
            "the routes are for another port",
            HELLO,
            "hello-proxy VirtualService",
            Set("spec.http.0.match.0.port", "8080"),
            E,
            "PS106",
        ),
        fault(
            "the routes are of another protocol than the server",
            HELLO,
            "hello-proxy Gateway",
            SetAll(&[("spec.servers.0.port.protocol", "TLS")]),
            E,
            "PS106",
        ),
        fault("the Gateway is not there", HELLO, "hello-proxy Gateway", Remove, E, "PS107"),
        fault(
            "the routes are on another Gateway",
            HELLO,
            "hello-proxy VirtualService",
            Set("spec.gateways", "[helo-proxy]"),
            E,
            "PS107",
        ),
        fault("the routes are not there", HELLO, "hello-proxy VirtualService", Remove, E, "PS107"),
        fault(
            "the Gateway selects nobody",
            HELLO,
            "hello-proxy Gateway",
            Set("spec.selector", "{msvcbench.io/front: helo, msvcbench.io/namespace: unset}"),
            E,
            "PS108",
        ),
        fault(
            "the Gateway selects the proxies of two namespaces",
            TWO,
            "catalog-proxy Gateway",
            Unset("spec.selector.msvcbench\\.io/namespace"),
            E,
            "PS108",
        ),
        fault(
            "the Gateway's namespace was not followed",
            SHOP,
            "prod-carts-proxy-v1 Gateway",
            Unset("spec.selector.msvcbench\\.io/namespace"),
            W,
            "PS108",
        ),
        fault(
            "the front selects no proxies",
            HELLO,
            "hello Service",
            Set("spec.selector", "{msvcbench.io/front: helo}"),
            E,
            "PS109",
        ),
        fault("the target selects no pods", HELLO, "hello-ep Service", Set("spec.selector.app", "helo"), E, "PS109"),
        fault("another Service selects no pods", SHOP, "prod-orders-v1 Service", Set("spec.selector.name", "order"), W, "PS109"),
        fault(
            "the budget selects nobody",
            HELLO,
            "hello-proxy PodDisruptionBudget",
            Set("spec.selector.matchLabels", "{msvcbench.io/front: helo}"),
            E,
            "PS109",
        ),
        fault(
            "the filter selects nobody",
            CHOICES,
            "cart-proxy EnvoyFilter",
            Set("spec.workloadSelector.labels", "{msvcbench.io/front: cat}"),
            E,
            "PS109",
        ),
        fault(
            "a network policy of the proxies selects nobody",
            POLICIES,
            "sn0-proxy NetworkPolicy",
            Set("spec.podSelector.matchLabels", "{msvcbench.io/front: sn9}"),
            E,
            "PS109",
        ),
        fault(
            "the Gateway has a port that the front has not",
            HELLO,
            "hello-proxy Gateway",
            Set("spec.servers.0.port.number", "8080"),
            E,
            "PS110",
        ),
        fault(
            "the front has a port that the Gateway has not",
            HELLO,
            "hello Service",
            Set("spec.ports", "[{name: http, port: 80, targetPort: 10080}, {name: grpc, port: 90, targetPort: 10090}]"),
            E,
            "PS110",
        ),
        fault(
            "the front sends clients to a port of Istio's",
            HELLO,
            "hello Service",
            Set("spec.ports.0.targetPort", "15021"),
            E,
            "PS111",
        ),
        fault(
            "the front sends clients to a port below 1024",
            HELLO,
            "hello Service",
            Set("spec.ports.0.targetPort", "80"),
            E,
            "PS111",
        ),
        fault("the proxies do not declare the port", HELLO, "hello Service", Set("spec.ports.0.targetPort", "9999"), W, "PS111"),
        fault(
            "two ports share one listener",
            "testdata/listening-ports-stay-apart/expected.yaml",
            "cart Service",
            Set("spec.ports.1.targetPort", "10081"),
            E,
            "PS111",
        ),
        fault(
            "the target names a port that no container has",
            HELLO,
            "hello-ep Service",
            Set("spec.ports.0.targetPort", "web"),
            E,
            "PS112",
        ),
        fault(
            "the front names a port that no proxy has",
            HELLO,
            "hello Service",
            Set("spec.ports.0.targetPort", "port-81"),
            E,
            "PS112",
        ),
        fault(
            "the target selects the proxies",
            HELLO,
            "hello-ep Service",
            Set("spec.selector", "{msvcbench.io/front: hello}"),
            E,
            "PS113",
        ),
        fault(
            "the proxies route to their front",
            HELLO,
            "hello-proxy VirtualService",
            Set("spec.http.0.route.0.destination.host", "hello"),
            E,
            "PS113",
        ),
        fault(
            "a second Service selects the proxies",
            HELLO,
            "hello Service",
            Add(
                "{apiVersion: v1, kind: Service, metadata: {name: metrics}, spec: {ports: [{port: 15090}], selector: {app.kubernetes.io/name: hello-proxy}}}",
            ),
            E,
            "PS029",
        ),
        fault(
            "front and target speak differently",
            HELLO,
            "hello-ep Service",
            Set("spec.ports.0.appProtocol", "grpc"),
            W,
            "PS114",
        ),
        fault(
            "the autoscaler scales nothing",
            HELLO,
            "hello-proxy HorizontalPodAutoscaler",
            Set("spec.scaleTargetRef.name", "hello-prox"),
            E,
            "PS115",
        ),
        fault(
            "an autoscaler of the application's scales nothing",
            HELLO,
            "hello Service",
            Add(
                "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h}, spec: {maxReplicas: 9, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: helo}}}",
            ),
            W,
            "PS115",
        ),
        fault(
            "the proxies request no CPU",
            HELLO,
            "hello-proxy Deployment",
            Unset("spec.template.spec.containers.0.resources"),
            E,
            "PS116",
        ),
        fault("the proxies have replicas", HELLO, "hello-proxy Deployment", Set("spec.replicas", "3"), W, "PS117"),
        fault(
            "the bounds are out of order",
            HELLO,
            "hello-proxy HorizontalPodAutoscaler",
            Set("spec.minReplicas", "6"),
            E,
            "PS118",
        ),
        fault(
            "as many proxies as pods",
            SHOP,
            "prod-user-proxy-v1 HorizontalPodAutoscaler",
            Set("spec.maxReplicas", "100"),
            W,
            "PS119",
        ),
        fault(
            "the proxies request more than the application",
            SHOP,
            "prod-user-proxy-v1 Deployment",
            Set("spec.template.spec.containers.0.resources.requests.cpu", "90"),
            W,
            "PS119",
        ),
        fault("the budget allows nothing", HELLO, "hello-proxy PodDisruptionBudget", Set("spec.maxUnavailable", "0"), W, "PS120"),
        fault(
            "the budget asks for all",
            HELLO,
            "hello-proxy PodDisruptionBudget",
            SetAll(&[("spec.minAvailable", "100%"), ("spec.maxUnavailable", "null")]),
            W,
            "PS120",
        ),
        fault(
            "the budget asks for more than there can be",
            HELLO,
            "hello-proxy PodDisruptionBudget",
            SetAll(&[("spec.minAvailable", "5"), ("spec.maxUnavailable", "null")]),
            W,
            "PS120",
        ),
        fault("the ServiceAccount is not there", HELLO, "hello-proxy ServiceAccount", Remove, E, "PS121"),
        fault("the front is not there", HELLO, "hello Service", Remove, W, "PS122"),
        fault(
            "a budget is left over",
            HELLO,
            "hello Service",
            Add(
                "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: bye-proxy, labels: {app.kubernetes.io/managed-by: proxy-service}}, spec: {maxUnavailable: 1, selector: {matchLabels: {msvcbench.io/front: bye}}}}",
            ),
            W,
            "PS122",
        ),
        fault(
            "a target is left over",
            HELLO,
            "hello Service",
            Add(
                "{apiVersion: v1, kind: Service, metadata: {name: bye-ep, labels: {app.kubernetes.io/managed-by: proxy-service}}, spec: {ports: [{port: 80}], selector: {app: hello}}}",
            ),
            W,
            "PS122",
        ),
    ]
}

fn documents(text: &str) -> Vec<Value> {
    let read = |document| Value::deserialize(document).unwrap();
    let documents: Vec<Value> = serde_yaml::Deserializer::from_str(text).map(read).collect();
    let lists = |document: Value| match document.get("items").and_then(Value::as_sequence) {
        Some(items) => items.clone(),
        None => vec![document],
    };
    documents.into_iter().flat_map(lists).collect()
}

fn stream(documents: &[Value]) -> String {
    documents.iter().map(|document| format!("---\n{}", serde_yaml::to_string(document).unwrap())).collect()
}

fn is(document: &Value, object: &str) -> bool {
    let (name, kind) = object.split_once(' ').unwrap();
    document["metadata"]["name"].as_str() == Some(name) && document["kind"].as_str() == Some(kind)
}

/// The keys of a path; a dot of a key is written `\.`.
fn keys(path: &str) -> Vec<String> {
    path.replace("\\.", "\u{0}").split('.').map(|key| key.replace('\u{0}', ".")).collect()
}

fn set(document: &mut Value, path: &str, value: Option<&str>) {
    let keys = keys(path);
    let (last, parents) = keys.split_last().unwrap();
    let parent = parents.iter().fold(document, |value, key| match key.parse::<usize>() {
        Ok(index) => &mut value[index],
        Err(_) => &mut value[key.as_str()],
    });
    match (value, last.parse::<usize>()) {
        (Some(value), Ok(index)) => parent[index] = serde_yaml::from_str(value).unwrap(),
        (Some(value), Err(_)) => parent[last.as_str()] = serde_yaml::from_str(value).unwrap(),
        (None, _) => drop(parent.as_mapping_mut().unwrap().remove(last.as_str()).expect("there is something to unset")),
    }
}

fn broken(fault: &Fault) -> String {
    let mut all = documents(&fs::read_to_string(checkout().join(fault.base)).unwrap());
    let position = all.iter().position(|document| is(document, fault.object)).unwrap_or_else(|| panic!("no {}", fault.object));
    match fault.edit {
        Set(path, value) => set(&mut all[position], path, Some(value)),
        SetAll(edits) => edits.iter().for_each(|(path, value)| set(&mut all[position], path, Some(value))),
        Unset(path) => set(&mut all[position], path, None),
        Remove => drop(all.remove(position)),
        Add(object) => all.insert(position, serde_yaml::from_str(object).unwrap()),
    }
    // A target of two ports is only ambiguous to routes that choose none.
    if fault.what.starts_with("no port is chosen") {
        let routes = all.iter_mut().find(|document| document["kind"].as_str() == Some("VirtualService")).unwrap();
        set(routes, "spec.http.0.route.0.destination.port", None);
    }
    stream(&all)
}

#[test]
fn each_fault_is_found_and_no_other_error() {
    let mut wrong = Vec::new();
    let mut good: HashMap<&str, Vec<Found>> = HashMap::new();
    for fault in faults() {
        let text = broken(&fault);
        if let Some(folder) = std::env::var_os("PROXY_SERVICE_FAULTS") {
            let file = format!("{} {}.yaml", fault.code, fault.what).replace(' ', "-");
            fs::write(std::path::Path::new(&folder).join(file), &text).unwrap();
        }
        let found = findings(&text);
        let is_found = found.iter().any(|one| one.code == fault.code && one.severity == fault.severity);
        let others: Vec<_> = found.iter().filter(|one| one.severity == "error" && one.code != fault.code).collect();
        let already =
            good.entry(fault.base).or_insert_with(|| findings(&fs::read_to_string(checkout().join(fault.base)).unwrap()));
        let before = already.iter().filter(|one| one.code == fault.code).count();
        let now = found.iter().filter(|one| one.code == fault.code).count();
        if !is_found || !others.is_empty() || now <= before {
            wrong.push(format!(
                "{} ({}, {}): {} of {before} before, others {others:#?}",
                fault.what, fault.code, fault.severity, now
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_of_rendered_manifests_has_a_fault() {
    let covered: BTreeSet<String> = faults().iter().map(|fault| fault.code.to_string()).collect();
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|code| (100..130).contains(&(**code as u16)))
        .map(ToString::to_string)
        .filter(|code| !covered.contains(code))
        .collect();
    assert!(missing.is_empty(), "no fault for {missing:?}");
}
