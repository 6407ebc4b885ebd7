//! This program under another name: what kustomize, or the builder of kustomize, started.

// What is read here are pipes of kustomize and files of a private folder.
#![allow(clippy::disallowed_methods)]

use super::stand_in;
use super::stand_in::{DOCKER, FOLDER, GIT, GROUP, HELM, SEARCH, docker, git, group, helm};
use super::stand_in::{Function, Policy, Refusal};
use crate::cli::layers::rewrite_all;
use crate::cli::search::{absolute_folders, find};
use crate::cli::{Exit, color, function, report};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};

type Run = fn(&Call) -> io::Result<ExitCode>;

/// What stands behind each name of the stand-in.
const RUNS: [(&str, Run); stand_in::NAMES.len()] = [(DOCKER, run_docker), (GIT, run_git), (HELM, run_helm), (GROUP, run_group)];

/// How a program of the stand-in was started.
pub(super) struct Call {
    folder: PathBuf,
    search: Vec<PathBuf>,
    arguments: Vec<OsString>,
}

/// Does the work of the program under whose name this one was started; `None` under its own name.
#[must_use]
pub fn called() -> Option<ExitCode> {
    let mut arguments = std::env::args_os();
    let program = PathBuf::from(arguments.next()?);
    let (_, run) = RUNS.iter().find(|(name, _)| program.file_stem() == Some(OsStr::new(name)))?;
    let folder = PathBuf::from(std::env::var_os(FOLDER)?);
    let call =
        Call { folder, search: absolute_folders(&std::env::var_os(SEARCH).unwrap_or_default()), arguments: arguments.collect() };
    Some(run(&call).unwrap_or_else(|error| {
        report::text(&format!("{}: {error}\n", program.display()));
        ExitCode::FAILURE
    }))
}

impl Call {
    fn policy(&self) -> io::Result<Policy> {
        Policy::read(&self.folder)
    }

    /// Notes the refusal for whoever runs kustomize, and fails.
    fn refuse(&self, refusal: Refusal) -> io::Result<ExitCode> {
        let refusal = refusal.here();
        refusal.record(&self.folder)?;
        report::text(&format!("{}\n", refusal.finding(None)));
        Ok(ExitCode::FAILURE)
    }

    /// The real program, with the user's PATH.
    fn real(&self, program: &str) -> io::Result<Command> {
        let file = find(program, &self.search).ok_or_else(|| io::Error::other(format!("there is no `{program}` on PATH")))?;
        let mut command = Command::new(file);
        command.env("PATH", std::env::join_paths(&self.search).map_err(io::Error::other)?);
        command.env_remove(FOLDER).env_remove(SEARCH).env_remove("KUSTOMIZE_PLUGIN_HOME");
        Ok(command)
    }
}

fn ended(status: ExitStatus) -> ExitCode {
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

fn run_docker(call: &Call) -> io::Result<ExitCode> {
    let policy = call.policy()?;
    if call.arguments.last().and_then(|image| image.to_str()).is_some_and(docker::is_ours) {
        return match policy.function {
            Function::PassThrough => io::copy(&mut io::stdin().lock(), &mut io::stdout().lock()).map(|_| ExitCode::SUCCESS),
            Function::InPlace => {
                color::When::Auto.apply(!report::on_a_terminal());
                Ok(function::run().unwrap_or_else(|error| report::failure(&error)).into())
            }
        };
    }
    let judged = docker::read(&call.arguments).and_then(|asked| docker::judge(&asked, &policy.allowed).map(|()| asked));
    let asked = match judged {
        Ok(asked) => asked,
        Err(refusal) => return call.refuse(refusal.of(function_config())),
    };
    // The name, as a file, for as long as the container runs.
    let noted = tempfile::Builder::new().prefix(group::CONTAINER).tempfile_in(&call.folder)?;
    let name = noted.path().file_name().and_then(OsStr::to_str).unwrap_or(group::CONTAINER).to_string();
    let mut docker = call.real("docker")?;
    docker.args(docker::command_line(&asked, &name)).current_dir(&call.folder).status().map(ended)
}

/// The kind and name of the function's configuration, out of the ResourceList on stdin. kyaml writes a
/// list in block style, its keys in the order of the alphabet.
fn function_config() -> Option<(String, String)> {
    let mut list = String::new();
    io::stdin().lock().read_to_string(&mut list).ok()?;
    let (_, rest) = list.split_once("\nfunctionConfig:\n")?;
    let lines: Vec<&str> = rest.lines().take_while(|line| line.starts_with(' ')).collect();
    let config = crate::krm::read_value(&lines.join("\n")).ok()?;
    let text = |value: Option<&serde_yaml::Value>| value.and_then(|value| value.as_str()).unwrap_or_default().to_string();
    Some((text(config.get("kind")), text(config.get("metadata").and_then(|metadata| metadata.get("name")))))
}

fn run_git(call: &Call) -> io::Result<ExitCode> {
    let line = match git::read(&call.arguments) {
        Ok(line) => line,
        Err(refusal) => return call.refuse(refusal),
    };
    let checkout = line.first().is_some_and(|word| word == "checkout");
    let status = git::of_the_user(call.real("git")?).args(line).stdin(Stdio::null()).status()?;
    // The clone is a temporary folder of kustomize's own.
    if checkout && status.success() && call.policy()?.function == Function::InPlace {
        rewrite_all(Path::new("."))?;
    }
    Ok(ended(status))
}

fn run_helm(call: &Call) -> io::Result<ExitCode> {
    if let Err(refusal) = helm::check(&call.arguments, call.policy()?.charts.as_deref()) {
        return call.refuse(refusal);
    }
    helm::alone(call.real("helm")?, &call.folder)?.args(&call.arguments).stdin(Stdio::null()).status().map(ended)
}

fn run_group(call: &Call) -> io::Result<ExitCode> {
    let Some((program, arguments)) = call.arguments.split_first() else { return Ok(Exit::Trouble.into()) };
    let (ended, abandoned) = group::run(program, arguments)?;
    for container in group::containers(&call.folder) {
        let mut docker = call.real("docker")?;
        docker.args(["rm", "--force", &container]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let _ = docker.status();
    }
    if abandoned {
        let _ = fs::remove_dir_all(&call.folder);
    }
    Ok(ended)
}
