//! What identifies an object across versions of its manifests.

use crate::krm::ObjectRef;
use std::fmt;

/// Group, kind, namespace and name. The version is left out: it is the same object under each.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty where the manifests set none.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Key {
    /// The key of these parts.
    #[must_use]
    pub fn new(group: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Key { group: group.into(), kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }

    /// Whether it is of that group and kind.
    #[must_use]
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group == group
    }

    /// What findings call the object.
    #[must_use]
    pub fn to_ref(&self, api_version: &str) -> ObjectRef {
        let namespace = Some(self.namespace.as_str()).filter(|namespace| !namespace.is_empty());
        ObjectRef::new(api_version, &self.kind, namespace, &self.name)
    }
}

impl fmt::Display for Key {
    /// `shop/cart Service`, as in findings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        write!(f, "{} {}", self.name, self.kind)
    }
}
