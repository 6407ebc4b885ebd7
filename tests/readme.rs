//! Executes every `console` block of the README, and compares what it shows.
//!
//! A line `$ COMMAND` is run by bash in the checkout, with the program and the tools of
//! `tests/tools` on PATH. The lines under it are its stdout and stderr; `...` stands for any lines.
//! A command whose tool is not installed is reported, not passed; with
//! `PROXY_SERVICE_HOSTS=required` it is a failure.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The command that runs this very test.
const THE_SUITE: &str = "tests/run.sh";

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let required = std::env::var_os("PROXY_SERVICE_HOSTS").is_some();
    let steps = steps(&readme);
    assert!(!steps.is_empty(), "the README shows no command");
    let path = search_path();
    let (mut passed, mut failed) = (0, 0);
    for step in &steps {
        if step.command == THE_SUITE {
            continue;
        }
        if let Some(tool) = missing_tool(&step.command, &path) {
            println!("README: `{}` did NOT run: {tool} is not installed; `{THE_SUITE}` installs and runs it", step.command);
            failed += i32::from(required);
            continue;
        }
        match run(step, root, &path) {
            Ok(()) => passed += 1,
            Err(why) => {
                failed += 1;
                eprintln!("FAILED README: $ {}\n{why}", step.command);
            }
        }
    }
    println!("README commands: {passed} passed, {failed} failed");
    std::process::exit(i32::from(failed > 0));
}

struct Step {
    command: String,
    shown: Vec<String>,
}

fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside {
            match line.strip_prefix("$ ") {
                Some(command) => steps.push(Step { command: command.into(), shown: Vec::new() }),
                None => steps.last_mut().expect("output follows a command").shown.push(line.into()),
            }
        }
    }
    steps
}

/// The program under test first, then the installed tools, then what the machine has.
fn search_path() -> Vec<PathBuf> {
    let program = Path::new(env!("CARGO_BIN_EXE_proxy-service")).parent().unwrap().to_path_buf();
    let cache = std::env::var_os("PROXY_SERVICE_TOOLS").map(PathBuf::from);
    let cache =
        cache.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/proxy-service-tools"));
    let machine = std::env::var_os("PATH").unwrap_or_default();
    [program, cache.join("bin")].into_iter().chain(std::env::split_paths(&machine)).collect()
}

fn missing_tool<'c>(command: &'c str, path: &[PathBuf]) -> Option<&'c str> {
    ["kustomize", "docker"]
        .into_iter()
        .find(|tool| {
            let used = command.split(['|', ';']).any(|part| part.split_whitespace().next() == Some(tool))
                || (*tool == "kustomize" && (command.contains(" -k ") || command.contains(" init ")));
            used && !path.iter().any(|folder| folder.join(tool).is_file())
        })
        .map(|tool| if tool == "docker" { "docker" } else { "kustomize" })
}

fn run(step: &Step, root: &Path, path: &[PathBuf]) -> Result<(), String> {
    let output = Command::new("bash")
        .args(["-o", "pipefail", "-c", &format!("{} 2>&1", step.command)])
        .current_dir(root)
        .env("PATH", std::env::join_paths(path).unwrap())
        .output()
        .map_err(|error| format!("bash: {error}"))?;
    let actual = String::from_utf8_lossy(&output.stdout).into_owned();
    let fails = step.shown.iter().any(|line| line.starts_with("error "));
    if output.status.success() == fails {
        return Err(format!("{}\n{actual}", output.status));
    }
    let lines: Vec<&str> = actual.lines().collect();
    if step.shown.is_empty() || matches(&step.shown, &lines) { Ok(()) } else { Err(format!("it printed\n{actual}")) }
}

/// Whether the lines are those shown; `...` stands for any number of lines.
fn matches(shown: &[String], lines: &[&str]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first == "..." => (0..=lines.len()).any(|skip| matches(rest, &lines[skip..])),
        Some((first, rest)) => lines.split_first().is_some_and(|(line, lines)| line == first && matches(rest, lines)),
    }
}
