//! Long names, hosts, labels and values: findings quote them cut, pictures draw them cut.

use crate::kit::run;

const LONG: usize = 100_000;

/// Places of a name in manifests: each document has it once or more.
const PLACES: [(&str, &str); 12] = [
    (
        "name of a Service",
        "apiVersion: v1\nkind: Service\nmetadata: {name: LONG}\nspec: {ports: [{port: eighty}], selector: {app: a}}\n",
    ),
    (
        "namespace",
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a, namespace: LONG}\nspec: {hosts: [a], http: [{route: [{destination: {host: b}}]}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: LONG}\nspec: {ports: [{port: 80}], selector: {app: a}}\n",
    ),
    (
        "host",
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec: {hosts: [a], http: [{route: [{destination: {host: LONG}}]}]}\n",
    ),
    (
        "host with dots",
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec: {hosts: [a], http: [{route: [{destination: {host: a.LONG}}]}]}\n",
    ),
    (
        "subset",
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec: {hosts: [a], http: [{route: [{destination: {host: cart, subset: LONG}}]}]}\n",
    ),
    (
        "label of a selector",
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}], selector: {app: LONG}}\n",
    ),
    (
        "named port",
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80, targetPort: LONG}], selector: {app: pods}}\n",
    ),
    (
        "account",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {metadata: {labels: {app: pods}}, spec: {serviceAccountName: LONG, containers: [{name: a}]}}}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: b}\n",
    ),
    ("kind", "apiVersion: v1\nkind: LONG\nmetadata: {}\n"),
    (
        "what a ProxyService asks for",
        "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: a}\nspec: {serviceName: LONG}\n",
    ),
    (
        "an unknown field",
        "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: a}\nspec: {serviceName: cart, unknown: LONG}\n",
    ),
    (
        "a value that is none of the known",
        "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: a}\nspec: {serviceName: cart, loadBalancer: LONG}\n",
    ),
];

const BESIDE: &str = "---\napiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{name: http, port: 80}], selector: {app: cart}}\n\
    ---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other}\nspec: {template: {metadata: {labels: {app: pods}}, spec: {containers: [{name: a}]}}}\n";

#[test]
fn whatever_a_finding_quotes_its_line_stays_short() {
    for (name, document) in PLACES {
        for (style, word) in
            [("letters", "a".repeat(LONG)), ("words", "\"ab cd \"".replace("ab cd ", &"ab cd ".repeat(LONG / 6)))]
        {
            let input = document.replace("LONG", &word) + BESIDE;
            let mut found = 0;
            for arguments in [
                &["render", "-"][..],
                &["validate", "-"],
                &["validate", "--format", "sarif", "-"],
                &["validate", "--format", "json", "-"],
            ] {
                let ended = run(arguments, input.as_bytes(), 512);
                assert!(matches!(ended.code, Some(0..=2)), "{name}, {style}, {arguments:?}: {:.300}", ended.stderr);
                let report = if arguments[0] == "validate" { String::from_utf8(ended.stdout).unwrap() } else { String::new() };
                for line in ended.stderr.lines().chain(report.lines()) {
                    found += usize::from(line.contains("PS"));
                    assert!(line.len() < 12_000, "{name}, {style}, {arguments:?}: {} bytes: {line:.300}", line.len());
                }
            }
            assert!(found > 0, "{name}, {style}: no finding quotes it");
        }
    }
}

#[test]
fn long_names_are_cut_in_pictures_and_whole_in_their_titles() {
    let name = format!("{}end", "a-long-name-".repeat(3_000));
    let service = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{ports: [{{name: http, port: 80}}], selector: {{app: a}}}}\n"
    );
    for (format, title) in [
        ("mermaid", None),
        ("dot", Some(format!("tooltip=\"{name}\""))),
        ("svg", Some(format!("<title>Service {name}\n"))),
        ("html", Some(format!("<code title=\"{name}\">"))),
    ] {
        let ended = run(&["graph", "--all", "--format", format, "-"], service.as_bytes(), 256);
        assert_eq!(ended.code, Some(0), "{format}: {:.300}", ended.stderr);
        let picture = String::from_utf8(ended.stdout).unwrap();
        let shown = title.map_or(picture.clone(), |title| {
            assert!(picture.contains(&title), "{format} has no title with the whole name");
            picture.replace(&name, "")
        });
        assert!(!shown.contains(&name), "{format} shows all of the name");
        assert!(shown.contains('…') && shown.contains("end"), "{format} shows nothing of the name: {shown:.600}");
        assert!(shown.lines().all(|line| line.len() < 4_000), "{format}");
    }
}
