//! What a person or a pipeline meets: inputs, exit codes, places.

use super::program::{checkout, findings, text, validate};
use std::fs;
use std::process::{Command, Stdio};

const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{port: 80}], selector: {app: cart}}\n";
const FAULTY: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{port: 80}]}\n---\n# routes\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: cart\nspec:\n  hosts: [cart]\n  http:\n  - route:\n    - destination:\n        host: cart\n        port:\n          number: 81\n";
const DOUBTFUL: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{port: 80}]}\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec: {defaultBackend: {service: {name: crat, port: {number: 80}}}}\n";

#[test]
fn exit_0_fine_1_errors_2_trouble() {
    for (input, arguments, code) in [
        (SERVICE, &[][..], 0),
        (SERVICE, &["-"], 0),
        (FAULTY, &["-"], 1),
        (DOUBTFUL, &["-"], 0),
        (DOUBTFUL, &["--strict", "-"], 1),
        (SERVICE, &["no-such-file.yaml"], 2),
        (SERVICE, &["--format", "csv", "-"], 2),
        (SERVICE, &["-o", "no-such-folder/report", "-"], 2),
        (FAULTY, &["-o", "no-such-folder/report", "-"], 2),
    ] {
        let output = validate(arguments, input);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.stdout.is_empty(), code == 2, "{arguments:?}: a report, or none");
        assert!(code != 2 || !output.stderr.is_empty(), "{arguments:?} says nothing");
    }
}

#[test]
fn an_empty_input_is_an_error_because_it_would_delete_everything() {
    for input in ["", "\n", "# nothing\n", "---\n---\n", "apiVersion: v1\nkind: List\nitems: []\n"] {
        let output = validate(&["-"], input);
        assert_eq!(output.status.code(), Some(1), "{input:?}");
        assert!(text(&output.stdout).starts_with("error PS009: there are no objects"), "{}", text(&output.stdout));
    }
}

#[test]
fn what_is_no_manifest_is_told_alone() {
    // The Service may stand where the YAML is broken.
    let output = validate(&["-"], &format!("{}---\na: [\n", FAULTY.split_once("---\n").unwrap().1));
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(said.starts_with("error PS001") && said.lines().count() == 2, "{said}");
}

#[test]
fn the_first_line_tells_that_the_function_did_not_run() {
    let left = "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: cart}\nspec: {serviceName: cart}\n";
    let output = validate(&[], &format!("{FAULTY}---\n{left}"));
    let said = text(&output.stdout);
    let first = said.lines().next().unwrap();
    assert!(first.starts_with("error PS100 cart ProxyService"), "{said}");
    assert!(first.contains("the function did not run") && first.contains("--enable-exec"), "{first}");
}

#[test]
fn files_and_folders_are_read_and_kustomizations_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    fs::write(folder.path().join("service.yaml"), SERVICE).unwrap();
    fs::write(folder.path().join("kustomization.yaml"), "kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\n")
        .unwrap();
    fs::write(inner.join("faulty.yaml"), FAULTY).unwrap();
    let path = folder.path().to_str().unwrap();
    let flat = validate(&[path], "");
    assert_eq!((flat.status.code(), text(&flat.stdout)), (Some(0), "1 object, 0 interceptions: 0 errors, 0 warnings\n".into()));
    let deep = validate(&["-R", path], "");
    let said = text(&deep.stdout);
    assert_eq!(deep.status.code(), Some(1));
    assert!(said.contains("PS102") && said.contains("inner/faulty.yaml:18)"), "{said}");
    // The Service stands in both files.
    assert!(
        said.contains(&format!(
            "PS008 cart Service metadata.name: the manifests have this Service already ({path}/inner/faulty.yaml:1)"
        )),
        "{said}"
    );
}

#[test]
fn a_field_is_found_in_documents_lists_and_json() {
    let line = |input: &str| findings(input).iter().find(|found| found.code == "PS102").map(|found| found.line);
    assert_eq!(line(FAULTY), Some(18));
    let windows = FAULTY.replace('\n', "\r\n");
    assert_eq!(line(&windows), Some(18));
    let items: String =
        FAULTY.split("---\n").map(|document| format!("- {}", document.trim_end().replace('\n', "\n  ") + "\n")).collect();
    let items = items.replace("- # routes\n  api", "- api");
    assert_eq!(line(&format!("kind: List\napiVersion: v1\nitems:\n{items}")), Some(2 + 18 - 1));
    let json = "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"cart\"}, \"spec\": {\"ports\": [{\"port\": 80}]}},\n{\"apiVersion\": \"networking.istio.io/v1\", \"kind\": \"VirtualService\", \"metadata\": {\"name\": \"cart\"},\n\"spec\": {\"http\": [{\"route\": [{\"destination\":\n{\"host\": \"cart\", \"port\": {\"number\": 81}}}]}]}}]}\n";
    assert_eq!(line(json), Some(5));
}

#[test]
fn an_output_file_is_replaced_as_a_whole_and_the_findings_are_on_stderr() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.xml");
    let output = validate(&["--format", "junit", "-o", file.to_str().unwrap(), "-"], FAULTY);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(text(&output.stderr).starts_with("error PS102"), "{}", text(&output.stderr));
    assert!(fs::read_to_string(&file).unwrap().starts_with("<?xml"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing temporary stays");
}

#[test]
fn a_closed_pipe_is_trouble_and_not_an_answer() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxy-service"));
    command.args(["validate", "kustomization-examples/quickstart/expected/build.yaml"]).current_dir(checkout());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(2));
}

#[test]
fn a_pool_that_nobody_is_sent_to_is_prepared_and_no_fault() {
    let good = fs::read_to_string(checkout().join("kustomization-examples/quickstart/expected/build.yaml")).unwrap();
    let front = "  - name: http\n    port: 80\n    targetPort: 10080\n  selector:\n    msvcbench.io/front: hello\n";
    assert!(good.contains(front));
    let prepared = good.replacen(front, "  - name: http\n    port: 80\n    targetPort: http\n  selector:\n    app: hello\n", 1);
    let output = validate(&["-"], &prepared);
    let said = text(&output.stdout);
    assert!(
        said.ends_with("11 objects, 0 interceptions and 1 prepared: 0 errors, 1 warning\n") && said.contains("PS119"),
        "{said}"
    );
}

#[test]
fn other_namespaces_and_hosts_outside_are_not_judged() {
    let routes = |host: &str| {
        format!(
            "{SERVICE}---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: cart}}\nspec: {{hosts: [cart], http: [{{route: [{{destination: {{host: {host}}}}}]}}]}}\n"
        )
    };
    for host in
        ["cart", "mail.other.svc.cluster.local", "api.example.com", "mail.other", "\"*.example.com\"", "\"\"", "mail.other.svc"]
    {
        assert_eq!(findings(&routes(host)), [], "{host}");
    }
    assert_eq!(findings(&routes("mail")).len(), 1);
    let entry = "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: mail}\nspec: {hosts: [mail]}\n";
    assert_eq!(findings(&(routes("mail") + entry)), []);
    // An operator makes Services of its own resources.
    let made = "---\napiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: mail}\n";
    assert_eq!(findings(&(routes("mail-rw") + made)), []);
}
