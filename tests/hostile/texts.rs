//! Strange texts: bounded time and memory, a finding or an untouched list, never a panic.

use crate::kit::{HEAD, REQUEST, SERVICE, decent, everywhere, list, service};

#[test]
fn strange_texts() {
    let map = |body: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: odd}}\n{body}\n");
    let cases = [
        ("duplicate key", map("data: {a: b}\ndata: {c: d}")),
        ("duplicate kind", map("kind: Service")),
        ("merge key", map("base: &b {x: y}\ndata:\n  <<: *b")),
        ("tag", map("data: !mine {a: !!binary aGk=}")),
        ("tag on the object", format!("!object\n{}", map(""))),
        ("anchor on the object", format!("&object\n{}", map(""))),
        ("key that is a number", map("1: {2: 3}")),
        ("key that is a mapping", map("? {a: b}\n: c")),
        ("key that is a null", map("~: c")),
        ("NUL", map("data: {a: \"\0\"}")),
        ("NUL outside of quotes", map("data: {a: b\0c}")),
        ("control characters", map("data: {a: \"\u{1}\u{7f}\u{9b}\"}")),
        ("carriage returns", map("data: {a: b}").replace('\n', "\r\n")),
        ("lone carriage returns", map("data: {a: b}").replace('\n', "\r")),
        ("byte order mark", format!("\u{feff}{}", map(""))),
        ("two byte order marks", format!("\u{feff}\u{feff}{}", map(""))),
        ("byte order mark inside", map("data: {a: \u{feff}b}\n\u{feff}c: d")),
        ("line separators", map("data: {a: b\u{2028}c\u{2029}d\u{85}e}")),
        ("line separators in a key", map("\u{2028}a: b\nc\u{85}d: e")),
        ("a line separator before a dash", format!("\u{85}- {}", map(""))),
        ("line separators in a block scalar", map("data:\n  a: |\n    b\u{2028}c\n    d\u{85}\n  e: f")),
        ("tabs", map("data:\n\ta: b")),
        ("a scalar", "just text".into()),
        ("a sequence", "[1, 2]".into()),
        ("a number", "42".into()),
        ("an alias without anchor", map("data: *nothing")),
        ("an anchor of itself", map("data: &a [*a]")),
        ("a directive", format!("%YAML 1.1\n---\n{}", map(""))),
        ("an unknown directive", format!("%FOO bar\n---\n{}", map(""))),
        ("unclosed", map("data: {a: [\"b")),
        ("name that is no label", "apiVersion: v1\nkind: Service\nmetadata: {name: \"../../etc: \\n- x\"}\n".into()),
        ("name that is a number", "apiVersion: v1\nkind: Service\nmetadata: {name: 1e999999}\n".into()),
        ("name that is a mapping", "apiVersion: v1\nkind: Service\nmetadata: {name: {a: b}}\n".into()),
        ("metadata that is a text", "apiVersion: v1\nkind: Service\nmetadata: name\n".into()),
        ("kind that is a list", "apiVersion: v1\nkind: [Service]\nmetadata: {name: a}\n".into()),
        (
            "a list in a list",
            format!("apiVersion: v1\nkind: List\nmetadata: {{name: a}}\nitems:\n- {}", SERVICE.replace('\n', "\n  ")),
        ),
        ("a ResourceList in a list", list(&[SERVICE, REQUEST])),
    ];
    for (name, document) in cases {
        everywhere(name, &document, 512);
        decent(name, &[], document.as_bytes(), 512);
        decent(name, &[], format!("{}{document}", list(&[SERVICE, REQUEST])).as_bytes(), 512);
    }
}

#[test]
fn strange_services_and_requests() {
    let specs = [
        "{ports: [{name: http, port: 99999999999999999999999}], selector: {app: cart}}",
        "{ports: [{name: http, port: -1}], selector: {app: cart}}",
        "{ports: [{name: http, port: 65536}], selector: {app: cart}}",
        "{ports: [{name: http, port: 8e1}], selector: {app: cart}}",
        "{ports: [{name: http, port: .nan}], selector: {app: cart}}",
        "{ports: [{name: http, port: 0}], selector: {app: cart}}",
        "{ports: [{name: {a: b}, port: 80}], selector: {app: cart}}",
        "{ports: {name: http, port: 80}, selector: {app: cart}}",
        "{ports: [80], selector: {app: cart}}",
        "{ports: [~], selector: [app, cart]}",
        "{ports: [{name: http, port: 80, targetPort: .inf, 1: 2}], selector: {1: 2}}",
        "{ports: [{name: http, port: 80, x: !t y}], selector: {app: cart}, 18446744073709551616: -9223372036854775809}",
        "!s {ports: [{name: http, port: 80}], selector: {app: cart}}",
        "[]",
        "",
    ];
    for spec in specs {
        let service = service(spec);
        decent(spec, &[], list(&[&service, REQUEST]).as_bytes(), 512);
        decent(spec, &["render", "-"], format!("{service}---\n{REQUEST}").as_bytes(), 512);
        // The same in flow style, which is written otherwise.
        let flow = format!(
            "{{apiVersion: config.kubernetes.io/v1, kind: ResourceList, items: [{{apiVersion: v1, kind: Service, metadata: {{name: cart}}, \
             spec: {spec}, ? [a] : b, 1: !t x}}, {{apiVersion: msvcbench.io/v1alpha1, kind: ProxyService, metadata: {{name: cart}}, spec: {{serviceName: cart}}}}]}}\n"
        );
        decent(spec, &[], flow.as_bytes(), 512);
    }
    for fields in [
        "serviceName: \"a\\0b\"",
        "serviceName: 1.5",
        "serviceName: cart, port: 99999999999999999999",
        "serviceName: cart, autoscaling: {minReplicas: 1e400}",
        "serviceName: cart, 1: 2",
        "<<: {serviceName: cart}",
        "serviceName: !t cart",
        "serviceName: ~",
    ] {
        let request =
            format!("apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {{name: cart}}\nspec: {{{fields}}}\n");
        decent(fields, &[], list(&[SERVICE, &request]).as_bytes(), 512);
    }
}

#[test]
fn strange_lists() {
    let member = format!("- {}", SERVICE.trim_end().replace('\n', "\n  "));
    for text in [
        format!("{HEAD}{member}\nitems: []\n"),
        format!("{HEAD}{member}\n'items':\n{member}\n"),
        format!("{HEAD}{member}\nkind: List\n"),
        format!("{HEAD}{member}\nfunctionConfig: [1]\n"),
        format!("{HEAD}{member}\nfunctionConfig: {{<<: 1}}\n"),
        format!("{HEAD}{member}\nresults: &a [*a]\n"),
        format!("{HEAD}{member}\n...\nmore\n"),
        format!("{HEAD}{member}\n---\n{HEAD}{member}\n"),
        format!("{HEAD}- &a {{}}\n- *a\n"),
        format!("{HEAD}- - - {{}}\n"),
        format!("{HEAD}  text\n"),
        "{\"apiVersion\": \"config.kubernetes.io/v1\", \"kind\": \"ResourceList\", \"items\": [], \"items\": []}".into(),
        "{\"apiVersion\": \"config.kubernetes.io/v1\", \"kind\": \"ResourceList\", \"items\": {}}".into(),
        "{\"apiVersion\": \"config.kubernetes.io/v1\", \"kind\": \"ResourceList\", \"items\": [\"\\ud800\"]}".into(),
    ] {
        decent(&text, &[], text.as_bytes(), 512);
        decent(&text, &["render", "-"], text.as_bytes(), 512);
    }
    for bytes in [&b"\xff\xfe"[..], b"apiVersion: \xc3\x28", b"\x00", b"\xef\xbb\xbf", b"a: \xed\xa0\x80"] {
        decent("bytes", &[], bytes, 512);
        decent("bytes", &["render", "-"], bytes, 512);
    }
}

#[test]
fn depth() {
    let map = |data: String| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: deep}}\ndata: {data}\n");
    for depth in [200, 10_000] {
        everywhere("flow sequences", &map("[".repeat(depth)), 1024);
        everywhere("closed flow sequences", &map(format!("{}{}", "[".repeat(depth), "]".repeat(depth))), 1024);
        everywhere("flow mappings", &map("{a: ".repeat(depth)), 1024);
        everywhere("block sequences", &map(format!("\n{}x", "- ".repeat(depth))), 1024);
        decent("the list itself", &[], format!("{HEAD}{}x\n", "- ".repeat(depth)).as_bytes(), 1024);
        decent("a key of the list", &[], format!("{HEAD}- {{}}\nresults: {}\n", "[".repeat(depth)).as_bytes(), 1024);
    }
    let steps: String = (0..1500).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    everywhere("block mappings", &map(format!("\n{steps}").replace('\n', "\n  ")), 1024);
    let lists = (0..300).fold(String::new(), |inner, _| format!("{{apiVersion: v1, kind: List, items: [{inner}]}}"));
    everywhere("lists in lists", &lists, 1024);
}

#[test]
fn aliases_that_grow() {
    let nested: String = (1..40).map(|level| format!("a{level}: &a{level} [*a{p}, *a{p}, *a{p}]\n", p = level - 1)).collect();
    let long = format!("a: &a {}\nb:\n{}", "x".repeat(1_000_000), "- *a\n".repeat(100_000));
    for bomb in [format!("a0: &a0 [x]\n{nested}"), long] {
        for target in [SERVICE, REQUEST] {
            let bomb = format!("{target}{bomb}");
            let other = if target == SERVICE { REQUEST } else { SERVICE };
            decent("bomb", &[], list(&[&bomb, other]).as_bytes(), 512);
            let ended = decent("bomb", &["render", "-"], format!("{bomb}---\n{other}").as_bytes(), 512);
            assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        }
    }
    // Aliases from item to item: text alone would mean something else.
    let text = format!(
        "{HEAD}- {{apiVersion: v1, kind: A, metadata: {{name: a}}, x: &x [1]}}\n- {{apiVersion: v1, kind: A, metadata: {{name: b}}, x: *x}}\n"
    );
    decent("across", &[], text.as_bytes(), 512);
}

#[test]
fn size() {
    const MEBIBYTE: usize = 1 << 20;
    let map = |data: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: big\ndata:\n  a: {data}\n");
    let hundred = "x".repeat(100 * MEBIBYTE);
    decent("100 MB in one scalar", &[], list(&[&map(&hundred), SERVICE, REQUEST]).as_bytes(), 1500);
    let quoted = format!("\"{}\"", "x".repeat(10 * MEBIBYTE));
    everywhere("10 MB in quotes", &map(&quoted), 1500);
    everywhere("10 MB in a line", &map(&"a b: ".repeat(2 * MEBIBYTE)), 1500);
    let request = format!(
        "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {{name: cart}}\nspec: {{serviceName: cart, {}: 1}}\n",
        "x".repeat(MEBIBYTE)
    );
    decent("1 MB in a field's name", &[], list(&[SERVICE, &request]).as_bytes(), 1500);
    let request = format!(
        "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {{name: cart}}\nspec: {{serviceName: {}}}\n",
        "x".repeat(MEBIBYTE)
    );
    decent("1 MB in a name", &[], list(&[SERVICE, &request]).as_bytes(), 1500);
}

#[test]
fn number() {
    let documents = "---\n[\n".repeat(20_000);
    decent("documents that are no YAML", &["render", "-"], documents.as_bytes(), 1024);
    let json: Vec<String> = (0..20_000)
        .map(|n| format!("{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"name\":\"é{n}\"}}}}"))
        .collect();
    let json = format!("{{\"apiVersion\":\"config.kubernetes.io/v1\",\"kind\":\"ResourceList\",\"items\":[{}]}}", json.join(","));
    decent("members in flow style", &[], json.as_bytes(), 1024);
    let unsure: String =
        (0..10_000).map(|n| format!("- &a{n}\n  apiVersion: v1\n  kind: A\n  metadata: {{name: a{n}}}\n")).collect();
    decent("members with anchors", &[], format!("{HEAD}{unsure}").as_bytes(), 1024);
    let requests: String = (0..500).map(|n| format!("- apiVersion: msvcbench.io/v1alpha1\n  kind: ProxyService\n  metadata: {{name: a{n}}}\n  spec: {{serviceName: nothing-{n}}}\n")).collect();
    let services: String = (0..5000)
        .map(|n| format!("- {}", SERVICE.replace("cart", &format!("something-{n}")).trim_end().replace('\n', "\n  ") + "\n"))
        .collect();
    let ended = decent("requests for nothing", &[], format!("{HEAD}{services}{requests}").as_bytes(), 1024);
    assert_eq!(ended.stderr.lines().filter(|line| line.starts_with("error PS010")).count(), 500);
    let keys: String = (0..10_000).map(|n| format!("    k{n}: v\n")).collect();
    let fields = format!("{REQUEST}  \n").replace("spec: {serviceName: cart}", "spec:\n    serviceName: cart") + &keys;
    decent("unknown fields", &[], format!("{HEAD}- {}", fields.replace('\n', "\n  ")).as_bytes(), 1024);
}
