//! What a MeshConfig of the build says that counts for the proxies of each interception.

use super::Mesh;
use crate::api::SpecSource;
use serde_yaml::{Mapping, Value};
use std::cmp::Ordering;

/// A MeshConfig of the build.
#[derive(Debug, Clone)]
pub struct MeshConfig {
    /// Where it stands.
    pub source: SpecSource,
    /// The revision of Istio that reads it; empty for the default one.
    revision: String,
    config: Value,
}

impl MeshConfig {
    pub(super) fn new(source: SpecSource, revision: &str, config: &Value) -> Self {
        MeshConfig { source, revision: revision_name(revision).to_string(), config: config.clone() }
    }

    /// By revision and name: which one comes first must not depend on the order of the build's objects.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        (&self.revision, self.source.object()).cmp(&(&other.revision, other.source.object()))
    }

    /// The mapping at a path of keys.
    #[must_use]
    pub fn mapping(&self, path: &[&str]) -> Option<&Mapping> {
        path.iter().try_fold(&self.config, |value, key| value.get(*key))?.as_mapping()
    }
}

/// Istio's chart calls the default revision `default` in labels, and leaves it out in names.
fn revision_name(revision: &str) -> &str {
    if revision == "default" { "" } else { revision }
}

impl Mesh {
    /// The MeshConfigs that pods of a revision may have: that of the revision, else (it may be a tag, or the
    /// Namespace's) all that the build has.
    pub fn configs_of(&self, revision: Option<&str>) -> impl Iterator<Item = &MeshConfig> {
        let revision = revision_name(revision.unwrap_or_default());
        let known = self.configs.iter().any(|config| config.revision == revision);
        self.configs.iter().filter(move |config| !known || config.revision == revision)
    }
}
