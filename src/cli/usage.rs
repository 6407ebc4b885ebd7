//! The command line: read, or explained.

use super::{Cli, Exit, report, stdout};
use crate::krm::visible;
use clap::error::{ContextKind, ContextValue, Error};
use clap::{CommandFactory, Parser};

/// Reads the command line.
///
/// # Errors
/// How the run ends without a command: help and version are printed, or what is wrong is.
pub fn read() -> Result<Cli, Exit> {
    Cli::try_parse().map_err(|error| match error.use_stderr() {
        false => print(&error.render()),
        true => {
            report::usage(&without_what_acts(error).render());
            Exit::Trouble
        }
    })
}

/// Prints the help of the program itself, for a person who called it without a command.
pub fn help() -> Exit {
    match print(&Cli::command().render_help()) {
        Exit::Success => Exit::Trouble,
        failed => failed,
    }
}

/// To stdout, where a full disk or a closed descriptor is no success.
fn print(text: &clap::builder::StyledStr) -> Exit {
    let text = if stdout::is_colored() { text.ansi().to_string() } else { text.to_string() };
    stdout::output(&text).map_or_else(|error| report::failure(&error), |()| Exit::Success)
}

/// The same error, with the words of the command line in it as they may be shown.
fn without_what_acts(mut error: Error) -> Error {
    let shown = |(kind, value): (ContextKind, &ContextValue)| match value {
        ContextValue::String(word) => Some((kind, ContextValue::String(visible(word)))),
        ContextValue::Strings(words) => Some((kind, ContextValue::Strings(words.iter().map(|word| visible(word)).collect()))),
        _ => None,
    };
    let shown: Vec<_> = error.context().filter_map(shown).collect();
    for (kind, value) in shown {
        error.insert(kind, value);
    }
    error
}
