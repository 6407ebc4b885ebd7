//! The `proxy-service` command.

use clap::Parser;
use proxy_service::cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    Cli::parse().run().into()
}
