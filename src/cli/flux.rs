//! `flux`: manifests in folders, in the order in which Flux must apply them.

use super::allow::Allow;
use super::folder::{check_replaceable, replace_folder};
use super::{Exit, report, sources};
use crate::delivery::flux::{Source, Split, check_gone, folder, kustomizations};
use crate::function::run_flux;
use crate::krm::{Documents, Finding, Findings};
use crate::rendered::Inventory;
use anyhow::Result;
use std::path::{Component, Path, PathBuf};

/// Render manifests into folders that Flux applies one after the other.
///
/// DIR gets `proxies` (what no client notices), `routes` and `rules` (yours for an intercepted
/// Service), `app` (all the rest), and `flux` with a Kustomization for each. It is replaced as a whole
/// or not at all.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 written (there may be warnings), 1 findings or not written, 2 wrong usage.\n\n\
    Example:\n  proxy-service flux -k deploy/overlays/prod -o rendered --name sock-shop")]
pub struct Flux {
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
    allow: Allow,
    /// The folder to write.
    #[arg(short = 'o', long, value_name = "DIR")]
    output: PathBuf,
    /// The Kustomization that has the application already, or is to have it.
    #[arg(long, value_parser = dns_label)]
    name: String,
    /// Namespace of the Kustomizations.
    #[arg(long, default_value = "flux-system", value_parser = dns_label)]
    namespace: String,
    /// Their source: KIND/NAME.
    #[arg(long, default_value = "GitRepository/flux-system", value_parser = source)]
    source: (String, String),
    /// The path of DIR in that source. Default: DIR.
    #[arg(long, value_parser = inside)]
    path: Option<String>,
}

impl Flux {
    /// Runs the command.
    ///
    /// # Errors
    /// The folder cannot be written, or is somebody else's.
    pub fn run(self) -> Result<Exit> {
        let Some(path) = self.path.clone().or_else(|| inside(&self.output.to_string_lossy()).ok()) else {
            report::wrong_usage("--path is needed, because DIR does not tell where it is in the source; write its path there");
            return Ok(Exit::Trouble);
        };
        check_replaceable(&self.output)?;
        let (split, findings) = match self.split() {
            Ok(done) => done,
            Err(findings) => {
                report::findings(&findings);
                return Ok(Exit::Findings);
            }
        };
        let (source_kind, source_name) = self.source;
        let source = Source { name: self.name, namespace: self.namespace, source_kind, source_name, path };
        replace_folder(&self.output, &files(&split, &source))?;
        report::findings(&findings);
        Ok(Exit::Success)
    }

    fn split(&self) -> Result<(Split, Findings), Findings> {
        let sources = match &self.kustomize {
            Some(folder) => vec![sources::build(folder, &self.allow.functions())?],
            None => sources::read(&self.paths, self.recursive)?,
        };
        let mut documents = Documents::default();
        let mut findings = Findings::default();
        for source in &sources {
            if let Err(found) = documents.read(&source.name, &source.text) {
                findings.extend(found);
            }
        }
        if findings.has_errors() {
            return Err(findings);
        }
        let (split, mut findings) = run_flux(&documents)?;
        check_gone(&self.written()?, &inventory(&split)?, &mut findings);
        if findings.has_errors() { Err(findings) } else { Ok((split, findings)) }
    }

    /// What the last run wrote.
    fn written(&self) -> Result<Inventory, Findings> {
        let Ok(root) = self.output.canonicalize() else { return Ok(Inventory::default()) };
        let files = ["proxies", "app"].map(|folder| self.output.join(folder).join(MANIFESTS));
        let mut reader = sources::Reader::default();
        let read = files.iter().filter(|file| file.symlink_metadata().is_ok()).map(|file| reader.found(file, &root));
        let text: Vec<String> = read.map(|source| Ok(source?.text)).collect::<Result<_, Finding>>()?;
        Inventory::read(&self.output.display().to_string(), &text.join("---\n"))
    }
}

const MANIFESTS: &str = "manifests.yaml";

fn inventory(split: &Split) -> Result<Inventory, Findings> {
    let text: Vec<&str> = split.folders.iter().map(|(_, text)| text.as_str()).collect();
    Inventory::read("rendered", &text.join("---\n"))
}

/// The files of DIR. A folder without objects is one that Flux empties.
fn files(split: &Split, source: &Source) -> Vec<(String, String)> {
    const HEAD: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
    let mut files = Vec::new();
    for (step, text) in &split.folders {
        let name = folder(*step);
        let resources = if text.is_empty() { "resources: []\n".to_string() } else { format!("resources:\n- {MANIFESTS}\n") };
        files.push((format!("{name}/kustomization.yaml"), format!("{HEAD}{resources}")));
        if !text.is_empty() {
            files.push((format!("{name}/{MANIFESTS}"), text.clone()));
        }
    }
    files.push(("flux/kustomizations.yaml".into(), kustomizations(split, source)));
    files
}

fn dns_label(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let good =
        !text.is_empty() && text.len() <= 240 && text.chars().all(plain) && text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if good { Ok(text.into()) } else { Err("a name of Kubernetes is made of a-z, 0-9 and -".into()) }
}

fn source(text: &str) -> Result<(String, String), String> {
    const KINDS: [&str; 4] = ["GitRepository", "OCIRepository", "Bucket", "ExternalArtifact"];
    match text.split_once('/') {
        Some((kind, name)) if KINDS.contains(&kind) => Ok((kind.into(), dns_label(name)?)),
        _ => Err(format!("write KIND/NAME with one of the kinds {}", KINDS.join(", "))),
    }
}

/// A path in a source: relative, and not out of it.
fn inside(text: &str) -> Result<String, String> {
    let path = Path::new(text);
    let parts: Option<Vec<&str>> = path
        .components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    match parts {
        Some(parts) if !parts.is_empty() && !text.chars().any(char::is_control) => Ok(parts.join("/")),
        _ => Err("write a path inside of the source, such as rendered/prod".into()),
    }
}
