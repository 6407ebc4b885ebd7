//! The one write to the host.

use std::io::{self, Write};

/// Writes everything, flushes, and reports a full disk or a closed pipe.
///
/// A host that gets half a list deletes the other half: an incomplete write must never look like a
/// success.
///
/// # Errors
/// Whatever the operating system said about the write.
pub fn write_all_checked(mut out: impl Write, bytes: &[u8]) -> io::Result<()> {
    out.write_all(bytes)?;
    out.flush()
}
