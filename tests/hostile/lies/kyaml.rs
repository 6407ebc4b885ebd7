//! kustomize's reader, as a process that answers one text after the other.

use serde_json::Value as Json;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What kustomize makes of a text.
pub enum Answer {
    Objects {
        /// The values that its reader sees.
        read: Vec<Json>,
        /// What of them it writes.
        written: Vec<Json>,
    },
    Refused(String),
}

pub struct Kyaml {
    process: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Kyaml {
    /// `None` where it is not installed, which `PROXY_SERVICE_HOSTS=required` forbids.
    pub fn start() -> Option<Self> {
        let started = Command::new("kyaml-read").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut process) = started else {
            let missing =
                "kyaml-read is missing, and nothing was compared; tests/tools/install.sh kyaml-read, and bin/ first on PATH";
            assert!(std::env::var_os("PROXY_SERVICE_HOSTS").is_none(), "{missing}");
            eprintln!("!!!!!! {missing}");
            return None;
        };
        let (requests, answers) = (process.stdin.take(), BufReader::new(process.stdout.take().unwrap()));
        Some(Kyaml { process, requests, answers })
    }

    pub fn read(&mut self, text: &str) -> Answer {
        let requests = self.requests.as_mut().unwrap();
        write!(requests, "{}\n{text}", text.len()).unwrap();
        requests.flush().unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        if line.is_empty() {
            // Its stack ended; so would kustomize.
            *self = Kyaml::start().expect("it was there before");
            return Answer::Refused("kyaml ended".into());
        }
        let mut answer: Json = serde_json::from_str(&line).unwrap();
        match answer["error"].as_str() {
            Some(why) => Answer::Refused(why.into()),
            None => {
                let mut objects = |key: &str| answer[key].take().as_array().cloned().unwrap_or_default();
                Answer::Objects { read: objects("read"), written: objects("written") }
            }
        }
    }
}

impl Drop for Kyaml {
    fn drop(&mut self) {
        drop(self.requests.take());
        let _ = self.process.wait();
    }
}
