//! The labels of a namespace.

use super::Index;
use super::selector::{Labels, labels};
use super::value::at;

/// Label that every namespace has by its name (Kubernetes, "Automatic labelling").
pub const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// The labels that a namespace has at least: those of its object, if the input has that, and its name.
pub fn labels_of(namespace: &str, index: &Index<'_, '_>) -> Labels {
    let object = index.find("", "Namespace", None, namespace).first().and_then(|position| index.item(*position).value().ok());
    let mut found = labels(object.and_then(|object| at(object, &["metadata", "labels"])?.as_mapping()));
    if !namespace.is_empty() {
        found.insert(NAMESPACE_NAME.to_string(), namespace.to_string());
    }
    found
}
