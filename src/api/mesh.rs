//! What a build says of the mesh that it is for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The mesh, where it is not as Istio installs it. A build is for one mesh: this counts for every namespace of the
/// build, whichever ProxyServiceConfig says it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeshSettings {
    /// The cluster's domain, with which names of Services end (istiod's `--domain`, kubelet's `clusterDomain`).
    /// Default: cluster.local.
    #[schemars(regex(pattern = r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"))]
    pub cluster_domain: Option<String>,
    /// The namespace whose policies, rules and Sidecars are for all namespaces (`meshConfig.rootNamespace`).
    /// Default: istio-system.
    #[schemars(regex(pattern = r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"))]
    pub root_namespace: Option<String>,
    /// The first part of every principal (`meshConfig.trustDomain`). Default: whichever a policy names.
    #[schemars(length(min = 1, max = 255))]
    pub trust_domain: Option<String>,
    /// Whether sidecars choose mutual TLS by themselves (`meshConfig.enableAutoMtls`). Default: true.
    pub auto_mtls: Option<bool>,
    /// The mesh's version, such as "1.24", of ProxyServices without `proxy.istioVersion`. Default: the current one.
    #[schemars(regex(pattern = r"^1\.[0-9]{1,3}$"))]
    pub istio_version: Option<String>,
}
