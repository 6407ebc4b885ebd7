//! What goes to stderr, and the one write to stdout.

use crate::krm::{Findings, write_all_checked};
use anyhow::{Context, Result};
use std::io::{self, Write};

/// Prints the findings, the worst first. A closed stderr must not keep the exit code back.
pub fn findings(findings: &Findings) {
    let _ = write!(io::stderr().lock(), "{findings}");
}

/// Prints what was said so that it fits a screen: hosts such as Argo CD show all of stderr under
/// the command line, and the first lines are what is read.
pub fn one_screen(said: &str) {
    let _ = write!(io::stderr().lock(), "{}", screen(said));
}

/// Errors before warnings, and no more and no longer lines than a screen has. Where lines are left
/// out, the last two errors stay: they tell what failed, and the first ones why.
fn screen(said: &str) -> String {
    const LINES: usize = 24;
    const LAST: usize = 2;
    let is_warning = |line: &&str| line.starts_with("warning ") || line.starts_with("# Warning");
    let (warnings, errors): (Vec<&str>, Vec<&str>) = said.lines().filter(|line| !line.trim().is_empty()).partition(is_warning);
    let left_out = |count: usize, what: &str| format!("… and {count} more {what}; build where you work to see all");
    let mut lines: Vec<String> = Vec::new();
    if errors.len() > LINES {
        let (first, last) = errors.split_at(errors.len() - LAST);
        lines.extend(first.iter().take(LINES - LAST).map(|line| shortened(line)));
        lines.push(left_out(first.len() + LAST - LINES, "lines"));
        lines.extend(last.iter().map(|line| shortened(line)));
    } else {
        lines.extend(errors.iter().map(|line| shortened(line)));
    }
    let room = LINES.saturating_sub(lines.len());
    lines.extend(warnings.iter().take(room).map(|line| shortened(line)));
    if warnings.len() > room {
        lines.push(left_out(warnings.len() - room, "warnings"));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// kustomize repeats itself in one line for each layer of a build.
fn shortened(line: &str) -> String {
    const CHARACTERS: usize = 600;
    let short: String = line.chars().take(CHARACTERS).collect();
    if line.chars().nth(CHARACTERS).is_some() { short + "…" } else { short }
}

/// Prints an error that is no finding, with everything that caused it.
pub fn failure(error: &anyhow::Error) -> super::Exit {
    let _ = writeln!(io::stderr().lock(), "error: {error:#}");
    super::Exit::Findings
}

/// Prints what is wrong with the command line.
pub fn wrong_usage(message: &str) {
    let _ = writeln!(io::stderr().lock(), "error: {message}");
}

/// Writes the whole output to stdout.
pub fn output(text: &str) -> Result<()> {
    write_all_checked(io::stdout().lock(), text.as_bytes())
        .context("the output could not be written to stdout; it is incomplete, do not use it")
}
