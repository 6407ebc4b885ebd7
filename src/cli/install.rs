//! `install`: puts this program where another container finds it.

use super::temporary::BESIDE;
use super::{Exit, stdout, temporary};
use crate::krm::visible;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// What the program is called where it is installed: function declarations name it so.
const NAME: &str = "proxy-service";

/// Copy this program into DIR, as `proxy-service`.
///
/// For init containers: it needs no shell, no other file and no rights but to write into DIR.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 installed, 1 not installed and nothing changed (or the error says\n\
    that it is), 2 wrong usage.")]
pub struct Install {
    /// An existing folder.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Install {
    /// Runs the command.
    ///
    /// # Errors
    /// The folder does not exist, is none or cannot be written to; nothing in it has changed then.
    pub fn run(self) -> Result<Exit> {
        let target = self.folder.join(NAME);
        stdout::check()?;
        check(&self.folder, &target)?;
        copy(&self.folder, &target).with_context(|| {
            let folder = self.folder.display();
            format!("{NAME} was not installed, \"{folder}\" is as it was (make it writable for the user that runs this, with 10 MB of room)")
        })?;
        let installed = format!("{NAME} {} is installed as {}", env!("CARGO_PKG_VERSION"), target.display());
        stdout::output(&format!("{}\n", visible(&installed))).context("it is installed, and that could not be said")?;
        Ok(Exit::Success)
    }
}

fn check(folder: &Path, target: &Path) -> Result<()> {
    let shown = folder.display();
    match folder.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("there is no folder \"{shown}\"; create it, or mount a volume (an emptyDir) there")
        }
        Err(error) => bail!("the folder \"{shown}\" cannot be reached: {error}; correct its permissions"),
        Ok(metadata) if !metadata.is_dir() => bail!("\"{shown}\" is a file; name the folder to install into"),
        Ok(_) if target.is_dir() => {
            bail!("\"{}\" is a folder, and the program would have its name; remove it or name another folder", target.display())
        }
        Ok(_) if target.symlink_metadata().is_ok_and(|found| !found.is_file() && !found.is_symlink()) => {
            bail!(
                "\"{}\" is a device or a pipe, and the program would have its name; remove it or name another folder",
                target.display()
            )
        }
        Ok(_) => Ok(()),
    }
}

/// Writes beside the target and renames: a program that starts meanwhile is the old one or the new.
#[allow(clippy::disallowed_methods)]
fn copy(folder: &Path, target: &Path) -> Result<()> {
    let own = std::env::current_exe().context("this program's own file is not known (is /proc mounted?)")?;
    let mut from = File::open(&own).with_context(|| format!("\"{}\" cannot be read", own.display()))?;
    temporary::sweep(folder, BESIDE);
    let mut temporary = temporary::file_in(folder)?;
    io::copy(&mut from, temporary.as_file_mut())?;
    make_executable(temporary.as_file())?;
    temporary.as_file().sync_all()?;
    temporary.persist(target)?;
    Ok(())
}

#[cfg(unix)]
fn make_executable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(PermissionsExt::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &File) -> io::Result<()> {
    Ok(())
}
