//! Files: those that a person names, and those that are found in a folder, which somebody else may have
//! filled.
//!
//! What is named on the command line may be anything that can be read: a link, a pipe, `/dev/fd/63`.
//! What is found in a folder has to be a regular file inside of it, whatever links lead there. Both have
//! a limit.

use super::{Source, unreadable};
#[cfg(unix)]
use crate::cli::stdout;
use crate::findings::Code;
use crate::krm::Finding;
use std::fs::{File, Metadata};
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

/// Most bytes of one file or stream. Ten thousand objects are 40 MB, and the API server takes 3 MB of
/// one (etcd's `--max-request-bytes` is half of that).
pub const MOST_OF_ONE: u64 = 256 << 20;

/// Most bytes of all that one command reads as one set of manifests.
pub const MOST_OF_ALL: u64 = 1 << 30;

/// Reads until there is too much.
#[derive(Debug)]
pub struct Reader {
    left: u64,
}

impl Default for Reader {
    fn default() -> Self {
        Reader { left: MOST_OF_ALL }
    }
}

impl Reader {
    /// All of stdin.
    ///
    /// # Errors
    /// It cannot be read, holds too much, or is closed.
    pub fn stdin(&mut self) -> Result<Source, Finding> {
        let stdin = stdin();
        #[cfg(unix)]
        if stdout::is_closed(std::os::fd::AsFd::as_fd(&stdin)) {
            let remedy = "pipe manifests in, or name files";
            return Err(Finding::error(Code::UnreadableInput, "stdin is closed", remedy));
        }
        self.source("stdin".into(), stdin, 0)
    }

    /// What a person names.
    ///
    /// # Errors
    /// It cannot be read, or holds too much.
    pub fn named(&mut self, path: &Path) -> Result<Source, Finding> {
        let name = path.display().to_string();
        let file = open(path).map_err(|error| unreadable(&name, &error))?;
        let size = file.metadata().map_or(0, |found| found.len());
        self.source(name, file, size)
    }

    /// What is found in a folder; `root` is that folder, without links.
    ///
    /// # Errors
    /// It is no regular file inside of the folder, cannot be read, or holds too much.
    pub fn found(&mut self, path: &Path, root: &Path) -> Result<Source, Finding> {
        let (file, found) = open_inside(path, root)?;
        self.source(path.display().to_string(), file, found.len())
    }

    fn source(&mut self, name: String, reader: impl Read, size: u64) -> Result<Source, Finding> {
        let most = MOST_OF_ONE.min(self.left);
        let too_large = || match most < MOST_OF_ONE {
            true => too_large(&name, "with what was read before it", MOST_OF_ALL, "read the manifests in several runs"),
            false => too_large(&name, "it", MOST_OF_ONE, "split it, or name the files that are manifests"),
        };
        if size > most {
            return Err(too_large());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        reader.take(most + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&name, &error))?;
        if bytes.len() as u64 > most {
            return Err(too_large());
        }
        self.left -= bytes.len() as u64;
        Ok(Source { text: decode(bytes, &name)?, name })
    }
}

/// The bytes of an input as text.
///
/// # Errors
/// They are no UTF-8.
pub fn decode(bytes: Vec<u8>, path: &str) -> Result<String, Finding> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let message = format!("byte {at} is not valid UTF-8");
        Finding::error(Code::MalformedYaml, message, "save it as UTF-8").in_file(path, None)
    })
}

#[allow(clippy::disallowed_methods)]
fn stdin() -> io::StdinLock<'static> {
    io::stdin().lock()
}

/// Whether a person would have to type what is read.
#[must_use]
pub fn stdin_is_a_terminal() -> bool {
    stdin().is_terminal()
}

fn too_large(name: &str, what: &str, most: u64, remedy: &str) -> Finding {
    let message = format!("\"{name}\" is too large: {what} has more than {} MiB", most >> 20);
    Finding::error(Code::TooLarge, message, remedy)
}

/// The text of a regular file, where there is one and it is no more than can be manifests: for questions
/// whose answer is not shown.
#[must_use]
pub fn peek(path: &Path) -> Option<String> {
    peek_at_most(path, MOST_OF_ONE)
}

/// The same, where it has so many bytes or fewer.
#[must_use]
pub fn peek_at_most(path: &Path, most: u64) -> Option<String> {
    let (file, _) = open_regular(path).ok()?;
    let mut text = String::new();
    let length = file.take(most + 1).read_to_string(&mut text).ok()?;
    (length as u64 <= most).then_some(text)
}

/// Refuses a path that leads out of a folder.
///
/// # Errors
/// It does.
pub fn stays_inside(path: &Path, root: &Path) -> Result<(), Finding> {
    let real = |path: &Path| path.canonicalize().map_err(|error| unreadable(&path.display().to_string(), &error));
    leads_inside(path, &real(path)?, &real(root)?)
}

fn leads_inside(path: &Path, real: &Path, root: &Path) -> Result<(), Finding> {
    if real.starts_with(root) {
        return Ok(());
    }
    let message = format!("\"{}\" is a link that leads out of the folder, to \"{}\"", path.display(), real.display());
    Err(Finding::error(Code::NotAFileOfTheFolder, message, "put the file there, or name it on the command line"))
}

/// Opened first and looked at then: what stands at the path may be exchanged meanwhile, what is open may
/// not.
fn open_inside(path: &Path, root: &Path) -> Result<(File, Metadata), Finding> {
    let name = path.display().to_string();
    let cannot = |error| unreadable(&name, &error);
    let (file, found) = open_regular(path).map_err(|error| match error {
        Refused::Kind(kind) => {
            let message = format!("\"{name}\" is {kind}, not a file");
            Finding::error(Code::NotAFileOfTheFolder, message, "remove it, or name the files that are manifests")
        }
        Refused::Error(error) => cannot(error),
    })?;
    let real: PathBuf = path.canonicalize().map_err(cannot)?;
    leads_inside(path, &real, root)?;
    if !is_same(&found, &real.metadata().map_err(cannot)?) {
        return Err(cannot(io::Error::other("it was exchanged meanwhile")));
    }
    Ok((file, found))
}

/// Why a path is not read.
enum Refused {
    Kind(&'static str),
    Error(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Refused::Error(error)
    }
}

/// A device may do something when it is opened, and a pipe waits for a writer: both are not opened, or,
/// where they take a file's place in this moment, opened without waiting.
fn open_regular(path: &Path) -> Result<(File, Metadata), Refused> {
    let is_file = |found: &Metadata| if found.is_file() { Ok(()) } else { Err(Refused::Kind(kind(found))) };
    is_file(&path.metadata()?)?;
    let file = open_at_once(path)?;
    let found = file.metadata()?;
    is_file(&found)?;
    Ok((file, found))
}

#[allow(clippy::disallowed_methods)]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
fn open_at_once(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open_at_once(path: &Path) -> io::Result<File> {
    open(path)
}

#[cfg(unix)]
fn kind(found: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match found.file_type() {
        kind if kind.is_dir() => "a folder",
        kind if kind.is_fifo() => "a named pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn kind(found: &Metadata) -> &'static str {
    if found.is_dir() { "a folder" } else { "a device" }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    one.len() == other.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_read_has_a_limit_and_not_each_alone() {
        let mut reader = Reader { left: 10 };
        let mut read = |text: &str, size| reader.source("a".into(), text.as_bytes(), size);
        assert_eq!(read("12345", 0).unwrap().text, "12345");
        // By its size where that is known, else by what comes.
        for (text, size) in [("123456", 6), ("123456", 0)] {
            let finding = read(text, size).unwrap_err();
            assert_eq!(finding.code(), Code::TooLarge);
            assert!(finding.message().contains("with what was read before it has more than 1024 MiB"), "{finding}");
        }
        assert_eq!(read("12345", 5).unwrap().text, "12345");
    }
}
