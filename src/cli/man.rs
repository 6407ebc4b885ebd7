//! `man` and `completions`: what shells and readers of manuals install.

use super::files::replace_file;
use super::{Cli, Exit, stdout};
use anyhow::{Context, Result};
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use std::path::PathBuf;

/// Print what completes the command line in a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bash: proxy-service completions bash > /etc/bash_completion.d/proxy-service\n  \
    zsh:  proxy-service completions zsh > \"${fpath[1]}/_proxy-service\"\n  \
    fish: proxy-service completions fish > ~/.config/fish/completions/proxy-service.fish")]
pub struct Completions {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Print the manual page, or write one for each command.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: proxy-service man -o /usr/local/share/man/man1")]
pub struct Man {
    /// Write proxy-service.1 and a page for each command into DIR, replacing what is there.
    #[arg(short = 'o', long, value_name = "DIR")]
    output: Option<PathBuf>,
}

impl Completions {
    /// Runs the command.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn run(self) -> Result<Exit> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "proxy-service", &mut script);
        // For bash, clap_complete 4.6 spells the name in two ways, and nothing after a command would
        // be completed: what it looks up has `__` for the `-`, what it finds `__subcmd__`.
        let script = String::from_utf8(script)?.replace("proxy__subcmd__service", "proxy__service");
        stdout::output(&script)?;
        Ok(Exit::Success)
    }
}

impl Man {
    /// Runs the command.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn run(self) -> Result<Exit> {
        let mut pages = Vec::new();
        let mut command = Cli::command().disable_help_subcommand(true);
        command.build();
        collect(command, &mut pages)?;
        let Some(folder) = self.output else {
            stdout::output(&pages[0].1)?;
            return Ok(Exit::Success);
        };
        std::fs::create_dir_all(&folder).with_context(|| format!("\"{}\" could not be made", folder.display()))?;
        for (name, page) in &pages {
            replace_file(&folder.join(name), page)?;
        }
        Ok(Exit::Success)
    }
}

/// The file name and the text of the command's page, and then of those below it.
fn collect(command: Command, pages: &mut Vec<(String, String)>) -> Result<()> {
    let below: Vec<Command> = command.get_subcommands().filter(|below| !below.is_hide_set()).cloned().collect();
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_string();
    let mut page = Vec::new();
    clap_mangen::Man::new(command).title("TITLE").render(&mut page)?;
    // Left to itself the title has an empty date without quotes, so that what follows takes its
    // place. There is no date: the same version gives the same page.
    let title = format!(".TH {} 1 \"\" \"proxy-service {}\" \"User Commands\"", name.to_uppercase(), env!("CARGO_PKG_VERSION"));
    let page = String::from_utf8(page)?;
    let page = page.lines().map(|line| if line.starts_with(".TH ") { &title } else { line }).collect::<Vec<_>>();
    pages.push((format!("{name}.1"), page.join("\n") + "\n"));
    below.into_iter().try_for_each(|command| collect(command, pages))
}
