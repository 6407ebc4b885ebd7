//! The `proxy-service` command.

use proxy_service::cli::{Cli, command_line, stand_in};
use std::process::ExitCode;

fn main() -> ExitCode {
    match stand_in() {
        Some(ended) => ended,
        None => command_line().map_or_else(|exit| exit, Cli::run).into(),
    }
}
