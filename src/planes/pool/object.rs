//! What all generated objects have in common.

use crate::interception::{Interception, Labels};
use k8s_openapi::Resource;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::{Serialize, Serializer};

/// An object that is generated. Its metadata borrows: that of Kubernetes' types would be a fifth of the work.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Object<'i, Spec> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'i>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spec: Option<Spec>,
}

impl<'i, Spec> Object<'i, Spec> {
    /// Of a version and kind, with a spec.
    pub fn new(api_version: &'static str, kind: &'static str, metadata: Metadata<'i>, spec: Spec) -> Self {
        Object { api_version, kind, metadata, spec: Some(spec) }
    }

    /// Of a type of Kubernetes, perhaps without a spec.
    pub fn of<Type: Resource>(metadata: Metadata<'i>, spec: Option<Spec>) -> Self {
        Object { api_version: Type::API_VERSION, kind: Type::KIND, metadata, spec }
    }
}

/// Name, namespace and labels of a generated object.
#[derive(Debug, Serialize)]
pub struct Metadata<'i> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Labels>,
    #[serde(serialize_with = "as_map")]
    labels: [(&'static str, &'i str); 5],
    name: &'i str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'i str>,
}

fn as_map<S: Serializer>(labels: &[(&str, &str)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(labels.iter().copied())
}

/// Name, namespace and labels of a generated object.
///
/// It has no annotation of a host's domain: kustomize would take it for a renamed other object.
pub fn metadata<'i>(interception: &'i Interception, name: &'i str) -> Metadata<'i> {
    Metadata { annotations: None, labels: interception.own_labels(), name, namespace: interception.namespace.as_deref() }
}

/// Selects the proxies inside their namespace.
pub fn proxies(interception: &Interception) -> LabelSelector {
    LabelSelector { match_labels: Some(interception.selector()), ..LabelSelector::default() }
}
