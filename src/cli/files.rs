//! Files that are written as a whole or not at all.

use super::temporary;
use super::temporary::BESIDE;
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What an output's path leads to.
#[derive(Debug)]
enum Target {
    /// A file, or nothing yet: it is replaced.
    File(PathBuf),
    /// A device or a pipe: it is written into.
    Stream(PathBuf),
    /// A descriptor of this process (`/dev/stdout`, `/dev/fd/3`), whatever is behind it.
    Descriptor(u32, PathBuf),
}

/// Writes beside the file and renames: a reader sees the old content or the new one. What is not a
/// file (`/dev/null`, `/dev/stdout`, a named pipe) is written into and stays what it is.
///
/// # Errors
/// It cannot be written; the old file is as it was.
pub fn replace_file(file: &Path, text: &str) -> Result<()> {
    match target(file)? {
        Target::File(path) => {
            replace(&path, text).with_context(|| format!("\"{}\" could not be written; it is as it was", file.display()))
        }
        Target::Descriptor(1, _) => super::stdout::output(text),
        Target::Descriptor(number, path) => {
            descriptor(number, &path).and_then(|mut stream| stream.write_all(text.as_bytes())).with_context(|| incomplete(file))
        }
        Target::Stream(path) => {
            stream(&path).and_then(|mut stream| stream.write_all(text.as_bytes())).with_context(|| incomplete(file))
        }
    }
}

fn incomplete(file: &Path) -> String {
    format!("\"{}\" could not be written; what it got is incomplete, do not use it", file.display())
}

/// Follows the links of a path, as many as Linux does (`MAXSYMLINKS`).
fn target(file: &Path) -> Result<Target> {
    let shown = file.display();
    let mut path = file.to_path_buf();
    for _ in 0..40 {
        if let Some(target) = of_a_process(&path) {
            return Ok(target);
        }
        let found = match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return inside(file, path),
            // The write says why it fails.
            Err(_) => return Ok(Target::File(path)),
            Ok(found) => found,
        };
        if found.is_symlink() {
            let to = fs::read_link(&path).with_context(|| format!("the link \"{}\" cannot be read", path.display()))?;
            path = temporary::beside(&path).join(to);
        } else if found.is_dir() {
            bail!("\"{shown}\" is a folder; name a file");
        } else if found.is_file() {
            return inside(file, path);
        } else if is_disk(&found) {
            bail!("\"{shown}\" is a disk, and all that is on it would be lost; name a file");
        } else {
            return Ok(Target::Stream(path));
        }
    }
    bail!("\"{shown}\" is a link that leads to itself; name a file")
}

/// The file that a link leads to is replaced, not the link; but only below the folder of the link. A
/// link comes with a checkout, and somebody else's must not choose which file of this machine is
/// overwritten.
fn inside(link: &Path, file: PathBuf) -> Result<Target> {
    if file == link {
        return Ok(Target::File(file));
    }
    let real = |path: &Path| temporary::beside(path).canonicalize();
    let stays = real(link).and_then(|root| Ok(real(&file)?.starts_with(root)));
    match stays {
        Ok(true) => Ok(Target::File(file)),
        _ => bail!(
            "\"{}\" is a link that leads out of its folder, to \"{}\"; name that file itself",
            link.display(),
            file.display()
        ),
    }
}

/// What stands in `/proc/PID/fd`, where `/dev/fd` and `/dev/stdout` lead: no link that could be read and
/// followed, though it looks like one.
fn of_a_process(path: &Path) -> Option<Target> {
    let number: u32 = path.file_name()?.to_str()?.parse().ok()?;
    let folder = temporary::beside(path).canonicalize().ok()?;
    let mut parts = folder.strip_prefix("/proc").ok()?.iter().filter_map(|part| part.to_str());
    let process = parts.next()?;
    (folder.ends_with("fd")).then(|| match process.parse() == Ok(std::process::id()) {
        true => Target::Descriptor(number, path.to_path_buf()),
        false => Target::Stream(path.to_path_buf()),
    })
}

/// The descriptor itself, so that what others write to it follows; where that cannot be had, what it
/// leads to, opened anew and written at its end.
fn descriptor(number: u32, path: &Path) -> io::Result<fs::File> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
        let number = i32::try_from(number).map_err(io::Error::other)?;
        let own = pidfd_open(getpid(), PidfdFlags::empty());
        if let Ok(copy) = own.and_then(|own| pidfd_getfd(own, number, PidfdGetfdFlags::empty())) {
            return Ok(copy.into());
        }
    }
    let _ = number;
    fs::OpenOptions::new().append(true).open(path)
}

/// Opens what is no file. Where a file stands there now, it is not overwritten.
fn stream(path: &Path) -> io::Result<fs::File> {
    let stream = fs::OpenOptions::new().write(true).open(path)?;
    if of_a_process(path).is_none() && stream.metadata()?.is_file() {
        return Err(io::Error::other("it was exchanged for a file meanwhile"));
    }
    Ok(stream)
}

fn replace(file: &Path, text: &str) -> Result<()> {
    let folder = temporary::beside(file);
    temporary::sweep(folder, BESIDE);
    let mut temporary = temporary::file_in(folder)
        .with_context(|| format!("no file can be made in \"{}\", where the new one is written first", folder.display()))?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_all()?;
    keep_permissions(file, temporary.as_file())?;
    temporary.persist(file)?;
    Ok(())
}

/// A temporary file is private; the output gets the old file's owner and permissions, else the usual
/// ones.
#[cfg(unix)]
fn keep_permissions(file: &Path, temporary: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let Ok(old) = fs::metadata(file) else { return temporary.set_permissions(PermissionsExt::from_mode(0o644)) };
    // Only root may give a file away; whoever else writes one owns it.
    let _ = fchown(temporary, Some(old.uid()), Some(old.gid()));
    temporary.set_permissions(old.permissions())
}

#[cfg(not(unix))]
fn keep_permissions(_: &Path, _: &fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_disk(found: &fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_block_device(&found.file_type())
}

#[cfg(not(unix))]
fn is_disk(_: &fs::Metadata) -> bool {
    false
}
