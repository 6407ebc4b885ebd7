//! How the paths of a comparison are read.

use super::layers;
use crate::cli::sources;
use crate::cli::sources::Functions;
use crate::krm::Findings;
use crate::rendered::Inventory;
use std::path::Path;

/// How the paths are read.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'f> {
    /// Whether to look into the folders of a folder.
    pub recursive: bool,
    /// Which functions run while kustomize builds.
    pub functions: &'f Functions,
}

impl Reading<'_> {
    /// The objects of a path.
    pub fn applied(self, path: &Path) -> Result<Inventory, Findings> {
        sources::applied(path, self.recursive, self.functions)
    }

    /// What has to be known of the objects of these paths.
    pub fn notes(self, paths: &[&Path]) -> Vec<String> {
        if self.functions.in_place || !paths.iter().any(|path| layers::function_is_below(path)) {
            return Vec::new();
        }
        vec!["layers of kustomize stand above the function, and what they do to generated objects is not part of this: --enable-exec has it".into()]
    }
}
