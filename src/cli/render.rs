//! `render`: plain manifests in, plain manifests out.

use super::{Exit, report, sources};
use crate::function::run_render;
use crate::krm::{Documents, Findings};
use anyhow::{Context, Result};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Render plain manifests: files, folders, stdin, or what kustomize builds.
///
/// Gives what the function gives, without kustomize's cost for functions. Kustomizations,
/// Components and function declarations among the files are left out; a ProxyServiceConfig that
/// declares a function counts as its configuration.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 rendered (there may be warnings), 1 findings, 2 wrong usage.\n\n\
    Examples:\n  proxy-service render app/ -o rendered.yaml\n  kustomize build . | proxy-service render -\n  proxy-service render -k overlays/prod")]
pub struct Render {
    /// Files, folders (*.yaml, *.yml, *.json), or - for stdin.
    #[arg(value_name = "PATH", required_unless_present = "kustomize")]
    paths: Vec<PathBuf>,
    /// Look into the folders of a folder too.
    #[arg(short = 'R', long)]
    recursive: bool,
    /// Run `kustomize build` (else `kubectl kustomize`) on DIR first, without the function.
    #[arg(short = 'k', long, value_name = "DIR", conflicts_with = "paths")]
    kustomize: Option<PathBuf>,
    /// Write to FILE instead of stdout; it is replaced as a whole or not at all.
    #[arg(short = 'o', long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Render {
    /// Runs the command.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn run(self) -> Result<Exit> {
        let sources = match &self.kustomize {
            Some(folder) => sources::build(folder).map(|source| vec![source]).map_err(Findings::from),
            None => sources::read(&self.paths, self.recursive),
        };
        let sources = match sources {
            Ok(sources) => sources,
            Err(findings) => return Ok(ended(&findings)),
        };
        let mut documents = Documents::default();
        let mut findings = Findings::default();
        for source in &sources {
            if let Err(found) = documents.read(&source.name, &source.text) {
                findings.extend(found);
            }
        }
        if findings.has_errors() {
            return Ok(ended(&findings));
        }
        let outcome = run_render(&documents);
        if let Some(text) = &outcome.output {
            match &self.output {
                Some(file) => replace_file(file, text)?,
                None => report::output(text)?,
            }
        }
        let exit = ended(&outcome.findings);
        // The process ends, and gives all of it back at once.
        std::mem::forget(outcome);
        Ok(exit)
    }
}

fn ended(findings: &Findings) -> Exit {
    report::findings(findings);
    Exit::of(findings)
}

/// Writes beside the file and renames: a reader sees the old content or the new one.
fn replace_file(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = || format!("\"{}\" could not be written; it is as it was", file.display());
    let mut temporary = tempfile::Builder::new().prefix(".proxy-service-").tempfile_in(folder).with_context(failed)?;
    temporary.write_all(text.as_bytes()).with_context(failed)?;
    temporary.as_file().sync_all().with_context(failed)?;
    keep_permissions(file, temporary.as_file()).with_context(failed)?;
    temporary.persist(file).with_context(failed)?;
    Ok(())
}

/// A temporary file is private; the output gets the old file's permissions, else the usual ones.
#[cfg(unix)]
fn keep_permissions(file: &Path, temporary: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let permissions = std::fs::metadata(file).map_or_else(|_| PermissionsExt::from_mode(0o644), |old| old.permissions());
    temporary.set_permissions(permissions)
}

#[cfg(not(unix))]
fn keep_permissions(_: &Path, _: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}
