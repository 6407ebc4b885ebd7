//! Rendered manifests as they would be applied: their objects by name, and the interceptions that
//! stand among them.
//!
//! `resolve` knows what was asked for; this module knows only what came out, whoever wrote it. What
//! compares, checks or draws manifests reads it.

mod key;
mod pool;

pub use key::Key;
pub use pool::Pool;

use crate::krm::{Documents, Finding, Findings, Item, ObjectRef};
use crate::mesh::Mesh;
use serde_yaml::Value;
use std::collections::HashMap;

/// One object of the manifests.
#[derive(Debug, Clone)]
pub struct Object {
    /// What it is called.
    pub key: Key,
    /// `apiVersion`, with group and version.
    pub api_version: String,
    /// All of it.
    pub value: Value,
    /// The file it stands in and its index there, for findings.
    pub file: Option<(String, Option<usize>)>,
    /// The line of that file, from 1, on which it begins.
    pub line: Option<usize>,
}

impl Object {
    /// The value at a path of mapping keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        at(&self.value, path)
    }

    /// The string at a path of mapping keys.
    #[must_use]
    pub fn text(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.as_str()
    }

    /// What findings call it.
    #[must_use]
    pub fn to_ref(&self) -> ObjectRef {
        self.key.to_ref(&self.api_version)
    }

    /// Says in a finding that this is the object, and where it stands.
    #[must_use]
    pub fn point(&self, finding: Finding) -> Finding {
        let finding = finding.about_object(self.to_ref());
        let finding = match &self.file {
            Some((path, index)) => finding.in_file(path.clone(), *index),
            None => finding,
        };
        match self.line {
            Some(line) => finding.on_line(line),
            None => finding,
        }
    }

    /// The members of the sequence at a path of mapping keys.
    pub fn list(&self, path: &[&str]) -> impl Iterator<Item = &Value> {
        self.at(path).and_then(Value::as_sequence).into_iter().flatten()
    }
}

/// The value at a path of mapping keys.
#[must_use]
pub fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.get(*key))
}

/// Every object of some manifests, in their order.
#[derive(Debug, Default)]
pub struct Inventory {
    objects: Vec<Object>,
    by_key: HashMap<Key, usize>,
    repeated: Vec<usize>,
    mesh: Mesh,
}

impl Inventory {
    /// The objects of the manifests; what only configures kustomize is left out.
    ///
    /// # Errors
    /// An object is not YAML.
    pub fn of(documents: &Documents<'_>) -> Result<Self, Findings> {
        let mut inventory = Inventory::default();
        let mut findings = Findings::default();
        for item in documents.items() {
            match object(item) {
                Ok(object) => inventory.push(object),
                Err(finding) => findings.push(finding),
            }
        }
        let all = inventory.objects.iter();
        inventory.mesh =
            Mesh::of_rendered(all.map(|object| (object.key.group.as_str(), object.key.kind.as_str(), &object.value)));
        if findings.is_empty() { Ok(inventory) } else { Err(findings) }
    }

    /// The objects of one text; `name` names it in findings.
    ///
    /// # Errors
    /// It is not YAML, or a document in it is no object.
    pub fn read(name: &str, text: &str) -> Result<Self, Findings> {
        let mut documents = Documents::default();
        documents.read(name, text)?;
        Inventory::of(&documents)
    }

    fn push(&mut self, object: Object) {
        let index = self.objects.len();
        if *self.by_key.entry(object.key.clone()).or_insert(index) != index {
            self.repeated.push(index);
        }
        self.objects.push(object);
    }

    /// The mesh, as far as the manifests show it.
    #[must_use]
    pub fn mesh(&self) -> &Mesh {
        &self.mesh
    }

    /// Every object, in the order of the manifests.
    #[must_use]
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// The objects of a group and kind.
    pub fn of_kind<'i>(&'i self, group: &'i str, kind: &'i str) -> impl Iterator<Item = &'i Object> {
        self.objects.iter().filter(move |object| object.key.is(group, kind))
    }

    /// The first object with this key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Object> {
        self.by_key.get(key).map(|index| &self.objects[*index])
    }

    /// The Service of this name.
    #[must_use]
    pub fn service(&self, namespace: &str, name: &str) -> Option<&Object> {
        self.get(&Key::new("", "Service", namespace, name))
    }

    /// The Service that a host means to Istio, in an object of this namespace.
    #[must_use]
    pub fn service_of_host(&self, host: &str, namespace: &str) -> Option<&Object> {
        let (name, namespace) = self.mesh.service_of(host, namespace)?;
        self.service(namespace, name)
    }

    /// Objects whose key an earlier object has already.
    pub fn repeated(&self) -> impl Iterator<Item = &Object> {
        self.repeated.iter().map(|index| &self.objects[*index])
    }

    /// The pools of proxies, each with what belongs to it.
    #[must_use]
    pub fn pools(&self) -> Vec<Pool<'_>> {
        pool::pools(self)
    }
}

fn object(item: &Item<'_>) -> Result<Object, Finding> {
    let id = item.id();
    let key = Key::new(id.group(), &id.kind, id.namespace.as_deref().unwrap_or(""), &id.name);
    let (file, line) = (item.file(), item.line());
    Ok(Object { key, api_version: id.api_version.to_string(), value: item.value()?.clone(), file, line })
}
