//! The `proxy-service` command.

use proxy_service::cli::{Cli, command_line};
use std::process::ExitCode;

fn main() -> ExitCode {
    command_line().map_or_else(|exit| exit, Cli::run).into()
}
