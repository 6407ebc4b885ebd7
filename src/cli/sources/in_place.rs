//! Builds a kustomization with the function where its Components have it, as Argo CD does.

use super::Source;
use super::stand_in::StandIn;
use crate::cli::function::decode;
use crate::krm::{Code, Finding};
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
    let stand_in = if build.exec { StandIn::for_this_program() } else { StandIn::for_nothing() };
    let stand_in =
        stand_in.map_err(|error| finding(format!("no temporary folder: {error}"), "mount an emptyDir at /tmp, or set TMPDIR"))?;
    let mut command = Command::new("kustomize");
    command.args(["build", "--enable-alpha-plugins"]).args(build.exec.then_some("--enable-exec")).args(build.flags);
    command.arg(build.folder).stdin(Stdio::null());
    stand_in.before(&mut command);
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
