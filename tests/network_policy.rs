//! Golden cases with NetworkPolicies, judged as a network plugin would: a client that reached the
//! application reaches the proxies, and these the application; others reach neither.

use serde_yaml::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

type Labels = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq)]
struct Pod {
    namespace: String,
    labels: Labels,
    ports: Vec<(String, u64)>,
}

fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('/').try_fold(value, |value, key| value.get(key))
}

fn list<'v>(value: &'v Value, path: &str) -> &'v [Value] {
    at(value, path).and_then(Value::as_sequence).map_or(&[], Vec::as_slice)
}

fn text(value: &Value, path: &str) -> String {
    at(value, path).and_then(Value::as_str).unwrap_or_default().to_string()
}

fn labels(value: Option<&Value>) -> Labels {
    let pairs = value.and_then(Value::as_mapping).into_iter().flatten();
    pairs.map(|(key, value)| (key.as_str().unwrap().to_string(), value.as_str().unwrap().to_string())).collect()
}

/// Only matchLabels: the cases have nothing else.
fn selects(selector: &Value, own: &Labels) -> bool {
    assert!(selector.get("matchExpressions").is_none());
    labels(selector.get("matchLabels")).iter().all(|(key, value)| own.get(key) == Some(value))
}

fn is_peer(peer: &Value, policy: &Value, pod: &Pod) -> bool {
    let in_namespace = match peer.get("namespaceSelector") {
        Some(selector) => selects(selector, &Labels::from([("kubernetes.io/metadata.name".into(), pod.namespace.clone())])),
        None => text(policy, "metadata/namespace") == pod.namespace,
    };
    in_namespace && peer.get("podSelector").is_none_or(|selector| selects(selector, &pod.labels))
}

fn has_port(rule: &Value, destination: &Pod, number: u64) -> bool {
    let entries = list(rule, "ports");
    entries.is_empty()
        || entries.iter().filter(|entry| entry.get("protocol").is_none_or(|protocol| protocol == "TCP")).any(|entry| match entry
            .get("port")
        {
            None => true,
            Some(Value::String(name)) => destination.ports.contains(&(name.clone(), number)),
            Some(port) => {
                let first = port.as_u64().unwrap();
                (first..=entry.get("endPort").and_then(Value::as_u64).unwrap_or(first)).contains(&number)
            }
        })
}

fn one_way(policies: &[Value], kind: &str, pod: &Pod, other: &Pod, destination: &Pod, number: u64) -> bool {
    let (rules, peers) = if kind == "Ingress" { ("spec/ingress", "from") } else { ("spec/egress", "to") };
    let applies = |policy: &&Value| {
        let types = list(policy, "spec/policyTypes");
        let of_kind = match types {
            [] => kind == "Ingress" || at(policy, rules).is_some(),
            types => types.iter().any(|one| one == kind),
        };
        of_kind
            && text(policy, "metadata/namespace") == pod.namespace
            && selects(at(policy, "spec/podSelector").unwrap(), &pod.labels)
    };
    let mut isolating = policies.iter().filter(applies).peekable();
    isolating.peek().is_none()
        || isolating.any(|policy| {
            list(policy, rules).iter().any(|rule| {
                let from = list(rule, peers);
                (from.is_empty() || from.iter().any(|peer| is_peer(peer, policy, other))) && has_port(rule, destination, number)
            })
        })
}

fn reaches(policies: &[Value], source: &Pod, destination: &Pod, number: u64) -> bool {
    one_way(policies, "Egress", source, destination, destination, number)
        && one_way(policies, "Ingress", destination, source, destination, number)
}

fn documents(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    text.split("\n---\n").map(|document| serde_yaml::from_str(document).unwrap()).collect()
}

fn kind(documents: &[Value], kind: &str) -> Vec<Value> {
    documents.iter().filter(|document| document["kind"] == kind).cloned().collect()
}

fn pods(documents: &[Value]) -> Vec<Pod> {
    let pod = |deployment: &Value| Pod {
        namespace: text(deployment, "metadata/namespace"),
        labels: labels(at(deployment, "spec/template/metadata/labels")),
        ports: list(deployment, "spec/template/spec/containers")
            .iter()
            .flat_map(|container| list(container, "ports"))
            .map(|port| (text(port, "name"), port["containerPort"].as_u64().unwrap()))
            .collect(),
    };
    kind(documents, "Deployment").iter().map(pod).collect()
}

/// A client for every label that a policy names, in every namespace that one names, and a stranger.
fn clients(policies: &[Value]) -> Vec<Pod> {
    let mut namespaces = vec!["shop".to_string(), "strange".to_string()];
    let mut all = vec![Labels::from([("app".into(), "stranger".into())])];
    for policy in policies {
        all.push(labels(at(policy, "spec/podSelector/matchLabels")));
        for rule in list(policy, "spec/ingress") {
            for peer in list(rule, "from") {
                all.push(labels(at(peer, "podSelector/matchLabels")));
                namespaces.extend(labels(at(peer, "namespaceSelector/matchLabels")).into_values());
            }
        }
    }
    let pod = |namespace: &String, labels: &Labels| Pod { namespace: namespace.clone(), labels: labels.clone(), ports: vec![] };
    namespaces.iter().flat_map(|namespace| all.iter().map(move |labels| pod(namespace, labels))).collect()
}

#[test]
fn clients_reach_through_the_proxies_what_they_reached_before() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let (mut cases, mut allowed, mut denied) = (0, 0, 0);
    for entry in fs::read_dir(root).unwrap() {
        let case = entry.unwrap().path();
        let expected = case.join("expected.yaml");
        let Ok(input) = fs::read_to_string(case.join("input.yaml")) else { continue };
        if !input.contains("kind: NetworkPolicy") || !expected.exists() {
            continue;
        }
        cases += 1;
        let (before, after) = (documents(&case.join("input.yaml")), documents(&expected));
        let (old, new) = (kind(&before, "NetworkPolicy"), kind(&after, "NetworkPolicy"));
        let app = &pods(&before)[0];
        let proxy = pods(&after).into_iter().find(|pod| pod.labels.contains_key("msvcbench.io/front")).unwrap();
        let (port, listen) = (8080, 10080);
        for client in clients(&old) {
            let reached = reaches(&old, &client, app, port);
            let reaches_now = reaches(&new, &client, &proxy, listen) && reaches(&new, &proxy, app, port);
            assert_eq!(reaches_now, reached, "{}: {client:?} through the proxies", case.display());
            assert_eq!(reaches(&new, &client, app, port), reached, "{}: {client:?} past the proxies", case.display());
            *if reached { &mut allowed } else { &mut denied } += 1;
        }
    }
    assert!(cases >= 2 && allowed > 0 && denied > 0, "{cases} cases, {allowed} allowed, {denied} denied");
}
