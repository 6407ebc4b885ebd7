//! Builds a kustomization with the function where its Components have it, as Argo CD does.

use super::Source;
use super::kustomize::{path_with, stand_in_for_docker};
use crate::cli::function::decode;
use crate::krm::{Code, Finding};
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// How to build.
#[derive(Debug)]
pub struct Build<'b> {
    /// The folder of the kustomization.
    pub folder: &'b Path,
    /// Whether programs run that the kustomization names; without them the function does not
    /// run either, and the ProxyServices are left for it.
    pub exec: bool,
    /// Further options of `kustomize build`.
    pub flags: &'b [&'static str],
}

/// What kustomize made of it.
#[derive(Debug)]
pub struct Built {
    /// The manifests.
    pub source: Source,
    /// What kustomize and the function said on stderr.
    pub said: String,
}

/// Runs the kustomize on PATH. The function inside is this program, whatever else PATH has.
///
/// # Errors
/// All that was said, and what failed in the last line.
pub fn build_in_place(build: &Build<'_>) -> Result<Built, String> {
    let finding = |message: String, remedy: &str| format!("{}\n", Finding::error(Code::UnreadableInput, message, remedy));
    let own = std::env::current_exe().ok();
    let stand_in = stand_in_for_docker()
        .map_err(|error| finding(format!("no temporary folder: {error}"), "mount an emptyDir at /tmp, or set TMPDIR"))?;
    let mut command = Command::new("kustomize");
    command.args(["build", "--enable-alpha-plugins"]).args(build.exec.then_some("--enable-exec")).args(build.flags);
    command.arg(build.folder).stdin(Stdio::null()).env("PATH", search_path(stand_in.path(), own.as_deref()));
    if let Some(own) = own.filter(|_| build.exec) {
        command.env("PROXY_SERVICE", own);
    }
    let name = format!("kustomize build {}", build.folder.display());
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => finding(
            "`kustomize` is not on PATH".into(),
            "use an image that has it for the plugin's container, such as Argo CD's own",
        ),
        _ => finding(format!("`kustomize` could not be started: {error}"), "correct its file's permissions"),
    })?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        let said = if said.is_empty() || said.ends_with('\n') { said } else { said + "\n" };
        return Err(format!("{said}`{name}` failed: {}\n", output.status));
    }
    let text = decode(output.stdout, &name).map_err(|finding| format!("{finding}\n"))?;
    Ok(Built { source: Source { text, name }, said })
}

/// Function declarations name `proxy-service`: that is to be this program, by this name.
fn search_path(stand_in: &Path, own: Option<&Path>) -> OsString {
    let path = path_with(stand_in);
    let folder = own.filter(|own| own.ends_with("proxy-service")).and_then(Path::parent);
    let Some(folder) = folder else { return path };
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    // The first one belongs to the stand-in for docker, which leaves itself out by its place.
    folders.insert(1, folder.to_path_buf());
    std::env::join_paths(folders).unwrap_or(path)
}
