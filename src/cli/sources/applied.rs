//! What would be applied: manifests after every kustomization is built and every ProxyService
//! rendered.

use super::{Functions, build, read};
use crate::api::GROUP;
use crate::function::run_render;
use crate::krm::{Documents, Findings, Item};
use crate::rendered::Inventory;
use std::path::{Path, PathBuf};

/// The objects that a path stands for: a folder with a kustomization is built, other folders,
/// files and `-` are read; then ProxyServices among them are rendered. Manifests without any are
/// what they are.
///
/// # Errors
/// Something cannot be read or built, or has a finding of severity error.
pub fn applied(path: &Path, recursive: bool, functions: &Functions) -> Result<Inventory, Findings> {
    Ok(both(&[path.to_path_buf()], recursive, functions)?.after)
}

/// The same objects without this program's work and with it.
#[derive(Debug)]
pub struct Sides {
    /// As they were read, our resources among them; `None` where there are none, so nothing to do.
    pub before: Option<Inventory>,
    /// As [`applied`] has them.
    pub after: Inventory,
}

/// What several paths stand for together. With the function in place, layers above it reach what it
/// generates.
///
/// # Errors
/// Something cannot be read or built, or has a finding of severity error.
pub fn sides(paths: &[PathBuf], recursive: bool, functions: &Functions) -> Result<Sides, Findings> {
    if !functions.in_place {
        return both(paths, recursive, functions);
    }
    let before = both(paths, recursive, &Functions { in_place: false, ..functions.clone() })?.before;
    Ok(Sides { before, after: both(paths, recursive, functions)?.after })
}

fn both(paths: &[PathBuf], recursive: bool, functions: &Functions) -> Result<Sides, Findings> {
    let mut sources = Vec::new();
    for path in paths {
        if is_kustomization(path) {
            sources.push(build(path, functions)?);
        } else {
            sources.extend(read(std::slice::from_ref(path), recursive)?);
        }
    }
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
    let name = sources.first().map_or("rendered", |source| &source.name);
    let outcome = run_render(&documents);
    let Some(text) = outcome.output else { return Err(outcome.findings) };
    let is_ours = |item: &Item<'_>| item.id().group() == GROUP;
    let before = if documents.items().iter().chain(documents.function_configs()).any(is_ours) {
        Some(Inventory::of(&documents)?)
    } else {
        None
    };
    Ok(Sides { before, after: Inventory::read(name, &text)? })
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
