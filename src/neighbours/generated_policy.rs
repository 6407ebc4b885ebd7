//! Objects that stand beside an interception so that a policy keeps its meaning.

use crate::changes::{Changes, Claim, Kind, Role};
use crate::interception::Interception;
use crate::objects::value::mapping;
use serde_yaml::{Mapping, Value};

/// A policy to generate, in the namespace of the front.
#[derive(Debug)]
pub struct GeneratedPolicy {
    /// Its group and kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The whole object.
    pub object: Value,
}

/// What the policies about one application's pods come to.
pub struct Carried<'c> {
    /// The interception, by its position.
    interception: usize,
    changes: &'c mut Changes,
    /// Whether a policy of the user's leaves out the proxies now, or lets clients reach them.
    pub exempts: bool,
    /// Policies that stand beside the user's, in the order of writing.
    pub generated: Vec<GeneratedPolicy>,
}

impl<'c> Carried<'c> {
    /// Of an interception, by its position.
    pub fn new(interception: usize, changes: &'c mut Changes) -> Self {
        Carried { interception, changes, exempts: false, generated: Vec::new() }
    }

    /// The new value of a policy of the user's that leaves out the proxies, or lets clients reach them.
    pub fn exempting(&mut self, policy: usize, original: &Value) -> &mut Value {
        self.exempts = true;
        self.changes.claim(policy, Claim::users(self.interception, Role::Policy));
        self.changes.value_mut(policy, original)
    }
}

/// A companion with the labels of everything generated, so that the next run knows it.
pub fn companion(interception: &Interception, version: &str, kind: Kind, name: &str, spec: Mapping) -> GeneratedPolicy {
    let mut metadata = Mapping::new();
    metadata.insert("name".into(), name.into());
    if let Some(namespace) = &interception.namespace {
        metadata.insert("namespace".into(), namespace.as_str().into());
    }
    metadata.insert("labels".into(), mapping(&interception.labels()).into());
    let mut object = Mapping::new();
    object.insert("apiVersion".into(), format!("{}/{version}", kind.group).into());
    object.insert("kind".into(), kind.kind.into());
    object.insert("metadata".into(), metadata.into());
    object.insert("spec".into(), spec.into());
    GeneratedPolicy { kind, name: name.to_string(), object: object.into() }
}
