//! The function again and again: on its own output, in another order, in another style, and with
//! the requests taken away. Every golden case that succeeds and every example is tried.

use proxy_service::function::{run_function, run_render};
use proxy_service::krm::{Documents, Severity, to_yaml};
use serde::Deserialize;
use serde_yaml::{Mapping, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What a run is given, apart from its style.
#[derive(Clone)]
struct Input {
    name: String,
    items: Vec<Value>,
    function_config: Option<Value>,
}

/// How a host writes a list.
#[derive(Clone, Copy, Debug)]
enum Style {
    /// kustomize.
    Block,
    /// kpt, where the user's files are JSON.
    Json,
}

const STYLES: [Style; 2] = [Style::Block, Style::Json];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents(text: &str) -> Option<Vec<Value>> {
    let documents: Result<Vec<Value>, _> = serde_yaml::Deserializer::from_str(text).map(Value::deserialize).collect();
    Some(documents.ok()?.into_iter().filter(|document| !document.is_null()).collect())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn group(item: &Value) -> &str {
    item.get("apiVersion").and_then(Value::as_str).and_then(|version| version.split_once('/')).map_or("", |(group, _)| group)
}

fn is_ours(item: &Value) -> bool {
    group(item) == "msvcbench.io"
}

fn has_function(item: &Value) -> bool {
    item.get("metadata").and_then(|metadata| metadata.get("annotations")?.get("config.kubernetes.io/function")).is_some()
}

/// A case from documents: lists opened, kustomizations left out, a function declaration set apart.
fn input(name: String, texts: &[String]) -> Option<Input> {
    let mut input = Input { name, items: Vec::new(), function_config: None };
    for document in texts.iter().map(|text| documents(text)).collect::<Option<Vec<_>>>()?.into_iter().flatten() {
        match document.get("kind").and_then(Value::as_str) {
            Some("ResourceList" | "List") => {
                let items = document.get("items").and_then(Value::as_sequence).cloned().unwrap_or_default();
                input.items.extend(items.into_iter().filter(|item| !item.is_null()));
                input.function_config = document.get("functionConfig").cloned();
            }
            _ if group(&document) == "kustomize.config.k8s.io" => {}
            _ if is_ours(&document) && has_function(&document) => input.function_config = Some(document),
            _ => input.items.push(document),
        }
    }
    Some(input)
}

/// Every golden case and every example that needs no kustomize to put it together.
fn inputs() -> Vec<Input> {
    let mut inputs = Vec::new();
    let read = |path: &Path| fs::read(path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    for case in files(&root().join("testdata")) {
        let mut paths = files(&case.join("input"));
        paths.push(case.join("input.yaml"));
        let texts: Vec<String> = paths.iter().filter_map(|path| read(path)).collect();
        inputs.extend(input(case.file_name().unwrap().display().to_string(), &texts));
    }
    for example in files(&root().join("kustomization-examples")) {
        let texts: Vec<String> = files(&example)
            .iter()
            .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
            .filter_map(|path| read(path))
            .collect();
        if texts.iter().any(|text| text.contains("msvcbench.io/")) {
            inputs.extend(input(format!("example {}", example.file_name().unwrap().display()), &texts));
        }
    }
    inputs
}

fn list(items: &[Value], function_config: Option<&Value>, style: Style) -> String {
    let mut list = Mapping::new();
    list.insert("apiVersion".into(), "config.kubernetes.io/v1".into());
    list.insert("kind".into(), "ResourceList".into());
    list.insert("items".into(), items.to_vec().into());
    list.extend(function_config.map(|config| ("functionConfig".into(), config.clone())));
    match style {
        Style::Block => to_yaml(&Value::Mapping(list), 0),
        Style::Json => serde_json::to_string(&list).expect("no key of a case is anything but a string"),
    }
}

/// The items that leave the function; `None` where it refuses.
fn run(items: &[Value], function_config: Option<&Value>, style: Style) -> Option<Vec<Value>> {
    let text = list(items, function_config, style);
    let outcome = run_function(&text);
    if outcome.findings.sorted().iter().any(|finding| finding.severity() == Severity::Error) {
        return None;
    }
    let output: Value = serde_yaml::from_str(&outcome.output?).expect("the output is YAML");
    Some(output["items"].as_sequence().expect("a list has items").clone())
}

/// The requests that leave the function. A functionConfig that is an item too stays, as kpt needs it.
fn requests(items: &[Value], output: &[Value]) -> Vec<Value> {
    items.iter().filter(|item| is_ours(item) && !output.contains(item)).cloned().collect()
}

fn identity(item: &Value) -> String {
    let text = |path: &[&str]| {
        path.iter().try_fold(item, |value, key| value.get(*key)).and_then(Value::as_str).unwrap_or_default().to_string()
    };
    format!("{} {} {}/{}", group(item), text(&["kind"]), text(&["metadata", "namespace"]), text(&["metadata", "name"]))
}

fn sorted(mut items: Vec<Value>) -> Vec<Value> {
    items.sort_by_key(identity);
    items
}

/// The cases that succeed, with what comes out of them.
fn cases() -> Vec<(Input, Vec<Value>)> {
    let cases: Vec<_> = inputs()
        .into_iter()
        .filter_map(|input| run(&input.items, input.function_config.as_ref(), Style::Block).map(|output| (input, output)))
        .collect();
    assert!(cases.len() > 30, "only {} cases", cases.len());
    cases
}

fn assert_same(name: &str, expected: &[Value], actual: &[Value]) {
    if expected != actual {
        let [expected, actual] = [expected, actual].map(|items| to_yaml(&Value::Sequence(items.to_vec()), 0));
        let diff = similar::TextDiff::from_lines(&expected, &actual);
        panic!("{name}:\n{}", diff.unified_diff().header("due", "is"));
    }
}

/// Another order, the same for the same number.
fn shuffled(items: &[Value], seed: u64) -> Vec<Value> {
    let mut items = items.to_vec();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for last in (1..items.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        items.swap(last, usize::try_from(state % (last as u64 + 1)).unwrap());
    }
    items
}

#[test]
fn the_function_on_its_own_output_changes_nothing() {
    for (input, output) in cases() {
        let ours = requests(&input.items, &output);
        for style in STYLES {
            for again in [[output.clone(), ours.clone()].concat(), [ours.clone(), output.clone()].concat()] {
                let second = run(&again, input.function_config.as_ref(), style);
                let second = second.unwrap_or_else(|| panic!("{} {style:?}: the second run refuses", input.name));
                assert_same(&format!("{} {style:?}", input.name), &output, &second);
            }
        }
    }
}

#[test]
fn the_order_of_the_items_decides_about_their_order_alone() {
    for (input, output) in cases() {
        let ours = requests(&input.items, &output);
        for seed in 1..6 {
            let name = format!("{}, order {seed}", input.name);
            let first = run(&shuffled(&input.items, seed), input.function_config.as_ref(), Style::Block);
            let first = first.unwrap_or_else(|| panic!("{name}: refused"));
            assert_same(&name, &sorted(output.clone()), &sorted(first));
            let again = shuffled(&[output.clone(), ours.clone()].concat(), seed);
            let due: Vec<Value> = again.iter().filter(|item| !ours.contains(item)).cloned().collect();
            let second = run(&again, input.function_config.as_ref(), Style::Block);
            assert_same(&format!("{name}, again"), &due, &second.unwrap_or_else(|| panic!("{name}: the second run refuses")));
        }
    }
}

#[test]
fn without_requests_everything_leaves_as_it_came() {
    // What is no object is an error, whoever asks for what.
    for input in inputs().into_iter().filter(|input| input.items.iter().all(Value::is_mapping)) {
        let others: Vec<Value> = input.items.into_iter().filter(|item| !is_ours(item)).collect();
        for style in STYLES {
            let text = list(&others, None, style);
            let outcome = run_function(&text);
            assert!(outcome.findings.is_empty(), "{}: {}", input.name, outcome.findings);
            let normal = |text: &str| serde_yaml::from_str::<Value>(text).unwrap()["items"].clone();
            let output = outcome.output.expect("a list comes out");
            assert_eq!(normal(&output), normal(&text), "{} {style:?}", input.name);
            if matches!(style, Style::Block) {
                assert_eq!(output, text, "{} {style:?}", input.name);
            }
        }
    }
}

/// kpt writes where an item came from into it, and needs that back.
#[test]
fn annotations_of_hosts_stay_where_they_were_and_are_on_nothing_new() {
    const KEYS: [&str; 4] = [
        "internal.config.kubernetes.io/path",
        "internal.config.kubernetes.io/index",
        "config.kubernetes.io/path",
        "config.kubernetes.io/index",
    ];
    let annotations = |item: &Value| item.get("metadata")?.get("annotations")?.as_mapping().cloned();
    let marks = |item: &Value| KEYS.map(|key| annotations(item).and_then(|all| all.get(key).cloned()));
    for (input, output) in cases() {
        let mut items = input.items.clone();
        for (number, item) in items.iter_mut().enumerate() {
            if input.function_config.as_ref() == Some(&*item) {
                continue;
            }
            let Some(metadata) = item.get_mut("metadata").and_then(Value::as_mapping_mut) else { continue };
            let all = metadata.entry("annotations".into()).or_insert_with(|| Mapping::new().into());
            let Some(all) = all.as_mapping_mut() else { continue };
            for (key, value) in KEYS.into_iter().zip([format!("file-{number}.yaml"), number.to_string()].into_iter().cycle()) {
                all.insert(key.into(), value.into());
            }
        }
        let ours = requests(&items, &output);
        for style in STYLES {
            let name = format!("{} {style:?}", input.name);
            let first = run(&items, input.function_config.as_ref(), style).unwrap_or_else(|| panic!("{name}: refused"));
            assert_eq!(first.iter().map(identity).collect::<Vec<_>>(), output.iter().map(identity).collect::<Vec<_>>(), "{name}");
            for item in &first {
                let came = items.iter().find(|came| identity(came) == identity(item));
                assert_eq!(marks(item), came.map_or([const { None }; 4], marks), "{name}: {}", identity(item));
            }
            let second = run(&[first.clone(), ours.clone()].concat(), input.function_config.as_ref(), style);
            assert_same(&name, &first, &second.unwrap_or_else(|| panic!("{name}: the second run refuses")));
        }
    }
}

/// The same specs in the functionConfig instead of among the items.
#[test]
fn specs_of_the_function_config_do_what_items_do() {
    let mut compared = 0;
    for (input, output) in cases() {
        let ours: Vec<&Value> = input.items.iter().filter(|item| is_ours(item)).collect();
        let [only] = ours[..] else { continue };
        if input.function_config.is_some() {
            continue;
        }
        let others: Vec<Value> = input.items.iter().filter(|item| !is_ours(item)).cloned().collect();
        for style in STYLES {
            let name = format!("{} {style:?}", input.name);
            let configured = run(&others, Some(only), style).unwrap_or_else(|| panic!("{name}: refused"));
            assert_same(&name, &output, &configured);
            let second = run(&configured, Some(only), style).unwrap_or_else(|| panic!("{name}: the second run refuses"));
            assert_same(&name, &output, &second);
        }
        compared += 1;
    }
    assert!(compared > 10, "only {compared} cases");
}

/// The same bytes for the same input, and no byte changed by a run on what a run has written.
#[test]
fn render_on_its_own_output_writes_the_same_bytes() {
    for (input, output) in cases() {
        let ours = input.items.iter().filter(|item| is_ours(item)).chain(&input.function_config);
        let stream = |items: &[&Value]| items.iter().map(|item| to_yaml(item, 0)).collect::<Vec<_>>().join("---\n");
        let text = stream(&output.iter().chain(ours).collect::<Vec<_>>());
        let mut documents = Documents::default();
        if documents.read("again.yaml", &text).is_err() || output.is_empty() {
            continue;
        }
        let due = stream(&output.iter().collect::<Vec<_>>());
        // A foreign functionConfig, or one that is an item too, is for a ResourceList alone.
        if input.function_config.as_ref().is_none_or(|config| is_ours(config) && !input.items.contains(config)) {
            let outcome = run_render(&documents);
            assert_eq!(outcome.output.as_deref(), Some(due.as_str()), "{}: {}", input.name, outcome.findings);
        }
    }
}

/// A request that asks for one proxy and nothing special.
fn lessened(item: &Value) -> Value {
    let mut item = item.clone();
    if let Some(spec) = item.get_mut("spec").and_then(Value::as_mapping_mut).filter(|spec| spec.contains_key("serviceName")) {
        spec.shift_remove("trafficPolicy");
        spec.shift_remove("proxy");
        spec.insert("autoscaling".into(), Mapping::from_iter([("minReplicas".into(), 1.into())]).into());
    }
    item
}

fn is_generated(item: &Value) -> bool {
    let labels = item.get("metadata").and_then(|metadata| metadata.get("labels"));
    labels.and_then(|labels| labels.get("app.kubernetes.io/managed-by")?.as_str()) == Some("proxy-service")
}

/// Copies of policies, budgets and filters go with what has asked for them, and would stay in force otherwise.
#[test]
fn what_nobody_asks_for_any_more_leaves() {
    let is_policy = |item: &Value| {
        matches!(item.get("kind").and_then(Value::as_str), Some("AuthorizationPolicy" | "NetworkPolicy")) && !is_generated(item)
    };
    let generated = |items: &[Value]| items.iter().filter(|item| is_generated(item)).map(identity).collect::<BTreeSet<_>>();
    let (mut tried, mut left) = (0, 0);
    for (input, output) in cases() {
        let less: Vec<Value> = input.items.iter().filter(|item| !is_policy(item)).map(lessened).collect();
        let Some(due) = run(&less, input.function_config.as_ref(), Style::Block) else { continue };
        let ours = requests(&less, &due);
        let others: Vec<Value> = output.iter().filter(|item| !is_policy(item)).cloned().collect();
        let Some(second) = run(&[others, ours].concat(), input.function_config.as_ref(), Style::Block) else { continue };
        let (due, second) = (generated(&due), generated(&second));
        assert_eq!(due, second, "{}", input.name);
        tried += 1;
        left += usize::from(generated(&output) != due);
    }
    assert!(tried > 100 && left > 20, "{tried} cases, {left} with something that leaves");
}
