//! `explain`: what a code means, what causes it, and what to do.

use super::{Exit, report, stdout};
use crate::findings::Code;
use crate::report::section;
use crate::spelling;
use anyhow::Result;
use std::fmt::Write;

/// Explain a code: its cause, an example and the remedy. Without a code, list all.
#[derive(Debug, clap::Args)]
pub struct Explain {
    /// The code of a finding, such as PS015.
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

impl Explain {
    /// Runs the command.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn run(self) -> Result<Exit> {
        let Some(asked) = self.code else {
            let mut list = String::new();
            for code in Code::ALL {
                writeln!(list, "{code} {}", code.meaning())?;
            }
            stdout::output(&list)?;
            return Ok(Exit::Success);
        };
        if let Some(code) = find(&asked) {
            stdout::output(&explanation(code))?;
            return Ok(Exit::Success);
        }
        let nearest = nearest(&asked).map(|code| format!("; the nearest is {code}")).unwrap_or_default();
        report::wrong_usage(&format!("there is no code \"{asked}\"{nearest}. `proxy-service explain` lists them all"));
        Ok(Exit::Trouble)
    }
}

/// A code, however it is written: PS015, ps15, 15.
fn find(asked: &str) -> Option<Code> {
    let number = number(asked)?;
    Code::ALL.iter().copied().find(|code| *code as u16 == number)
}

fn number(asked: &str) -> Option<u16> {
    let asked = asked.to_ascii_uppercase();
    asked.strip_prefix("PS").unwrap_or(&asked).parse().ok()
}

/// By number where there is one, else by spelling.
fn nearest(asked: &str) -> Option<Code> {
    if let Some(number) = number(asked) {
        return Code::ALL.iter().copied().min_by_key(|code| number.abs_diff(*code as u16));
    }
    let names: Vec<String> = Code::ALL.iter().map(ToString::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    find(spelling::closest(&asked.to_ascii_uppercase(), &names, 1, 0.4).first()?)
}

/// The code's section of the page, without its markup.
fn explanation(code: Code) -> String {
    let mut text = format!("{code}: ");
    let mut inside = false;
    for line in section(code).lines() {
        if let Some(what) = line.strip_prefix("```") {
            inside = !inside;
            match what {
                "" => {}
                "text" => text.push_str("It says:\n\n"),
                "yaml validate" => text.push_str("Example, for `proxy-service validate`:\n\n"),
                "yaml" => text.push_str("Example, for `proxy-service render`:\n\n"),
                _ => text.push_str("Example:\n\n"),
            }
        } else if inside && !line.is_empty() {
            text.push_str("    ");
            text.push_str(line);
            text.push('\n');
        } else {
            text.push_str(&line.replacen("**Remedy.**", "Remedy:", 1));
            text.push('\n');
        }
    }
    text
}
