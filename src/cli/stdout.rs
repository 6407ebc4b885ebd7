//! The one way to stdout, which notices what std does not.

use crate::krm::write_all_checked;
use anyhow::{Context, Result};
use std::io;

/// Writes the whole output to stdout.
///
/// # Errors
/// stdout is closed, or does not take all of it.
pub fn output(text: &str) -> Result<()> {
    let write = || write_all_checked(stream()?, text.as_bytes());
    write().context("the output could not be written to stdout; it is incomplete, do not use it")
}

/// Refuses a run whose output nobody would get, before anything is changed.
///
/// # Errors
/// stdout is closed.
pub fn check() -> Result<()> {
    stream().map(drop).context("nothing was done, because what it does could not be said on stdout")
}

/// Whether to colour what goes to stdout.
#[allow(clippy::disallowed_methods)]
pub fn is_colored() -> bool {
    super::color::on(&io::stdout())
}

/// stdout without std's wrapper, which takes a descriptor that cannot be written to (`1</dev/null`,
/// EBADF) for one that took everything (`library/std/src/io/stdio.rs`, `handle_ebadf`).
#[cfg(unix)]
#[allow(clippy::disallowed_methods)]
fn stream() -> io::Result<std::fs::File> {
    use std::os::fd::AsFd;
    let stdout = io::stdout();
    if is_closed(stdout.as_fd()) {
        return Err(io::Error::other("stdout is closed; to discard the output write it to /dev/null, opened for writing only"));
    }
    Ok(stdout.as_fd().try_clone_to_owned()?.into())
}

#[cfg(not(unix))]
#[allow(clippy::disallowed_methods)]
fn stream() -> io::Result<io::Stdout> {
    Ok(io::stdout())
}

/// Whether a standard descriptor was closed when the program started.
///
/// Before `main` std opens /dev/null in its place, so that no file of the program gets the number
/// (`library/std/src/sys/pal/unix/mod.rs`, `sanitize_standard_fds`): for reading and writing, without
/// a flag. What a shell opens for `>/dev/null` is for writing only, for `</dev/null` for reading only,
/// and is no reason to fail. A caller that discards the output through a /dev/null of its own that is
/// open for both (Python's `subprocess.DEVNULL`) cannot be told from a closed descriptor: of the two
/// mistakes, the one that somebody notices.
#[cfg(unix)]
#[must_use]
pub fn is_closed(descriptor: std::os::fd::BorrowedFd<'_>) -> bool {
    use rustix::fs::{OFlags, fcntl_getfl, fstat, stat};
    let (Ok(opened), Ok(null), Ok(flags)) = (fstat(descriptor), stat("/dev/null"), fcntl_getfl(descriptor)) else {
        return false;
    };
    let is_null = (opened.st_mode, opened.st_rdev) == (null.st_mode, null.st_rdev);
    is_null && flags & OFlags::ACCMODE == OFlags::RDWR && !flags.contains(OFlags::APPEND)
}
