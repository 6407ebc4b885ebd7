//! The program, run with limits of time and memory, and the smallest inputs that intercept something.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Much for what any of these inputs is worth, in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// How a run ended.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

/// Runs the program with so many MiB of address space.
pub fn run(arguments: &[&str], input: &[u8], mebibytes: usize) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    std::fs::File::create(file("in")).unwrap().write_all(input).unwrap();
    let limited = format!("ulimit -v {} && exec \"$0\" \"$@\"", mebibytes * 1024);
    let mut child = Command::new("sh")
        .args(["-c", &limited, env!("CARGO_BIN_EXE_proxy-service")])
        .args(arguments)
        .stdin(Stdio::from(std::fs::File::open(file("in")).unwrap()))
        .stdout(Stdio::from(std::fs::File::create(file("out")).unwrap()))
        .stderr(Stdio::from(std::fs::File::create(file("err")).unwrap()))
        .spawn()
        .unwrap();
    let started = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if started.elapsed() > PATIENCE => {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("did not end within {} s", PATIENCE.as_secs());
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let read = |name: &str| std::fs::read(file(name)).unwrap();
    Ended { code: status.code(), stdout: read("out"), stderr: String::from_utf8_lossy(&read("err")).into_owned() }
}

/// What may come of any input: an answer, or a refusal that says why.
pub fn decent(name: &str, arguments: &[&str], input: &[u8], mebibytes: usize) -> Ended {
    let ended = run(arguments, input, mebibytes);
    let told: String = ended.stderr.chars().take(400).collect();
    assert!(matches!(ended.code, Some(0 | 1)), "{name} {arguments:?}: {:?}: {told}", ended.code);
    assert!(!ended.stderr.contains("panicked"), "{name} {arguments:?}: {told}");
    if ended.code == Some(1) {
        assert!(ended.stderr.starts_with("error PS"), "{name} {arguments:?}: {told}");
        assert!(arguments.is_empty() || ended.stdout.is_empty(), "{name}: render writes in spite of an error");
    } else {
        assert!(!ended.stdout.is_empty(), "{name} {arguments:?}: success and no output");
    }
    ended
}

pub const HEAD: &str = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n";
pub const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{name: http, port: 80}], selector: {app: cart}}\n";
pub const REQUEST: &str =
    "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: cart}\nspec: {serviceName: cart}\n";

pub fn list(documents: &[&str]) -> String {
    let items: String = documents.iter().map(|document| format!("- {}\n", document.trim_end().replace('\n', "\n  "))).collect();
    format!("{HEAD}{items}")
}

/// As an item of a list and as a document, alone and beside an interception.
pub fn everywhere(name: &str, document: &str, mebibytes: usize) {
    decent(name, &[], list(&[document, SERVICE, REQUEST]).as_bytes(), mebibytes);
    decent(name, &["render", "-"], format!("{document}\n---\n{SERVICE}---\n{REQUEST}").as_bytes(), mebibytes);
}

pub fn service(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata: {{name: cart}}\nspec: {spec}\n")
}
