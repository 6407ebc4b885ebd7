//! mesh-judge, for many cases at a time.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// An application without an interception and with it, and what is asked of it.
#[derive(Serialize)]
pub struct Case {
    pub name: String,
    pub before: String,
    pub after: String,
    pub requests: Vec<Value>,
}

/// What the judge says of a case.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct Answer {
    name: String,
    /// What the judge does not understand: never a pass.
    #[serde(default)]
    pub error: String,
    pub differences: Vec<Difference>,
    requests: Vec<Told>,
}

/// A field of a decision that is not what it was.
#[derive(Debug, Clone, Deserialize)]
pub struct Difference {
    pub request: String,
    pub field: String,
    before: String,
    after: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Told {
    request: String,
    before: Vec<String>,
    after: Vec<String>,
}

impl Answer {
    /// The first request whose decision differs in each of the fields, before and after.
    pub fn show(&self, fields: &[String]) -> String {
        let mut text = String::new();
        for field in fields {
            let Some(difference) = self.differences.iter().find(|difference| difference.field == *field) else { continue };
            text += &format!(
                "  {}\n    {field}, before: {}\n    {field}, after:  {}\n",
                difference.request, difference.before, difference.after
            );
            for told in self.requests.iter().filter(|told| told.request == difference.request) {
                for (when, lines) in [("before", &told.before), ("after ", &told.after)] {
                    for line in lines {
                        text += &format!("      {when} {line}\n");
                    }
                }
            }
        }
        text
    }
}

/// The judge, on PATH.
pub fn program() -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join("mesh-judge")).find(|path| path.is_file())
}

/// Asks one judge about all the cases; an answer for each, in their order.
pub fn ask(cases: &[Case]) -> Vec<Answer> {
    let mut child = Command::new(program().expect("judge_is_missing was asked"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("mesh-judge starts");
    let (mut input, output) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
    let mut answers: BTreeMap<String, Answer> = BTreeMap::new();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for case in cases {
                let line = serde_json::to_string(case).expect("a case can be written");
                if writeln!(input, "{line}").is_err() {
                    return; // it has ended, which its status tells
                }
            }
        });
        for line in BufReader::new(output).lines() {
            let line = line.expect("mesh-judge writes UTF-8");
            let answer: Answer = serde_json::from_str(&line).unwrap_or_else(|error| panic!("mesh-judge: {error}: {line}"));
            answers.insert(answer.name.clone(), answer);
        }
    });
    let status = child.wait().expect("it was started");
    assert!(status.success(), "mesh-judge: {status}");
    cases.iter().map(|case| answers.get(&case.name).unwrap_or_else(|| panic!("no answer for {}", case.name)).clone()).collect()
}
