//! `argocd generate`: the command of the config management plugin.

use super::sources::{Build, Failure, Source};
use super::stand_in::{Allowed, Function};
use super::{Exit, report, sources, stdout};
use crate::delivery::plugin::{ALLOWABLE_FLAGS, Parameters};
use crate::findings::Code;
use crate::function::run_render;
use crate::krm::{Documents, Finding, Findings};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// What Argo CD's config management plugin runs (functions/argocd).
#[derive(Debug, clap::Args)]
pub struct Argocd {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Generate(Generate),
}

/// Print the manifests of the Application whose folder is the current one.
///
/// A kustomization is built by the kustomize on PATH, other folders are read, and their ProxyServices
/// are rendered. No program runs that a repository names. The Application's
/// parameters are read from ARGOCD_APP_PARAMETERS and ARGOCD_ENV_*
#[derive(Debug, clap::Args)]
#[command(after_help = "Parameters: overlay, recurse, kustomize-flags (functions/argocd/README.md).\n\
    Exit codes: 0 printed (there may be warnings), 1 findings, 2 wrong usage.")]
struct Generate {
    /// Run the function where the kustomizations have it, so that outer layers reach what it generates.
    /// No other program runs with it.
    #[arg(long, conflicts_with = "no_exec")]
    enable_exec: bool,
    /// Run the function once, behind the build. That is the default.
    #[arg(long)]
    no_exec: bool,
    /// An option of kustomize that Applications may ask for.
    #[arg(long = "allow", value_name = "FLAG", value_parser = ALLOWABLE_FLAGS.map(|(name, _)| name))]
    allowed: Vec<String>,
}

impl Argocd {
    /// Runs the command.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn run(self) -> Result<Exit> {
        let Command::Generate(generate) = self.command;
        match generate.manifests() {
            Ok((text, said)) => {
                report::one_screen(&said);
                stdout::output(&text)?;
                Ok(Exit::Success)
            }
            Err(said) => {
                report::one_screen(&said);
                Ok(Exit::Findings)
            }
        }
    }
}

impl Generate {
    fn build<'b>(&self, folder: &'b Path, flags: &'b [&'static str]) -> Build<'b> {
        let function = if self.enable_exec { Function::InPlace } else { Function::PassThrough };
        let charts = flags.contains(&"--enable-helm");
        Build { folder, function, allowed: Allowed::Never, charts, flags, kubectl: false }
    }

    /// The manifests, and what to say about them; or why there are none.
    fn manifests(&self) -> Result<(String, String), String> {
        let variable = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        let parameters = Parameters::read(variable("ARGOCD_APP_PARAMETERS").as_deref(), variable, &self.allowed).map_err(text)?;
        let folder = inside(&parameters.overlay).map_err(text)?;
        let mut said = String::new();
        let sources = if sources::is_kustomization(&folder) {
            let built = sources::run(&self.build(&folder, &parameters.flags)).map_err(whole)?;
            said.push_str(&built.said);
            vec![built.source]
        } else {
            sources::read(&[folder], parameters.recurse).map_err(text)?
        };
        let (rendered, findings) = render(&sources).map_err(text)?;
        said.push_str(&findings.to_string());
        Ok((rendered, said))
    }
}

/// All that was said, and what failed in the last line.
fn whole(failure: Failure) -> String {
    match failure {
        Failure::Findings(findings) => findings.to_string(),
        Failure::Kustomize { name, status, said } => {
            let end = if said.is_empty() || said.ends_with('\n') { "" } else { "\n" };
            format!("{said}{end}`{name}` failed: {status}\n")
        }
    }
}

fn text(findings: impl Into<Findings>) -> String {
    findings.into().to_string()
}

/// The folder to build. A link in a repository can lead anywhere.
fn inside(overlay: &Path) -> Result<PathBuf, Finding> {
    let missing = |why: &str| {
        let message = format!("the overlay \"{}\" {why}", overlay.display());
        let remedy = "write the path of a folder below the Application's own, as it is in the repository";
        Finding::error(Code::InvalidPluginParameter, message, remedy).at("spec.source.plugin.parameters[overlay]")
    };
    if overlay.as_os_str().is_empty() {
        return Ok(PathBuf::from("."));
    }
    let root = Path::new(".").canonicalize().map_err(|error| missing(&format!("cannot be looked for: {error}")))?;
    match overlay.canonicalize() {
        Ok(folder) if !folder.starts_with(&root) => Err(missing("is a link that leads out of the Application's folder")),
        Ok(folder) if !folder.is_dir() => Err(missing("is a file")),
        Ok(_) => Ok(overlay.to_path_buf()),
        Err(error) => Err(missing(&format!("is not there: {error}"))),
    }
}

fn render(sources: &[Source]) -> Result<(String, Findings), Findings> {
    let mut documents = Documents::default();
    let mut findings = Findings::default();
    for source in sources {
        if let Err(found) = documents.read(&source.name, &source.text) {
            findings.extend(found);
        }
    }
    if findings.has_errors() {
        return Err(findings);
    }
    let outcome = run_render(&documents);
    match outcome.output {
        Some(text) => Ok((text, outcome.findings)),
        None => Err(outcome.findings),
    }
}
