//! Where something was asked for.

use crate::krm::{Finding, Item, Layers, ObjectRef};
use serde::{Serialize, Serializer};
use std::rc::Rc;

/// Where a spec stands, for findings about it.
#[derive(Debug, Clone)]
pub struct SpecSource {
    /// The same for all specs of a resource, which may be many.
    resource: Rc<Resource>,
    prefix: String,
}

#[derive(Debug)]
struct Resource {
    object: ObjectRef,
    file: Option<(String, Option<usize>)>,
    layers: Layers,
}

/// As findings name it: the resource and the path in it.
impl Serialize for SpecSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} {}", self.resource.object, self.prefix))
    }
}

impl SpecSource {
    /// The resource `item`, with the spec's fields under the path `prefix`.
    #[must_use]
    pub fn new(item: &Item<'_>, prefix: impl Into<String>) -> Self {
        let resource = Resource { object: item.id().to_ref(), file: item.file(), layers: Layers::of(item) };
        SpecSource { resource: Rc::new(resource), prefix: prefix.into() }
    }

    /// Points a finding at a field of the spec.
    #[must_use]
    pub fn point(&self, finding: Finding, field: &str) -> Finding {
        let field = if self.prefix.is_empty() { field.to_string() } else { format!("{}.{field}", self.prefix) };
        let finding = finding.about_object(self.resource.object.clone()).at(field);
        match &self.resource.file {
            Some((path, index)) => finding.in_file(path.clone(), *index),
            None => finding,
        }
    }

    /// The resource, as findings name it.
    #[must_use]
    pub fn object(&self) -> &ObjectRef {
        &self.resource.object
    }

    /// The layers that have renamed the resource: its Service was written under the same ones.
    #[must_use]
    pub fn layers(&self) -> &Layers {
        &self.resource.layers
    }

    /// Another place in the same resource.
    #[must_use]
    pub fn below(&self, prefix: impl Into<String>) -> Self {
        SpecSource { resource: Rc::clone(&self.resource), prefix: prefix.into() }
    }
}
