//! The kustomization beside which the files are written.

use crate::findings::Code;
use crate::krm::{Finding, ObjectRef};
use serde_yaml::Value;

/// The kustomization that gets the files.
#[derive(Debug)]
pub enum Layer {
    /// There is none yet; it gets these resources.
    New {
        /// Paths from its folder.
        resources: Vec<String>,
    },
    /// One that exists: its Services were built, and have been renamed by it since.
    Existing {
        /// `namePrefix`.
        prefix: String,
        /// `nameSuffix`.
        suffix: String,
        /// Whether it sets the namespace of all.
        namespace: bool,
        /// Whether it runs the function already.
        function: bool,
    },
}

impl Layer {
    /// What an existing kustomization does to names, from its text; `function` says whether it runs
    /// the function already.
    #[must_use]
    pub fn existing(kustomization: &str, function: bool) -> Self {
        let value: Value = crate::krm::read_value(kustomization).unwrap_or_default();
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
        Layer::Existing {
            prefix: text("namePrefix"),
            suffix: text("nameSuffix"),
            namespace: !text("namespace").is_empty(),
            function,
        }
    }

    /// Whether a second Component would be one too many.
    #[must_use]
    pub fn has_function(&self) -> bool {
        matches!(self, Layer::Existing { function: true, .. })
    }

    /// The name and the namespace that a built Service has where the function runs. A Component runs
    /// before the prefix, suffix and namespace of the kustomization that includes it.
    ///
    /// # Errors
    /// Something else has renamed the Service.
    pub(super) fn before(&self, built: &ObjectRef) -> Result<(String, Option<String>), Finding> {
        let Layer::Existing { prefix, suffix, namespace, .. } = self else {
            return Ok((built.name.clone(), built.namespace.clone()));
        };
        let name = built.name.strip_prefix(prefix.as_str()).and_then(|name| name.strip_suffix(suffix.as_str()));
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            let message = format!("\"{}\" does not begin and end as this kustomization's prefix and suffix have it", built.name);
            let remedy = "write its ProxyService by hand, with the name that the Service has before this kustomization";
            return Err(Finding::error(Code::RenamedOtherwise, message, remedy).at("metadata.name"));
        };
        Ok((name.to_string(), built.namespace.clone().filter(|_| !namespace)))
    }
}
