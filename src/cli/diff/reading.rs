//! How the paths of a comparison are read.

use super::layers;
use crate::cli::sources;
use crate::inventory::Inventory;
use crate::krm::Findings;
use std::path::Path;

/// How the paths are read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Whether to look into the folders of a folder.
    pub recursive: bool,
    /// Whether kustomize runs the functions that are programs.
    pub with_functions: bool,
}

impl Reading {
    /// The objects of a path.
    pub fn applied(self, path: &Path) -> Result<Inventory, Findings> {
        match self.with_functions {
            true => sources::applied_with_functions(path, self.recursive),
            false => sources::applied(path, self.recursive),
        }
    }

    /// What has to be known of the objects of these paths.
    pub fn notes(self, paths: &[&Path]) -> Vec<String> {
        if self.with_functions || !paths.iter().any(|path| layers::function_is_below(path)) {
            return Vec::new();
        }
        vec!["layers of kustomize stand above the function, and what they do to generated objects is not part of this: --enable-exec has it".into()]
    }
}
