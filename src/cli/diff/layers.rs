//! In which layer of a kustomization the function runs.

use crate::cli::sources::{kustomization_of, peek};
use crate::krm::{FUNCTION_ANNOTATION, read_value};
use serde_yaml::Value;
use std::path::Path;

/// Layers beyond which nobody looks: a kustomization that includes itself does not build anyway.
const DEEPEST: usize = 20;

/// Whether the function runs in a layer below this folder's: built without the function, the layers
/// above it have nothing of what it generates.
pub fn function_is_below(folder: &Path) -> bool {
    let Some(kustomization) = read(folder) else { return false };
    !has_function(folder, &kustomization, DEEPEST) && is_below(folder, &kustomization, DEEPEST)
}

fn is_below(folder: &Path, kustomization: &Value, depth: usize) -> bool {
    depth > 0
        && ["resources", "bases", "components"].iter().flat_map(|field| entries(kustomization, field)).any(|entry| {
            let below = folder.join(entry);
            read(&below).is_some_and(|layer| has_function(&below, &layer, depth - 1) || is_below(&below, &layer, depth - 1))
        })
}

/// Whether a layer runs a function itself, or through its Components.
fn has_function(folder: &Path, kustomization: &Value, depth: usize) -> bool {
    let declares = |text: &str| text.contains(FUNCTION_ANNOTATION);
    let own = entries(kustomization, "transformers").any(|entry| {
        // A file, a folder, or the declaration itself.
        let path = folder.join(entry);
        declares(entry)
            || peek(&path).is_some_and(|text| declares(&text))
            || depth > 0 && read(&path).is_some_and(|layer| is_declared(&path, &layer))
    });
    own || depth > 0
        && entries(kustomization, "components").any(|entry| {
            let component = folder.join(entry);
            read(&component).is_some_and(|layer| has_function(&component, &layer, depth - 1))
        })
}

/// Whether a resource of a folder of transformers declares a function.
fn is_declared(folder: &Path, kustomization: &Value) -> bool {
    entries(kustomization, "resources")
        .any(|entry| peek(&folder.join(entry)).is_some_and(|text| text.contains(FUNCTION_ANNOTATION)))
}

fn entries<'k>(kustomization: &'k Value, field: &str) -> impl Iterator<Item = &'k str> {
    kustomization.get(field).and_then(Value::as_sequence).into_iter().flatten().filter_map(Value::as_str)
}

fn read(folder: &Path) -> Option<Value> {
    read_value(&peek(&kustomization_of(folder)?)?).ok()
}
