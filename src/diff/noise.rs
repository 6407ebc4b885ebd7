//! What says nothing about an object: bookkeeping of the programs that handled it.

use crate::krm::HOST_ANNOTATION_DOMAINS;
use serde_yaml::{Mapping, Value};
use std::borrow::Cow;

/// Annotations of these domains that people write, and that somebody acts upon.
const MEANT: [&str; 3] =
    ["config.kubernetes.io/depends-on", "config.kubernetes.io/local-config", "config.kubernetes.io/function"];

/// The object without the annotations in which kustomize and kpt keep their books, and without the
/// `creationTimestamp: null` that Go programs write.
pub fn without(object: &Value) -> Cow<'_, Value> {
    let Some(metadata) = object.get("metadata").and_then(Value::as_mapping) else { return Cow::Borrowed(object) };
    let unset = metadata.get("creationTimestamp").is_some_and(Value::is_null);
    let annotations = metadata.get("annotations").and_then(Value::as_mapping);
    if !unset && !annotations.is_some_and(|annotations| annotations.keys().any(is_bookkeeping)) {
        return Cow::Borrowed(object);
    }
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_mapping_mut) {
        if unset {
            metadata.shift_remove("creationTimestamp");
        }
        clean(metadata);
    }
    Cow::Owned(object)
}

fn clean(metadata: &mut Mapping) {
    let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_mapping_mut) else { return };
    if annotations.keys().any(is_bookkeeping) {
        annotations.retain(|key, _| !is_bookkeeping(key));
        if annotations.is_empty() {
            metadata.shift_remove("annotations");
        }
    }
}

fn is_bookkeeping(key: &Value) -> bool {
    let Some(key) = key.as_str() else { return false };
    HOST_ANNOTATION_DOMAINS.iter().any(|domain| key.starts_with(domain)) && !MEANT.contains(&key)
}
