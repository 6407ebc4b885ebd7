//! The real binary.

use std::io::Write;
use std::process::{Command, Stdio};

/// What `render` made of manifests.
#[derive(Debug, Default, Clone)]
pub struct Rendered {
    pub output: String,
    /// The findings as they were written, first word and code in front.
    pub findings: Vec<Finding>,
}

/// A line of stderr.
#[derive(Debug, Clone)]
pub struct Finding {
    pub code: String,
    pub is_error: bool,
    pub text: String,
}

impl Rendered {
    /// Whether nothing was rendered.
    pub fn refused(&self) -> bool {
        self.findings.iter().any(|finding| finding.is_error)
    }

    /// Codes of the errors, or of the warnings.
    pub fn codes(&self, errors: bool) -> Vec<String> {
        let mut codes: Vec<String> =
            self.findings.iter().filter(|finding| finding.is_error == errors).map(|finding| finding.code.clone()).collect();
        codes.sort();
        codes.dedup();
        codes
    }
}

/// Renders many, two at a time.
pub fn all(inputs: &[String]) -> Vec<Rendered> {
    let (first, second) = inputs.split_at(inputs.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| second.iter().map(|input| one(input)).collect::<Vec<_>>());
        let mut rendered: Vec<Rendered> = first.iter().map(|input| one(input)).collect();
        rendered.extend(other.join().expect("it does not panic"));
        rendered
    })
}

fn one(input: &str) -> Rendered {
    let mut child = Command::new(env!("CARGO_BIN_EXE_proxy-service"))
        .args(["render", "-"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    // The whole of stdin is read before anything is written.
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("the binary reads stdin");
    let output = child.wait_with_output().expect("it was started");
    let (stdout, stderr) =
        (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned());
    let findings: Vec<Finding> = stderr.lines().filter_map(finding).collect();
    let refused = findings.iter().any(|finding| finding.is_error);
    assert_eq!(output.status.code(), Some(i32::from(refused)), "{stderr}\n{input}");
    Rendered { output: stdout, findings }
}

fn finding(line: &str) -> Option<Finding> {
    let (severity, text) = line.split_once(' ')?;
    let is_error = match severity {
        "error" => true,
        "warning" => false,
        _ => return None,
    };
    Some(Finding { code: text.split(' ').next()?.to_owned(), is_error, text: line.to_owned() })
}
