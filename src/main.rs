//! The `proxy-service` command.

use clap::Parser;
use proxy_service::cli::{Cli, stand_in};
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(ended) = stand_in() {
        return ended;
    }
    Cli::parse().run().into()
}
