//! Where something was asked for.

use crate::krm::{Finding, Item, Layers, ObjectRef};

/// Where a spec stands, for findings about it.
#[derive(Debug, Clone)]
pub struct SpecSource {
    object: ObjectRef,
    file: Option<(String, Option<usize>)>,
    prefix: String,
    layers: Layers,
}

impl SpecSource {
    /// The resource `item`, with the spec's fields under the path `prefix`.
    #[must_use]
    pub fn new(item: &Item<'_>, prefix: impl Into<String>) -> Self {
        SpecSource { object: item.id().to_ref(), file: item.file(), prefix: prefix.into(), layers: Layers::of(item) }
    }

    /// Points a finding at a field of the spec.
    #[must_use]
    pub fn point(&self, finding: Finding, field: &str) -> Finding {
        let field = if self.prefix.is_empty() { field.to_string() } else { format!("{}.{field}", self.prefix) };
        let finding = finding.about_object(self.object.clone()).at(field);
        match &self.file {
            Some((path, index)) => finding.in_file(path.clone(), *index),
            None => finding,
        }
    }

    /// The resource, as findings name it.
    #[must_use]
    pub fn object(&self) -> &ObjectRef {
        &self.object
    }

    /// The layers that have renamed the resource: its Service was written under the same ones.
    #[must_use]
    pub fn layers(&self) -> &Layers {
        &self.layers
    }

    /// Another place in the same resource.
    #[must_use]
    pub fn below(&self, prefix: impl Into<String>) -> Self {
        SpecSource { prefix: prefix.into(), ..self.clone() }
    }
}
