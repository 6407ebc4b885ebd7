//! What a person at a shell meets: exit codes, files, full disks and closed pipes.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{name: http, port: 80}], selector: {app: cart}}\n";
const PROXY_SERVICE: &str =
    "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: cart}\nspec: {serviceName: cart}\n";

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_proxy-service"))
}

fn with_input(command: &mut Command, input: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn list(documents: &[&str]) -> String {
    let items: String =
        documents.iter().map(|document| format!("- {}", document.trim_end().replace('\n', "\n  ") + "\n")).collect();
    format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{items}")
}

fn items(resource_list: &[u8]) -> Vec<serde_yaml::Value> {
    let list: serde_yaml::Value = serde_yaml::from_slice(resource_list).unwrap();
    list["items"].as_sequence().unwrap().clone()
}

fn documents(stream: &[u8]) -> Vec<serde_yaml::Value> {
    use serde::Deserialize;
    serde_yaml::Deserializer::from_slice(stream).map(|document| serde_yaml::Value::deserialize(document).unwrap()).collect()
}

#[test]
fn wrong_usage_exits_2_and_writes_nothing_to_stdout() {
    for arguments in [&["render"][..], &["render", "--no-such-option", "-"], &["no-such-command"], &["schema", "Service"]] {
        let output = with_input(program().args(arguments), "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn an_empty_input_is_an_error_because_an_empty_output_would_delete_everything() {
    for input in ["", "\n", "# nothing\n"] {
        for arguments in [&[][..], &["render", "-"]] {
            let output = with_input(program().args(arguments), input);
            assert_eq!(output.status.code(), Some(1), "{arguments:?} {input:?}");
            assert!(stderr(&output).starts_with("error PS00"), "{}", stderr(&output));
        }
    }
}

#[test]
fn render_gives_what_the_function_gives() {
    let function = with_input(&mut program(), &list(&[SERVICE, PROXY_SERVICE]));
    let render = with_input(program().args(["render", "-"]), &format!("{SERVICE}---\n{PROXY_SERVICE}"));
    assert_eq!(items(&function.stdout), documents(&render.stdout));
    assert_eq!(items(&function.stdout).len(), 10);
}

#[test]
fn a_resource_list_can_be_rendered_too() {
    let render = with_input(program().args(["render", "-"]), &list(&[SERVICE, PROXY_SERVICE]));
    assert_eq!(documents(&render.stdout).len(), 10, "{}", stderr(&render));
}

#[test]
fn every_unreadable_path_is_named() {
    let output = program().args(["render", "no-such-file.yaml", "no-such-folder/"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("\"no-such-file.yaml\" could not be read"), "{}", stderr(&output));
    assert!(stderr(&output).contains("\"no-such-folder/\" could not be read"), "{}", stderr(&output));
}

#[test]
fn an_output_file_is_replaced_as_a_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rendered.yaml");
    let render = |input: &str| with_input(program().args(["render", "-", "-o"]).arg(&file), input);

    assert_eq!(render(&format!("{SERVICE}---\n{PROXY_SERVICE}")).status.code(), Some(0));
    let first = fs::read_to_string(&file).unwrap();
    assert!(first.contains("kind: VirtualService"));

    assert_eq!(render(PROXY_SERVICE).status.code(), Some(1));
    assert_eq!(fs::read_to_string(&file).unwrap(), first, "an error must leave the old file");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing temporary stays");

    let output = with_input(program().args(["render", "-", "-o", "no-such-folder/out.yaml"]), SERVICE);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("\"no-such-folder/out.yaml\" could not be written"), "{}", stderr(&output));
}

#[test]
fn folders_are_looked_into_only_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    fs::write(inner.join("service.yaml"), SERVICE).unwrap();

    let flat = program().arg("render").arg(folder.path()).output().unwrap();
    assert_eq!(flat.status.code(), Some(1));
    assert!(stderr(&flat).contains("use -R"), "{}", stderr(&flat));
    let deep = program().args(["render", "-R"]).arg(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8(deep.stdout).unwrap(), SERVICE);
}

#[test]
fn a_kustomization_without_kustomize_on_path_says_what_to_install() {
    let output = program().args(["render", "-k", "."]).env("PATH", "").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("neither kustomize nor kubectl is on PATH"), "{}", stderr(&output));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    if !Path::new("/dev/full").exists() {
        panic!("/dev/full is missing: a full disk cannot be tried here");
    }
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut child = program().stdin(Stdio::piped()).stdout(Stdio::from(full)).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(list(&[SERVICE]).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("the output could not be written to stdout"), "{}", stderr(&output));
}

#[test]
fn a_closed_pipe_is_an_error_because_half_a_list_would_delete_the_rest() {
    let mut child = program().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(list(&[SERVICE]).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("the output could not be written to stdout"), "{}", stderr(&output));
}

#[test]
fn deep_nesting_and_alias_bombs_are_findings() {
    let deep = format!("apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec: {}\n", "[".repeat(10_000));
    let bomb: String = (1..40).map(|level| format!("a{level}: &a{level} [*a{p}, *a{p}, *a{p}]\n", p = level - 1)).collect();
    let bomb = format!("{PROXY_SERVICE}a0: &a0 [x]\n{bomb}");
    for input in [deep, bomb] {
        let output = with_input(program().args(["render", "-"]), &input);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(stderr(&output).starts_with("error PS001"), "{}", stderr(&output));
    }
}
