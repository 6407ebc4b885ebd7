//! Whether to colour, and how.

use anstream::{AutoStream, ColorChoice, stream::RawStream};
use anstyle::{AnsiColor, Style};

/// The values of `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum When {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`; elsewhere with `CLICOLOR_FORCE`.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

impl When {
    /// Settles it for the whole run.
    ///
    /// `plain`: `Auto` is without colour, whatever the environment says. What a host runs must not depend on
    /// it: a function whose stderr is no terminal.
    pub fn apply(self, plain: bool) {
        let choice = match self {
            When::Auto if plain => ColorChoice::Never,
            When::Auto => ColorChoice::Auto,
            When::Always => ColorChoice::Always,
            When::Never => ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// Whether to colour what goes to this stream.
#[must_use]
pub fn on<S: RawStream>(stream: &S) -> bool {
    AutoStream::choice(stream) != ColorChoice::Never
}

/// Whether somebody asked for colour wherever it goes.
#[must_use]
pub fn always() -> bool {
    ColorChoice::global() == ColorChoice::Always
}
/// An error, or something that goes away.
pub const RED: Style = AnsiColor::Red.on_default();
/// A warning, or something that changes.
pub const YELLOW: Style = AnsiColor::Yellow.on_default();
/// What a line is about.
pub const BOLD: Style = Style::new().bold();
