//! Texts that act where they are displayed, and the places in manifests from which a text is displayed.
//! A new one of either is a line.

use serde_json::{Value as Json, json};

/// Every character that acts, of each class one or two.
pub const CHARACTERS: &str = "\u{1}\u{7}\u{8}\t\n\u{b}\u{c}\r\u{1b}[2J\u{1b}]0;x\u{7}\u{7f}\u{85}\u{9b}31m\u{ad}\u{34f}\u{61c}\u{115f}\u{180e}\u{200b}\u{200d}\u{200e}\u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{206f}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{fffe}\u{ffff}\u{e0001}\u{e0041}";

/// Texts that are a command to the program which collects a log, wherever they begin a line.
pub const COMMANDS: [&str; 12] = [
    "::stop-commands::x",
    "  ::error::x",
    "\u{a0}\u{2003}::error::x",
    "\u{ad}\u{200b}::error::x",
    "a\n::error::x",
    "a\r::error::x",
    "a\r\n ::add-mask::a\r\nb",
    "a\u{2028}::error::x",
    "##[error]x",
    "a ##[add-mask]x",
    "#\u{200b}##[error]x",
    "##vso[task.setvariable variable=a]b",
];

/// Texts that would be more than text in a comment.
pub const MARKUP: [&str; 20] = [
    "@octocat",
    "@evil/team",
    "#1",
    "evil/repo#1",
    "GH-1",
    "https://evil.example/a",
    "www.evil.example",
    "a@evil.example",
    "![a](https://evil.example/a.png)",
    "[a](https://evil.example)",
    "[a]: https://evil.example\n\n[a]",
    "<img src=x onerror=alert(1)>",
    "</code></summary></details><script>alert(1)</script>",
    "<!-- a --> --> @octocat",
    "`@octocat`` @octocat",
    "a\n```\n@octocat\n~~~\n![a](https://evil.example/a.png)\n````",
    "a\r\n\r\n@octocat ![a](https://evil.example/a.png)\r\r# heading",
    "a\u{b}\u{c}\u{85}\u{2028}\u{2029}@octocat | b | [a](https://evil.example)",
    "| a | b |\n|---|---|\n| @octocat | <b>c</b> |",
    "a\n\n> [!WARNING]\n> @octocat\n\n- [x] $$a$$ [^1]\n\n[^1]: @octocat",
];

/// One set of manifests, and what it becomes.
pub struct Scene {
    pub name: &'static str,
    pub before: String,
    pub after: String,
}

fn service(name: &str, selector: Json, port: Json) -> Json {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"selector": selector, "ports": [port]}})
}

fn config(name: &str, text: &str, colour: &str) -> Json {
    json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "labels": {text: text}, "annotations": {text: format!("{colour}{text}")}},
        "data": {text: colour, "text": format!("{text}\n{text}\n{colour}\n{text}\n"), colour: text}})
}

/// Proxies and their front, as a build has them.
fn pool(text: &str, replicas: u32) -> [Json; 2] {
    let front = json!({"msvcbench.io/front": text});
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": text, "namespace": text},
        "spec": {"replicas": replicas, "template": {"metadata": {"labels": front}}}});
    let mut service = service(text, front, json!({"name": text, "port": 80, "protocol": text, "targetPort": text}));
    service["metadata"]["namespace"] = text.into();
    [deployment, service]
}

fn rules(service: &str, text: &str) -> [Json; 2] {
    let destinations = [text, service].map(|host| json!({"destination": {"host": host, "subset": text}}));
    let istio = "networking.istio.io/v1";
    [
        json!({"apiVersion": istio, "kind": "VirtualService", "metadata": {"name": text, "namespace": "shop"},
            "spec": {"hosts": [text], "gateways": [text], "http": [{"name": text, "route": destinations}]}}),
        json!({"apiVersion": istio, "kind": "DestinationRule", "metadata": {"name": text},
            "spec": {"host": text, "subsets": [{"name": text}],
                "trafficPolicy": {"loadBalancer": {"consistentHash": {"httpHeaderName": text}}}}}),
    ]
}

fn request(name: &str, version: &str, spec: Json) -> Json {
    json!({"apiVersion": format!("msvcbench.io/{version}"), "kind": "ProxyService", "metadata": {"name": name}, "spec": spec})
}

/// Texts in every place of manifests that is displayed somewhere: names, namespaces, kinds, keys, values,
/// fields.
pub fn scenes(texts: &[String]) -> Vec<Scene> {
    type Objects = fn(&str, &str) -> Vec<Json>;
    let nothing: Objects = |_, _| Vec::new();
    let places: [(&'static str, Objects, Objects); 11] = [
        ("values", |name, text| vec![config(name, text, "before")], |name, text| vec![config(name, text, "after")]),
        ("names", |_, text| vec![odd(text)], nothing),
        ("a pool", |_, text| pool(text, 2).into(), |_, text| pool(text, 3).into()),
        ("routes", nothing, |name, text| rules(name, text).into()),
        ("a name that a request has", nothing, |name, text| vec![request(text, "v1alpha1", json!({"serviceName": name}))]),
        ("a name that is missing", nothing, |_, text| vec![request("a", "v1alpha1", json!({"serviceName": text}))]),
        ("a field that is unknown", nothing, |name, text| {
            vec![request(name, "v1alpha1", json!({"serviceName": name, text: text}))]
        }),
        ("a value that is wrong", nothing, |name, text| {
            vec![request(name, "v1alpha1", json!({"serviceName": name, "phase": text}))]
        }),
        ("a Service that cannot be intercepted", nothing, |name, text| {
            let port = json!({"name": text, "port": 80, "protocol": "UDP"});
            vec![service(text, json!({"app": text}), port), request(name, "v1alpha1", json!({"serviceName": text}))]
        }),
        ("twice", nothing, |_, text| vec![odd(text), odd(text)]),
        ("another version", nothing, |name, text| vec![request(name, text, json!({}))]),
    ];
    let all = |objects: Objects| {
        let numbered = texts.iter().enumerate().map(|(number, text)| (format!("cart-{number}"), text));
        let objects = numbered.flat_map(|(name, text)| {
            let plain = service(&name, json!({"app": "cart"}), json!({"name": "http", "port": 80}));
            [vec![plain], objects(&name, text)].concat()
        });
        objects.map(|object| format!("{}\n", escaped(&object.to_string()))).collect::<Vec<_>>().join("---\n")
    };
    places.into_iter().map(|(name, before, after)| Scene { name, before: all(before), after: all(after) }).collect()
}

fn odd(text: &str) -> Json {
    json!({"apiVersion": format!("{text}/v1"), "kind": text, "metadata": {"name": text, "namespace": text}, "spec": {text: [text]}})
}

/// The same in ASCII, by escapes that YAML knows too: it refuses most of these characters as they stand.
fn escaped(json: &str) -> String {
    let mut out = String::new();
    for c in json.chars() {
        match u32::from(c) {
            0x20..0x7f => out.push(c),
            number @ ..=0xffff => out.push_str(&format!("\\u{number:04x}")),
            number => out.push_str(&format!("\\U{number:08x}")),
        }
    }
    out
}
