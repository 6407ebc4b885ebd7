//! Texts that were once read as something else: each means the same to this program, to kustomize, and in
//! what is written of an object that changes.

use super::kyaml::{Answer, Kyaml};
use super::ours;
use crate::kit::run;
use serde_json::{Value as Json, json};

/// What stands for the annotations of an intercepted Service, and their value.
fn cases() -> Vec<(&'static str, &'static str, Json)> {
    vec![
        (
            "an alias after an anchor that is defined twice",
            "{a: &x registry/good:1, b: &x registry/evil:1, c: *x}",
            json!({"a": "registry/good:1", "b": "registry/evil:1", "c": "registry/evil:1"}),
        ),
        ("an alias between the two", "{a: &x 'one', b: *x, c: &x 'two'}", json!({"a": "one", "b": "one", "c": "two"})),
        ("a merge key", "\n    <<: {a: merged, b: merged}\n    b: own", json!({"a": "merged", "b": "own"})),
        ("merge keys in their order", "\n    <<: [{a: first}, {a: second, b: second}]", json!({"a": "first", "b": "second"})),
        ("a merge key as yq writes it", "\n    !!merge <<: {a: merged}\n    b: own", json!({"a": "merged", "b": "own"})),
        ("the string <<, as kyaml writes it", "{a: !!merge <<, b: <<, c: '<<'}", json!({"a": "<<", "b": "<<", "c": "<<"})),
        ("U+2028 as kyaml writes it", "\n    a: 'b\u{2028}    c'", json!({"a": "b\u{2028}c"})),
        (
            "U+2029 between other line breaks",
            "\n    a: 'b \u{2029}\n      \u{2028}\n      c\n      d'",
            json!({"a": "b\u{2029}\n\u{2028}\nc d"}),
        ),
        ("a non-specific tag", "{a: ! x, b: ! 'y'}", json!({"a": "x", "b": "y"})),
        ("a tag of YAML's own", "{a: !!str 014, b: !!str true}", json!({"a": "014", "b": "true"})),
        ("octals, as numbers", "{a: 014, b: 0o14}", json!({"a": 12, "b": 12})),
        ("underscores in a number", "{a: 1_000}", json!({"a": 1000})),
        ("a date", "{a: 2001-1-2}", json!({"a": "2001-01-02T00:00:00Z"})),
        ("words that YAML 1.1 takes for booleans", "{a: yes, b: off}", json!({"a": "yes", "b": "off"})),
        ("U+2008 at the end of a scalar", "\n    a: b\u{2008}", json!({"a": "b\u{2008}"})),
    ]
}

fn manifests(annotations: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: cart\n  annotations: {annotations}\nspec: {{ports: [{{name: http, port: 80}}], \
         selector: {{app: cart}}}}\n---\napiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {{name: cart}}\n\
         spec: {{serviceName: cart}}\n"
    )
}

fn annotations(objects: &[Json]) -> &Json {
    &objects[0]["metadata"]["annotations"]
}

#[test]
fn what_an_object_says_is_what_is_written_of_it() {
    let mut kyaml = Kyaml::start();
    for (name, text, wanted) in cases() {
        let input = manifests(text);
        assert_eq!(annotations(&ours(&input).unwrap()), &wanted, "{name}");
        let rendered = run(&["render", "-"], input.as_bytes(), 512);
        assert_eq!(rendered.code, Some(0), "{name}: {}", rendered.stderr);
        let output = String::from_utf8(rendered.stdout).unwrap();
        assert_eq!(annotations(&ours(&output).unwrap()), &wanted, "{name}, written:\n{output}");
        for text in [&input, &output] {
            match kyaml.as_mut().map(|kyaml| kyaml.read(text)) {
                Some(Answer::Objects { read, .. }) => assert_eq!(annotations(&read), &wanted, "{name}, to kyaml:\n{text}"),
                Some(Answer::Refused(why)) => panic!("{name}: {why}"),
                None => {}
            }
        }
    }
}

#[test]
fn a_block_scalar_without_a_line_break_at_the_end_gains_none() {
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  key: |\n    abc";
    let rendered = run(&["render", "-"], format!("{}---\n{config}", manifests("{}")).as_bytes(), 512);
    let output = String::from_utf8(rendered.stdout).unwrap();
    let objects = ours(&output).unwrap();
    assert_eq!(objects.last().unwrap()["data"]["key"], "abc", "{output}");
}

#[test]
fn what_kustomize_reads_otherwise_is_refused() {
    for (name, annotations, why) in [
        ("a key that stands twice", "{a: b, a: c}", "stands twice"),
        ("a quoted merge key, which kyaml drops", "{'<<': {a: b}}", "<<"),
        ("a merge of what is no mapping", "\n    <<: text", "<<"),
        ("an alias inside of its own anchor", "{a: &x [*x]}", "anchor"),
        ("an indicator of YAML 1.1", "{a: ?b}", "indicator"),
        ("a colon without a blank", "{a: {b:}}", "colon"),
        ("a line break of YAML 1.1", "\n    a: b\u{85}c", "U+0085"),
        ("a line break of YAML 1.1 before the next key", "\n    a: |\n      b\u{2028}c", "U+2028"),
        ("binary data", "{a: !!binary aGk=}", "!!binary"),
        ("a collection with the tag of a string", "{a: !!str [b]}", "!!str"),
        ("a date as a key", "{2001-01-01: a}", "no string"),
        ("a number with a fraction as a key", "{1.5: a}", "no string"),
    ] {
        let rendered = run(&["render", "-"], manifests(annotations).as_bytes(), 512);
        assert_eq!(rendered.code, Some(1), "{name}");
        assert!(rendered.stderr.starts_with("error PS001") && rendered.stderr.contains(why), "{name}: {}", rendered.stderr);
        assert!(rendered.stdout.is_empty(), "{name}");
    }
}

#[test]
fn an_alias_whose_anchor_stands_in_an_object_that_changes_is_refused() {
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n\
        - {apiVersion: v1, kind: Service, metadata: {name: cart, labels: &l {app: cart}}, spec: {ports: [{name: http, port: 80}], selector: {app: cart}}}\n\
        - {apiVersion: v1, kind: ConfigMap, metadata: {name: other, labels: *l}}\n\
        - {apiVersion: msvcbench.io/v1alpha1, kind: ProxyService, metadata: {name: cart}, spec: {serviceName: cart}}\n";
    let ran = run(&[], list.as_bytes(), 512);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("anchor in another object"), "{}", ran.stderr);
}
