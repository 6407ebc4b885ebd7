//! The ProxyServiceConfig resource: defaults for many ProxyServices, or interception by label.

use super::mesh::MeshSettings;
use super::proxy_service::{ProxyServiceSpec, Settings};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// Defaults, an inline list and a label selector for a whole build.
///
/// As functionConfig, or as a resource without namespace, it governs every namespace of the build;
/// as a resource with a namespace, that one, and there it goes before the others.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProxyServiceConfig {
    /// Always msvcbench.io/v1alpha1.
    pub api_version: String,
    /// Always ProxyServiceConfig.
    pub kind: String,
    /// Name, and the namespace that this configuration governs.
    pub metadata: Map<String, Json>,
    /// What is asked for.
    pub spec: Option<ProxyServiceConfigSpec>,
}

/// What a ProxyServiceConfig asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProxyServiceConfigSpec {
    /// Fields that a ProxyService has where it does not set them itself.
    pub defaults: Option<Settings>,
    /// ProxyServices without a resource of their own.
    pub proxy_services: Option<Vec<InlineProxyService>>,
    /// Every Service with these labels is intercepted.
    pub service_selector: Option<LabelSelector>,
    /// The mesh, where it is not as Istio installs it.
    pub mesh: Option<MeshSettings>,
}

/// A ProxyService without a resource of its own.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct InlineProxyService {
    /// The Service's namespace. Default: the configuration's own.
    pub namespace: Option<String>,
    /// The fields of a ProxyService's spec.
    #[serde(flatten)]
    pub spec: ProxyServiceSpec,
}
