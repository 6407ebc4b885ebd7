//! Values of Secrets: in no output of any command that displays, wherever a Secret stands and whatever a
//! value is called.

use crate::shell::bash;
use serde_json::{Value as Json, json};
use std::fs;
use std::path::Path;

/// What must not be seen. With a number each time, so that values differ.
const MARK: &str = "TOPSECRET";

fn mark(number: usize) -> String {
    format!("{MARK}-{number}")
}

/// Where in a Secret values stand, as JSON pointers; of each group all at once. All but the list in
/// docs/diff.md is hidden.
const PLACES: [&[&str]; 6] = [
    &[
        "/data/password",
        "/stringData/password",
        "/metadata/annotations/backup",
        "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration",
        "/metadata/annotations/objectset.rio.cattle.io~1applied",
        "/metadata/managedFields/0/manager",
        "/metadata/ownerReferences/0/name",
        "/metadata/unknown",
        "/spec/forProvider/password",
        "/password",
    ],
    &["/data/list/0", "/stringData/nested/inner", "/metadata/annotations", "/type/odd", "/immutable/odd"],
    &["/data", "/stringData", "/metadata/labels", "/apiVersion/odd"],
    &["/data/0", "/stringData/0", "/metadata/annotations/0", "/metadata/labels/0"],
    // No name that kustomize could read: an error, unless it stands in another object.
    &["/metadata"],
    &["/metadata/name/odd"],
];

/// What a Secret is called and where it stands: itself to the manifests that hold it. A new one is a line.
type Wrapping = (&'static str, fn(Json) -> String);
const WRAPPINGS: [Wrapping; 16] = [
    ("itself", |secret| secret.to_string()),
    ("as YAML", |secret| serde_yaml::to_string(&secret).unwrap()),
    ("another group", |secret| with(secret, "apiVersion", "secrets.example.com/v1")),
    ("a lower-case kind", |secret| with(secret, "kind", "secret")),
    ("an upper-case kind", |secret| with(secret, "kind", "SECRET")),
    ("a kind with a blank", |secret| with(secret, "kind", "Secret ")),
    ("a kind with a tag", |secret| serde_yaml::to_string(&secret).unwrap().replace("kind: Secret", "kind: !!str Secret")),
    ("a kind with a tag of its own", |secret| {
        serde_yaml::to_string(&secret).unwrap().replace("kind: Secret", "kind: !mine Secret")
    }),
    ("a kind that is an alias", |secret| {
        let yaml = serde_yaml::to_string(&secret).unwrap();
        format!("aaa: &kind Secret\n{}", yaml.replace("kind: Secret", "kind: *kind"))
    }),
    ("a key in quotes", |secret| serde_yaml::to_string(&secret).unwrap().replace("kind: Secret", "\"ki\\x6ed\": Secret")),
    ("a List", |secret| json!({"apiVersion": "v1", "kind": "List", "items": [secret]}).to_string()),
    ("a List in a List", |secret| {
        json!({"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "List", "items": [secret]}]})
            .to_string()
    }),
    ("a Template", |secret| {
        json!({"apiVersion": "template.openshift.io/v1", "kind": "Template", "metadata": {"name": "t"}, "objects": [secret]})
            .to_string()
    }),
    ("a wrapper's manifests", |secret| {
        json!({"apiVersion": "work.example.com/v1", "kind": "Work", "metadata": {"name": "w"}, "spec": {"workload": {"manifests": [secret]}}}).to_string()
    }),
    ("a SecretList", |mut secret| {
        let fields = secret.as_object_mut().unwrap();
        fields.retain(|name, _| name != "kind" && name != "apiVersion");
        json!({"apiVersion": "v1", "kind": "SecretList", "metadata": {"name": "l"}, "items": [secret]}).to_string()
    }),
    ("a wrapper's SecretList", |mut secret| {
        secret.as_object_mut().unwrap().remove("kind");
        let list = json!({"kind": "SecretList", "items": [secret]});
        json!({"apiVersion": "work.example.com/v1", "kind": "Work", "metadata": {"name": "w"}, "spec": {"list": list}})
            .to_string()
    }),
];

fn with(mut secret: Json, field: &str, value: &str) -> String {
    secret[field] = value.into();
    secret.to_string()
}

/// A Secret with a value at each of some places, and what may be seen.
fn secret(places: &[&str], value: &str) -> Json {
    let mut secret =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "seen", "labels": {"seen": "seen"}}, "type": "Opaque"});
    for place in places {
        let steps: Vec<String> = place[1..].split('/').map(|step| step.replace("~1", "/")).collect();
        put(&mut secret, &steps, value);
    }
    secret
}

/// Puts a value where some steps lead; what stands in the way is replaced by what the steps need.
fn put(at: &mut Json, steps: &[String], value: &str) {
    match steps {
        [] => *at = value.into(),
        [zero, rest @ ..] if zero == "0" => {
            *at = json!([null]);
            put(&mut at[0], rest, value);
        }
        [name, rest @ ..] => {
            if !at.is_object() {
                *at = json!({});
            }
            put(&mut at[name.as_str()], rest, value);
        }
    }
}

const COMMANDS: [&str; 11] = [
    "diff before.yaml after.yaml",
    "diff before.yaml after.yaml --format markdown --graph",
    "diff before.yaml after.yaml --format json",
    "diff /dev/null after.yaml",
    "diff before.yaml /dev/null --format json",
    "diff /dev/null after.yaml --format markdown",
    "graph after.yaml --all --before before.yaml --format html",
    "validate after.yaml --format json",
    "validate after.yaml --format sarif",
    "validate after.yaml --format junit",
    "render after.yaml -o /dev/null",
];

fn displayed(folder: &Path) -> Vec<(&'static str, String)> {
    let runs: String =
        COMMANDS.iter().enumerate().map(|(number, command)| format!("$P {command} >{number}.out 2>&1\n")).collect();
    bash(folder, &runs);
    let file = |number: usize| fs::read_to_string(folder.join(format!("{number}.out"))).unwrap();
    COMMANDS.iter().enumerate().map(|(number, command)| (*command, file(number))).collect()
}

#[test]
fn no_value_of_a_secret_is_displayed() {
    let folder = tempfile::tempdir().unwrap();
    for (name, wrapped) in WRAPPINGS {
        for place in PLACES {
            fs::write(folder.path().join("before.yaml"), wrapped(secret(place, &mark(1)))).unwrap();
            fs::write(folder.path().join("after.yaml"), wrapped(secret(place, &mark(2)))).unwrap();
            let mut differs = false;
            for (command, text) in displayed(folder.path()) {
                assert!(!text.contains(MARK), "{name}, {place:?}: {command}: {text}");
                differs |= text.contains("hidden") || text.contains("error PS003");
            }
            assert!(differs, "{name}, {place:?}: the change itself is seen");
        }
    }
}

/// Several at once, of which some come, go and stay, in an order that changes.
#[test]
fn no_value_is_displayed_whatever_becomes_of_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let list = |numbers: &[usize]| {
        let secrets = numbers.iter().map(|number| {
            let mut secret = secret(PLACES[number % 4], &mark(*number));
            secret["metadata"]["name"] = format!("s{}", number % 20).into();
            secret
        });
        json!({"apiVersion": "work.example.com/v1", "kind": "Work", "metadata": {"name": "w"}, "objects": secrets.collect::<Vec<_>>()}).to_string()
    };
    let (before, after): (Vec<usize>, Vec<usize>) =
        ((0..17).collect(), (0..17).rev().map(|n| n + 20 * (n % 2)).chain([40, 41]).collect());
    fs::write(folder.path().join("before.yaml"), list(&before)).unwrap();
    fs::write(folder.path().join("after.yaml"), list(&after)).unwrap();
    for (command, text) in displayed(folder.path()) {
        assert!(!text.contains(MARK), "{command}: {text}");
    }
}

/// Annotations of other objects in which a Secret stands once more, or may stand.
#[test]
fn copies_in_annotations_are_hidden() {
    let copies = [
        json!({"kind": "Secret", "data": {"password": MARK}}).to_string(),
        json!({"items": [{"kind": "Secret", "data": {"password": MARK}}]}).to_string(),
        format!("{{\"k\\u0069nd\": \"\\u0053ecret\", \"data\": \"{MARK}\"}}"),
        format!("apiVersion: v1\nkind: Secret\nstringData:\n  password: {MARK}\n"),
        json!({"inner": format!("{{\"kind\": \"Secret\", \"data\": \"{MARK}\"}}")}).to_string(),
        format!("{{\"kind\": \"Secret\", \"data\": \"{MARK}\""),
        // gzip, zip, JSON and YAML in base64: what they hold cannot be seen, so they are not shown.
        format!("H4sIAAAAAAAA{MARK}"),
        format!("UEsDBBQA{MARK}"),
        format!("eyJraW5kIjoi{MARK}"),
        format!("YXBpVmVyc2lvbjog{MARK}"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for copy in copies {
        for key in ["kubectl.kubernetes.io/last-applied-configuration", "objectset.rio.cattle.io/applied", "mine"] {
            let object = |value: &str| {
                json!({"apiVersion": "work.example.com/v1", "kind": "Work", "metadata": {"name": "w", "annotations": {key: value, "colour": "blue"}}}).to_string()
            };
            fs::write(folder.path().join("before.yaml"), object("none")).unwrap();
            fs::write(folder.path().join("after.yaml"), object(&copy)).unwrap();
            for (command, text) in displayed(folder.path()) {
                assert!(!text.contains(MARK), "{key}: {command}: {text}");
            }
        }
    }
}

/// What is wrong with a value is said without it.
#[test]
fn errors_quote_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let values = [
        "!!int TOPSECRET",
        "!!float TOPSECRET",
        "!!bool TOPSECRET",
        "!!null TOPSECRET",
        "!!int \"TOPSECRET, expected TOPSECRET\"",
        "\"TOPSECRET\\q\"",
        "TOPSECRET: x",
        "[TOPSECRET",
        "{TOPSECRET",
        "'TOPSECRET",
        "\"TOPSECRET\" x",
        "TOPSECRET\n b: c",
        "|TOPSECRET",
        "%TOPSECRET",
        "@TOPSECRET",
    ];
    for value in values {
        let secret = format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\ndata:\n  a: {value}\n");
        fs::write(folder.path().join("before.yaml"), "").unwrap();
        fs::write(folder.path().join("after.yaml"), &secret).unwrap();
        for (command, text) in displayed(folder.path()) {
            assert!(!text.contains(MARK), "{value}: {command}: {text}");
        }
        let list = format!(
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {}\n",
            secret.trim_end().replace('\n', "\n  ")
        );
        fs::write(folder.path().join("list.yaml"), list).unwrap();
        let output = bash(folder.path(), "$P <list.yaml");
        let results =
            String::from_utf8(output.stdout).unwrap().split_once("results:").map_or(String::new(), |(_, after)| after.into());
        let said = String::from_utf8(output.stderr).unwrap() + &results;
        assert!(!said.contains(MARK), "{value}: {said}");
    }
}

/// What is no Secret is shown, and of a Secret what says which one it is and what it has.
#[test]
fn what_may_be_seen_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let object = |colour: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "annotations": {"mine": colour}}, "data": {"sky": colour}});
    let mut seen = secret(&["/data/password"], &mark(1));
    seen["metadata"]["annotations"] = json!({"note": mark(2)});
    fs::write(folder.path().join("before.yaml"), object("blue").to_string()).unwrap();
    fs::write(folder.path().join("after.yaml"), format!("{}\n---\n{seen}\n", object("grey"))).unwrap();
    let text = String::from_utf8(bash(folder.path(), "$P diff before.yaml after.yaml").stdout).unwrap();
    for line in [
        "+ data.sky: grey",
        "+ metadata.annotations.mine: grey",
        "+ seen Secret",
        "password: \"(value hidden)\"",
        "note: \"(value hidden)\"",
        "seen: seen",
        "type: Opaque",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}
