//! What goes to stderr, and nothing of it acts: no other file writes there (clippy.toml), and every
//! line from here goes through [`visible`].

use super::color;
use super::color::{BOLD, RED, YELLOW};
use crate::krm::{Finding, Findings, Severity, visible, visible_lines};
use std::io::{self, IsTerminal, StderrLock, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Set once, before the first finding.
static QUIET: AtomicBool = AtomicBool::new(false);

/// From now on only errors go to stderr.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Whether only errors go to stderr.
pub fn quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// stderr, for the files that write there.
#[allow(clippy::disallowed_methods)]
fn stderr() -> StderrLock<'static> {
    io::stderr().lock()
}

/// Whether a person reads stderr.
pub fn on_a_terminal() -> bool {
    stderr().is_terminal()
}

/// Writes what a terminal is to do, made of constants and of [`visible`] text, and all of it at once.
pub fn control(bytes: &[u8]) {
    let mut stderr = stderr();
    let _ = stderr.write_all(bytes).and_then(|()| stderr.flush());
}

/// Prints the findings, the worst first. A closed stderr must not keep the exit code back.
pub fn findings(findings: &Findings) {
    let mut stderr = stderr();
    let colored = color::on(&stderr);
    for finding in findings.sorted() {
        if quiet() && finding.severity() == Severity::Warning {
            continue;
        }
        let line = if colored { colorful(finding) } else { finding.to_string() };
        if writeln!(stderr, "{line}").is_err() {
            return;
        }
    }
}

/// The severity in its colour, the code and the resource bold.
fn colorful(finding: &Finding) -> String {
    let severity = finding.severity();
    let style = if severity == Severity::Error { RED } else { YELLOW };
    let head = format!("{style}{}{style:#} {BOLD}{}", severity.as_str(), finding.code());
    let plain = finding.to_string();
    let rest = plain.split_at(severity.as_str().len() + 1 + finding.code().to_string().len()).1;
    let object = finding.object().map(|object| visible(&format!(" {object}"))).unwrap_or_default();
    match rest.strip_prefix(&object) {
        Some(rest) => format!("{head}{object}{BOLD:#}{rest}"),
        None => format!("{head}{BOLD:#}{rest}"),
    }
}

/// Prints lines to stderr.
pub fn text(text: &str) {
    let _ = write!(stderr(), "{}", visible_lines(text));
}

/// Prints what was said so that it fits a screen: hosts such as Argo CD show all of stderr under
/// the command line, and the first lines are what is read.
pub fn one_screen(said: &str) {
    text(&screen(said));
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
    error_line(&format!("{error:#}"));
    super::Exit::Findings
}

/// Prints what is wrong with the command line.
pub fn wrong_usage(message: &str) {
    error_line(message);
}

/// Prints what clap says about the command line: in colours where clap put nothing else into it that
/// acts.
pub fn usage(message: &clap::builder::StyledStr) {
    let plain = message.to_string();
    let shown = visible_lines(&plain);
    let mut stderr = stderr();
    let _ = match color::on(&stderr) && shown == plain {
        true => write!(stderr, "{}", message.ansi()),
        false => write!(stderr, "{shown}"),
    };
}

fn error_line(message: &str) {
    let mut stderr = stderr();
    let style = if color::on(&stderr) { RED } else { anstyle::Style::new() };
    let _ = writeln!(stderr, "{style}error:{style:#} {}", visible(message));
}

/// Prints a remark, if there is one, beside an output that stands.
pub fn note(text: &str) {
    if !text.is_empty() {
        let _ = writeln!(stderr(), "{}", visible(text));
    }
}
