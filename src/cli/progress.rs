//! What a person at a terminal sees while something takes long.

use super::report;
use crate::krm::visible;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Nothing is shown of what takes less, and what is shown changes as often.
const PERIOD: Duration = Duration::from_secs(1);

/// A line on stderr, from the first second on until this is dropped: `kustomize build prod … 3 s`.
///
/// Only a terminal gets it, and not with `--quiet`. Nothing of it stays.
#[must_use = "the line is gone when this is dropped"]
pub struct Progress(Option<(Sender<()>, JoinHandle<()>)>);

impl Progress {
    /// Begins to wait; `what` says what takes its time.
    pub fn of(what: &str) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        if report::quiet() || dumb || !report::on_a_terminal() {
            return Progress(None);
        }
        let what = visible(what);
        let (stop, stopped) = mpsc::channel();
        let shown = move || {
            let mut seconds = 0_u64;
            // Nothing is ever sent: the other end goes, or the time passes.
            while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                seconds += 1;
                show(&format!("{what} … {seconds} s"));
            }
            if seconds > 0 {
                show("");
            }
        };
        // A line that cannot be shown is no reason to fail.
        Progress(thread::Builder::new().spawn(shown).ok().map(|thread| (stop, thread)))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.0.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

/// Replaces the line, in one write. Without wrapping (DECAWM off, then on again), one that is longer
/// than the terminal is wide stays one line, which can be erased.
fn show(line: &str) {
    let bytes = match line {
        "" => "\r\x1b[K".to_string(),
        line => format!("\r\x1b[?7l{line}\x1b[K\x1b[?7h"),
    };
    report::control(bytes.as_bytes());
}
