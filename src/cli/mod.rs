//! What a person types: one file for each sub-command, thin over the library.

mod allow;
mod argocd;
mod called;
mod color;
mod diff;
mod exit;
mod explain;
mod files;
mod flux;
mod folder;
mod function;
mod git;
mod graph;
mod init;
mod install;
mod layers;
mod man;
mod new_files;
mod progress;
mod render;
mod report;
mod schema;
mod search;
mod sources;
mod stand_in;
mod stdout;
mod temporary;
mod usage;
mod validate;

pub use called::called as stand_in;
pub use exit::Exit;
pub use usage::read as command_line;

use clap::{Parser, Subcommand};

/// Puts an autoscaled pool of Envoy proxies in front of a Service, at build time.
///
/// Without a command it is a KRM function: it reads a ResourceList on stdin and writes it back
/// with the Services of every ProxyService intercepted. kustomize calls it that way.
#[derive(Debug, Parser)]
#[command(name = "proxy-service", version, max_term_width = 100)]
pub struct Cli {
    /// No warnings and no progress on stderr; errors stay.
    #[arg(short, long, global = true, display_order = 100)]
    quiet: bool,
    /// Colour of what people read.
    #[arg(long, value_name = "WHEN", global = true, display_order = 100, default_value = "auto")]
    color: color::When,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Render(render::Render),
    Init(init::Init),
    Validate(validate::Validate),
    Diff(diff::Diff),
    Graph(graph::Graph),
    Explain(explain::Explain),
    Flux(flux::Flux),
    Argocd(argocd::Argocd),
    Install(install::Install),
    Schema(schema::Schema),
    Crd(schema::Crd),
    Completions(man::Completions),
    Man(man::Man),
}

impl Cli {
    /// Runs the command and says how it ended.
    #[must_use]
    pub fn run(self) -> Exit {
        self.color.apply(self.command.is_none() && !report::on_a_terminal());
        if self.quiet {
            report::be_quiet();
        }
        let ended = match self.command {
            Some(Command::Render(command)) => command.run(),
            Some(Command::Init(command)) => command.run(),
            Some(Command::Validate(command)) => command.run(),
            Some(Command::Diff(command)) => command.run(),
            Some(Command::Graph(command)) => command.run(),
            Some(Command::Explain(command)) => command.run(),
            Some(Command::Flux(command)) => command.run(),
            Some(Command::Argocd(command)) => command.run(),
            Some(Command::Install(command)) => command.run(),
            Some(Command::Schema(command)) => command.run(),
            Some(Command::Crd(command)) => command.run(),
            Some(Command::Completions(command)) => command.run(),
            Some(Command::Man(command)) => command.run(),
            None if sources::stdin_is_a_terminal() => Ok(usage::help()),
            None => function::run(),
        };
        ended.unwrap_or_else(|error| report::failure(&error))
    }
}
