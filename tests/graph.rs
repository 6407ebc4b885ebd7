//! `graph`: the command, golden pictures, and what real programs make of the pictures: mermaid in a
//! real browser, Graphviz, and the browser itself for SVG and HTML (`tests/browser/check.mjs`).
//!
//! Each folder of `tests/graph/` is a case: `input.yaml`, where there is a before `before.yaml`,
//! and the picture in three formats. `PROXY_SERVICE_UPDATE=1` writes the pictures anew.

use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn updating() -> bool {
    std::env::var_os("PROXY_SERVICE_UPDATE").is_some()
}

fn tools() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/proxy-service-tools");
    std::env::var_os("PROXY_SERVICE_TOOLS").map_or_else(home, PathBuf::from)
}

fn graph(arguments: &[&str]) -> Output {
    let machine = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([tools().join("bin")].into_iter().chain(std::env::split_paths(&machine))).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxy-service"));
    command.arg("graph").args(arguments).current_dir(root()).env("PATH", path).stdin(Stdio::null()).output().unwrap()
}

fn drawn(arguments: &[&str]) -> String {
    let output = graph(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const QUICKSTART: [&str; 2] =
    ["kustomization-examples/quickstart/hello.yaml", "kustomization-examples/quickstart/proxyservice.yaml"];

/// The cases: their name and what `graph` is called with.
fn cases() -> Vec<(String, Vec<String>)> {
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root().join("tests/graph")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let case = |folder: PathBuf| {
        let name = folder.file_name().unwrap().to_str().unwrap().to_string();
        let mut arguments = vec![format!("tests/graph/{name}/input.yaml"), "--all".into()];
        if folder.join("before.yaml").exists() {
            arguments.extend(["--before".into(), format!("tests/graph/{name}/before.yaml")]);
        }
        (name, arguments)
    };
    folders.into_iter().map(case).collect()
}

fn drawn_case(arguments: &[String], format: &str) -> String {
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.extend(["--format", format]);
    drawn(&arguments)
}

/// Whether a program is there that a test needs; where it is not, that is said, or a failure.
fn has(tool: &str, is_there: bool) -> bool {
    if !is_there {
        let missing = format!("{tool} is not installed; tests/run.sh installs it and runs everything");
        assert!(std::env::var_os("PROXY_SERVICE_HOSTS").is_none(), "{missing}");
        eprintln!("!!!!!! a test did NOT run: {missing}");
    }
    is_there
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    [tools().join("bin")].into_iter().chain(std::env::split_paths(&path)).any(|folder| folder.join(program).is_file())
}

/// What the browser has to say; `None` where there is none.
fn browser(mut job: Value) -> Option<Value> {
    let modules = tools().join("bin/browser");
    if !has("the browser", modules.join("node_modules").is_dir() && on_path("chromium") && on_path("node")) {
        return None;
    }
    if let Some(folder) = std::env::var_os("GRAPH_SHOTS") {
        fs::create_dir_all(&folder).unwrap();
        job["shots"] = json!(folder.to_str());
    }
    let mut command = Command::new("node");
    command.arg(root().join("tests/browser/check.mjs")).env("BROWSER_MODULES", modules);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(job.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn assert_no_problems(answer: &Value) {
    let problems: Vec<&str> = answer["problems"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn pictures_are_as_they_were() {
    let cases = cases();
    assert!(cases.len() >= 6, "only {} cases", cases.len());
    for (name, arguments) in cases {
        for (format, ending) in [("mermaid", "mmd"), ("dot", "dot"), ("svg", "svg")] {
            let actual = drawn_case(&arguments, format);
            assert_eq!(actual, drawn_case(&arguments, format), "{name}: two runs differ");
            compare(&root().join(format!("tests/graph/{name}/expected.{ending}")), &actual);
        }
    }
}

fn compare(path: &Path, actual: &str) {
    if updating() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, actual).unwrap();
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    if expected != actual {
        let diff = similar::TextDiff::from_lines(expected.as_str(), actual);
        panic!("{}; PROXY_SERVICE_UPDATE=1 renews it:\n{}", path.display(), diff.unified_diff());
    }
}

/// The picture in the README and in docs/graph.md.
#[test]
fn the_picture_of_the_documentation_is_what_the_program_draws() {
    if !has("kustomize", on_path("kustomize")) {
        return;
    }
    let arguments = ["kustomization-examples/sock-shop/base", "--service", "carts", "--format", "svg"];
    compare(&root().join("docs/pictures/sock-shop.svg"), &drawn(&arguments));
}

#[test]
fn a_kustomization_is_drawn_as_it_was_and_as_it_will_be() {
    if !has("kustomize", on_path("kustomize")) {
        return;
    }
    let built = drawn(&["kustomization-examples/quickstart"]);
    assert_eq!(built, drawn(&QUICKSTART));
    assert!(built.contains("hello-proxy") && built.contains("-.->"), "{built}");
}

#[test]
fn the_hash_of_the_page_s_style_is_that_of_its_style() {
    let styles: String =
        ["page.css", "svg.css"].map(|file| fs::read_to_string(root().join("src/graph").join(file)).unwrap()).concat();
    let mut command = Command::new("openssl");
    command.args(["dgst", "-sha256", "-binary"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        has("openssl", false);
        return;
    };
    child.stdin.take().unwrap().write_all(format!("\n{styles}").as_bytes()).unwrap();
    let hash = format!("{}\n", base64(&child.wait_with_output().unwrap().stdout));
    compare(&root().join("src/graph/style.sha256"), &hash);
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |chunk: &[u8]| {
        let number = chunk.iter().chain(&[0, 0]).take(3).fold(0, |number, byte| (number << 8) | usize::from(*byte));
        let digit = |place: usize| if place > chunk.len() { '=' } else { char::from(DIGITS[(number >> (18 - 6 * place)) & 63]) };
        (0..4).map(digit).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

#[test]
fn the_ending_of_the_file_chooses_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    for (name, begins) in [("a.mmd", "flowchart LR"), ("a.DOT", "digraph"), ("a.svg", "<svg"), ("a.html", "<!DOCTYPE html>")] {
        let path = file(name);
        drawn(&[QUICKSTART[0], QUICKSTART[1], "-o", &path]);
        assert!(fs::read_to_string(&path).unwrap().starts_with(begins), "{name}");
    }
    let output = graph(&[QUICKSTART[0], QUICKSTART[1], "-o", &file("picture.png")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("does not tell the format"), "{}", stderr(&output));
    assert!(!folder.path().join("picture.png").exists());
}

#[test]
fn a_service_that_is_not_there_is_a_finding_with_the_nearest_names() {
    let output = graph(&[QUICKSTART[0], QUICKSTART[1], "--service", "shop/helo"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("PS130") && stderr(&output).contains("the nearest: \"hello\""), "{}", stderr(&output));
    assert!(output.stdout.is_empty());

    let two = "kustomization-examples/two-namespaces/expected/build.yaml";
    let output = graph(&[two, "--service", "catalog"]);
    assert!(stderr(&output).contains("name one with its namespace: "), "{}", stderr(&output));
}

#[test]
fn nothing_to_draw_is_a_finding_and_all_draws_it() {
    let output = graph(&[QUICKSTART[0]]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("PS131") && stderr(&output).contains("--all"), "{}", stderr(&output));
    assert!(drawn(&[QUICKSTART[0], "--all"]).contains("each client balances"));
}

#[test]
fn stdin_is_read_once() {
    assert_eq!(graph(&["-", "--before", "-"]).status.code(), Some(2));
    assert_eq!(graph(&[]).status.code(), Some(2));
    assert_eq!(graph(&["-"]).status.code(), Some(1));
    assert_eq!(graph(&["no-such-file.yaml"]).status.code(), Some(1));
}

/// Fragments that mean something to one of the formats.
const HOSTILE: &[&str] = &[
    "\"]-->x",
    "</svg><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&amp;&lt;&#x41;",
    "'\"`",
    "a\nb\r\nc",
    "\u{202e}evil",
    "%%{init: {\"theme\":\"dark\"}}%%",
    "%% comment",
    "end",
    "subgraph x",
    "click a href \"javascript:alert(1)\"",
    "\\N\\G\\l\\",
    "]]>",
    "--><!--",
    "1. list",
    "- list",
    "# heading",
    "**bold** _it_",
    "`code`",
    "$$x^2$$",
    "#35;#quot;",
    "fa:fa-user",
    "日本語の名前です",
    "👩‍👩‍👧🚀",
    "\u{0}\u{1}\u{7f}\u{85}",
    "\u{feff}\u{200b}",
    "{a|b}",
    "</style>",
    "</title>",
    "a;b",
    "(((",
    "@{ shape: x }",
    "~~~",
    ":::added",
    "e\u{301}",
];

/// Manifests as they are rendered, each name a hostile one: no check of names stands before them.
fn hostile_manifests(names: &[String]) -> String {
    let quickstart = include_str!("../kustomization-examples/quickstart/expected/build.yaml");
    let mut out = String::new();
    for name in names {
        let quoted = |name: &str| {
            let quoted = serde_json::to_string(name).unwrap();
            // JSON leaves these as they are, and manifests with them are refused.
            let escaped = quoted.chars().map(|c| match c {
                '\u{7f}'..='\u{9f}' | '\u{feff}' => format!("\\u{:04x}", u32::from(c)),
                c => c.to_string(),
            });
            escaped.collect::<String>()
        };
        let mut text = quickstart.to_string();
        for suffix in ["-proxy", "-ep", ""] {
            for key in
                ["name", "host", "msvcbench.io/front", "app", "namespace", "app.kubernetes.io/instance", "msvcbench.io/namespace"]
            {
                let from = format!("{key}: hello{suffix}\n");
                text = text.replace(&from, &format!("{key}: {}\n", quoted(&format!("{name}{suffix}"))));
            }
            text = text.replace(&format!("- hello{suffix}\n"), &format!("- {}\n", quoted(&format!("{name}{suffix}"))));
        }
        out.push_str(&text);
        out.push_str("---\n");
    }
    out
}

/// The fragments, and mixtures of them from a generator that always gives the same.
fn hostile_names() -> Vec<String> {
    let mut names: Vec<String> = HOSTILE.iter().map(ToString::to_string).collect();
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..60 {
        let count = 1 + next(5);
        names.push((0..count).map(|_| HOSTILE[next(HOSTILE.len())]).collect());
    }
    names.sort();
    names.dedup();
    names
}

/// As a reader sees it: what is invisible has become visible.
fn seen(name: &str) -> String {
    let hidden = |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}');
    name.chars().map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect()
}

/// Chrome's and Graphviz's text with the blanks that HTML does not keep taken out.
fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn hostile_names_are_only_names_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_string()
    };
    let names = hostile_names();
    let (mut edges, mut missing) = (Vec::new(), Vec::<String>::new());
    let (mut html, mut svg, mut charts) = (Vec::new(), Vec::new(), Vec::new());
    for (number, chunk) in names.chunks(12).enumerate() {
        let input = write(&format!("{number}.yaml"), &hostile_manifests(chunk));
        // A host with a dot in it, or a gateway with a slash, names something else: fewer nodes.
        let picture = drawn(&[&input, "--format", "svg"]);
        let nodes = picture.matches("<g class=\"node ").count();
        assert!(nodes > chunk.len() * 2, "{nodes} nodes of {chunk:?}");
        edges.push(picture.matches("<g class=\"edge ").count());
        for (format, list) in [("html", &mut html), ("svg", &mut svg), ("mmd", &mut charts)] {
            let path = folder.path().join(format!("{number}.{format}"));
            drawn(&[&input, "-o", path.to_str().unwrap()]);
            list.push(json!({"file": path.to_str(), "nodes": nodes}));
        }
        if has("Graphviz", on_path("dot")) {
            let text = drawn(&[&input, "--format", "dot"]);
            let picture = dot(&text);
            assert_eq!(picture.matches("class=\"node\"").count(), nodes);
            let plain = without_blanks(&unescaped(&picture));
            for name in chunk {
                assert!(
                    plain.contains(&without_blanks(&format!("{}-proxy", seen(name)))),
                    "{name:?} is not in Graphviz's picture"
                );
            }
        }
    }
    let Some(answer) = browser(json!({"html": html, "svg": svg, "mermaid": charts})) else { return };
    assert_no_problems(&answer);
    for ((chart, edges), chunk) in charts.iter().zip(edges).zip(names.chunks(12)) {
        let drawn = &answer["labels"][chart["file"].as_str().unwrap()];
        let labels: Vec<String> =
            drawn["nodes"].as_array().unwrap().iter().map(|label| without_blanks(label.as_str().unwrap())).collect();
        assert_eq!((Some(labels.len() as u64), drawn["edges"].as_u64()), (chart["nodes"].as_u64(), Some(edges as u64)));
        for name in chunk {
            let wanted = without_blanks(&format!("{}-proxy2–5proxies", seen(name).replace('$', "＄").replace(":fa-", "∶fa-")));
            if !labels.iter().any(|label| label.starts_with(&wanted)) {
                missing.push(format!("{wanted:?} is none of {labels:?}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

fn unescaped(xml: &str) -> String {
    let mut text = xml.to_string();
    for (code, character) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#45;", "-"), ("&#160;", " "), ("&amp;", "&")]
    {
        text = text.replace(code, character);
    }
    text
}

/// What the real Graphviz draws; it must have nothing to complain about.
fn dot(text: &str) -> String {
    let mut child =
        Command::new("dot").arg("-Tsvg").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = text.to_string();
    let writer = std::thread::spawn(move || drop(stdin.write_all(text.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "dot says: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn graphviz_draws_every_case() {
    if !has("Graphviz", on_path("dot")) {
        return;
    }
    for (name, arguments) in cases() {
        let text = drawn_case(&arguments, "dot");
        let nodes = text.lines().filter(|line| line.trim_start().starts_with('p') && !line.contains(" -> ")).count();
        let picture = dot(&text);
        assert_eq!(picture.matches("class=\"node\"").count(), nodes, "{name}");
        assert_eq!(picture.matches("class=\"edge\"").count(), text.matches(" -> ").count(), "{name}");
    }
}

/// A namespace of many Services, all intercepted.
fn many(count: usize) -> String {
    let mut out = String::new();
    for number in 0..count {
        out.push_str(&format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: service-{number}, namespace: team-{team}}}\n\
             spec: {{selector: {{app: s{number}}}, ports: [{{name: http, port: 80}}, {{name: grpc, port: 9000}}]}}\n---\n\
             apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: service-{number}, namespace: team-{team}}}\n\
             spec: {{replicas: {number}, template: {{metadata: {{labels: {{app: s{number}}}}}, spec: {{containers: []}}}}}}\n---\n\
             apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {{name: service-{number}, namespace: team-{team}}}\n\
             spec: {{serviceName: service-{number}}}\n---\n",
            team = number / 10,
        ));
    }
    out
}

#[test]
fn the_browser_shows_every_case_without_network_overlap_or_unreadable_text() {
    let folder = tempfile::tempdir().unwrap();
    let forty = folder.path().join("forty.yaml");
    fs::write(&forty, many(40)).unwrap();
    let mut all = cases();
    all.push(("forty".into(), vec![forty.to_str().unwrap().into()]));
    if on_path("kustomize") {
        all.push(("sock-shop".into(), vec!["kustomization-examples/sock-shop/base".into()]));
        all.push(("sock-shop-all".into(), vec!["kustomization-examples/sock-shop/base".into(), "--all".into()]));
        all.push(("grown-namespace".into(), vec!["kustomization-examples/grown-namespace".into(), "--all".into()]));
    }
    let (mut html, mut svg, mut charts) = (Vec::new(), Vec::new(), Vec::new());
    for (name, arguments) in &all {
        // What the SVG has in its first view, the HTML page has too.
        let nodes = drawn_case(arguments, "svg").matches("<g class=\"node ").count();
        for (format, ending, list) in [("html", "html", &mut html), ("svg", "svg", &mut svg), ("mermaid", "mmd", &mut charts)] {
            let path = folder.path().join(format!("{name}.{ending}"));
            fs::write(&path, drawn_case(arguments, format)).unwrap();
            list.push(json!({"file": path.to_str(), "nodes": nodes}));
        }
    }
    let Some(answer) = browser(json!({"html": html, "svg": svg, "mermaid": charts})) else { return };
    assert_no_problems(&answer);
    for chart in &charts {
        let drawn = &answer["labels"][chart["file"].as_str().unwrap()];
        assert_eq!(drawn["nodes"].as_array().map(Vec::len), chart["nodes"].as_u64().map(|nodes| nodes as usize), "{chart}");
    }
}

/// GitHub refuses charts of more than 50,000 characters or 500 edges; so does the real mermaid here.
#[test]
fn a_chart_of_too_many_paths_stays_within_mermaid_s_limits_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("many.yaml");
    fs::write(&input, many(300)).unwrap();
    let text = drawn(&[input.to_str().unwrap()]);
    assert!(text.chars().count() < 50_000, "{} characters", text.chars().count());
    assert!(text.contains("more, for which Mermaid has no room"), "nothing says that paths are left out");
    let file = folder.path().join("many.mmd");
    fs::write(&file, &text).unwrap();
    let Some(answer) = browser(json!({"mermaid": [{"file": file.to_str()}]})) else { return };
    assert_no_problems(&answer);
    let drawn = &answer["labels"][file.to_str().unwrap()];
    let edges = drawn["edges"].as_u64().unwrap_or(0);
    assert!((200..=500).contains(&edges), "{edges} edges are drawn: {:.300}", drawn.to_string());
}
