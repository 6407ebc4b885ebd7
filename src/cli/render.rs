//! `render`: plain manifests in, plain manifests out.

use super::allow::AllowInPlace;
use super::files::replace_file;
use super::progress::Progress;
use super::{Exit, report, sources, stdout};
use crate::function::run_render;
use crate::krm::{Documents, Findings};
use anyhow::Result;
use std::path::PathBuf;

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
    /// Run `kustomize build` (else `kubectl kustomize`) on DIR first; the function works behind it.
    #[arg(short = 'k', long, value_name = "DIR", conflicts_with = "paths")]
    kustomize: Option<PathBuf>,
    #[command(flatten)]
    allow: AllowInPlace,
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
            Some(folder) => sources::build(folder, &self.allow.functions()).map(|source| vec![source]),
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
        let progress = Progress::of("rendering");
        let outcome = run_render(&documents);
        drop(progress);
        if let Some(text) = &outcome.output {
            match &self.output {
                Some(path) => replace_file(path, text)?,
                None => stdout::output(text)?,
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
