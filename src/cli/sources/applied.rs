//! What would be applied: manifests after every kustomization is built and every ProxyService
//! rendered.

use super::{Source, build, build_with_functions, read};
use crate::function::run_render;
use crate::inventory::Inventory;
use crate::krm::{Documents, Finding, Findings};
use std::path::{Path, PathBuf};

/// The objects that a path stands for: a folder with a kustomization is built, other folders,
/// files and `-` are read; then ProxyServices among them are rendered. Manifests without any are
/// what they are.
///
/// # Errors
/// Something cannot be read or built, or has a finding of severity error.
pub fn applied(path: &Path, recursive: bool) -> Result<Inventory, Findings> {
    applied_by(build, path, recursive)
}

/// The same, kustomizations built by `kustomize build --enable-exec`.
///
/// # Errors
/// As of [`applied`].
pub fn applied_with_functions(path: &Path, recursive: bool) -> Result<Inventory, Findings> {
    applied_by(build_with_functions, path, recursive)
}

fn applied_by(build: fn(&Path) -> Result<Source, Finding>, path: &Path, recursive: bool) -> Result<Inventory, Findings> {
    let sources = if is_kustomization(path) { vec![build(path)?] } else { read(&[PathBuf::from(path)], recursive)? };
    rendered(&sources)
}

/// The objects of these sources, ProxyServices among them rendered.
fn rendered(sources: &[Source]) -> Result<Inventory, Findings> {
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
        Some(text) => Inventory::read(sources.first().map_or("rendered", |source| &source.name), &text),
        None => Err(outcome.findings),
    }
}

/// Whether kustomize would build this folder.
#[must_use]
pub fn is_kustomization(folder: &Path) -> bool {
    kustomization_of(folder).is_some()
}

/// The file by which kustomize would build this folder (its `RecognizedKustomizationFileNames`).
#[must_use]
pub fn kustomization_of(folder: &Path) -> Option<PathBuf> {
    let files = ["kustomization.yaml", "kustomization.yml", "Kustomization"].map(|name| folder.join(name));
    files.into_iter().find(|file| file.is_file())
}
