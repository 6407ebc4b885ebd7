//! The ProxyService resource.
//!
//! Group, names and meaning of `serviceName`, `target`, `port`, `protocol`, `loadBalancer` and `uri`
//! are those of the Proxy-Service operator, so that its resources work unchanged.

use super::TrafficPolicy;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscalerBehavior;
use k8s_openapi::api::core::v1::{Affinity, Toleration};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::num::NonZeroU16;

/// The API group of the custom resources: the operator's own.
pub const GROUP: &str = "msvcbench.io";
/// The one version of the custom resources.
pub const VERSION: &str = "v1alpha1";

/// Puts a pool of Envoy proxies in front of one Service.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProxyService {
    /// Always msvcbench.io/v1alpha1.
    pub api_version: String,
    /// Always ProxyService.
    pub kind: String,
    /// Name, and the namespace of the Service to intercept.
    pub metadata: Map<String, Json>,
    /// What is asked for.
    pub spec: ProxyServiceSpec,
    /// What a controller may have written; ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Map<String, Json>>,
}

/// What a ProxyService asks for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProxyServiceSpec {
    /// The Service that clients call (the front).
    #[schemars(length(min = 1, max = 63))]
    pub service_name: String,
    /// The Service over the application's pods. Default: serviceName with the suffix -ep.
    #[schemars(length(min = 1, max = 63))]
    pub target: Option<String>,
    /// Everything but the names.
    #[serde(flatten)]
    pub settings: Settings,
}

/// Everything of a ProxyService but the names: what a ProxyServiceConfig can give as a default.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// A port of the Service. Without a declared protocol it is HTTP, or what protocol says.
    /// Naming a port never drops the others: every TCP port is carried.
    pub port: Option<NonZeroU16>,
    /// Protocol of that port, where the Service does not declare one.
    pub protocol: Option<ProtocolName>,
    /// How the proxies choose among the application's pods. Default: LEAST_REQUEST.
    pub load_balancer: Option<LoadBalancer>,
    /// Requests whose path begins with matchUriPrefix get it replaced by rewriteUri; all other
    /// requests pass as they are. Applies to port, else to every HTTP port.
    pub uri: Option<UriRewrite>,
    /// Protocols of further ports, where the Service does not declare them.
    pub ports: Option<Vec<PortProtocol>>,
    /// The hop from the clients to the proxies.
    pub tls: Option<Tls>,
    /// How the proxies treat the application's pods.
    pub traffic_policy: Option<TrafficPolicy>,
    /// How many proxies run.
    pub autoscaling: Option<Autoscaling>,
    /// The proxies' pods.
    pub proxy: Option<Proxy>,
    /// How far the cutover goes. Default: Intercept.
    pub phase: Option<Phase>,
    /// What the controllers that apply the manifests are told.
    pub gitops: Option<GitOps>,
}

/// How far the cutover goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Phase {
    /// Proxies, target and routes are there, and the Service still selects the application's pods.
    Prepare,
    /// The Service selects the proxies.
    #[default]
    Intercept,
}

/// What the controllers that apply the manifests are told.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct GitOps {
    /// Sync waves for Argo CD, and PruneLast on everything generated. Default: false.
    pub argocd: Option<bool>,
    /// A Service of the proxies' own, for a cutover in several steps. `proxy-service flux` sets it.
    /// Default: false.
    pub flux: Option<bool>,
}

/// The protocol of one port.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PortProtocol {
    /// A port of the Service.
    pub port: NonZeroU16,
    /// What it speaks, where the Service does not declare it.
    pub protocol: ProtocolName,
}

/// A protocol, as Istio names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ProtocolName {
    /// HTTP/1.1.
    HTTP,
    /// HTTP/2 without TLS (h2c).
    HTTP2,
    /// gRPC.
    GRPC,
    /// gRPC-Web.
    #[serde(rename = "GRPC-WEB")]
    GrpcWeb,
    /// HTTP over TLS that the application ends itself; carried as connections.
    HTTPS,
    /// TLS that the application ends itself; carried as connections.
    TLS,
    /// Any other protocol over TCP; balanced by connection.
    TCP,
}

/// How the proxies choose among the application's pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LoadBalancer {
    /// The pod with the fewest outstanding requests of two chosen at random.
    #[default]
    LeastRequest,
    /// Each pod in turn.
    RoundRobin,
    /// A pod at random.
    Random,
    /// The same as LEAST_REQUEST, with a warning: proxies are asked for by their own address, so that there
    /// is nothing to pass on.
    Passthrough,
    /// Istio's deprecated alias of LEAST_REQUEST.
    LeastConn,
}

/// A path rewrite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UriRewrite {
    /// The path prefix to match.
    #[schemars(regex(pattern = "^/"))]
    pub match_uri_prefix: String,
    /// What replaces the prefix.
    #[schemars(regex(pattern = "^/"))]
    pub rewrite_uri: String,
}

/// The hop from the clients to the proxies.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Tls {
    /// ISTIO_MUTUAL (the default) or DISABLE.
    pub mode: Option<TlsMode>,
}

/// How clients reach the proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TlsMode {
    /// Mutual TLS of the mesh: clients outside the mesh cannot connect.
    #[default]
    IstioMutual,
    /// Plaintext: every client can connect, nothing is encrypted on this hop.
    Disable,
}

/// How many proxies run.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Autoscaling {
    /// Proxies that always run. Default: 2. Keep the pool much smaller than the number of clients.
    #[schemars(range(min = 1))]
    pub min_replicas: Option<i32>,
    /// Proxies at the most. Default: 5.
    #[schemars(range(min = 1))]
    pub max_replicas: Option<i32>,
    /// The CPU use, in percent of the request, that the autoscaler aims at. Default: 70.
    #[serde(rename = "targetCPUUtilizationPercentage")]
    #[schemars(range(min = 1))]
    pub target_cpu_utilization_percentage: Option<i32>,
    /// Scaling speed, as in a HorizontalPodAutoscaler (autoscaling/v2).
    pub behavior: Option<HorizontalPodAutoscalerBehavior>,
}

/// The proxies' pods.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Proxy {
    /// The proxy's image. Default: auto, which the mesh's injection replaces.
    #[schemars(length(min = 1))]
    pub image: Option<String>,
    /// The mesh revision that injects the proxies (label istio.io/rev). Default: that of the
    /// application's pods, where the input shows it and their Namespace has no label of Istio's.
    #[schemars(length(min = 1, max = 63))]
    pub revision: Option<String>,
    /// The mesh's version, such as "1.24": fields that it does not know are refused. Default: the
    /// current one.
    #[schemars(regex(pattern = r"^1\.[0-9]{1,3}$"))]
    pub istio_version: Option<String>,
    /// How long a proxy may take to end: it drains for 5 s less. The longest request that a scale-down
    /// must not cut. Default: 30.
    #[schemars(range(min = 10, max = 3600))]
    pub termination_grace_period_seconds: Option<u32>,
    /// Annotations of the pods. What `proxy.istio.io/config` says is laid over the program's own.
    pub annotations: Option<BTreeMap<String, String>>,
    /// Requests and limits of the proxy container. Default: those of Istio's gateway chart.
    pub resources: Option<Resources>,
    /// Labels of the nodes on which the pods may run.
    pub node_selector: Option<BTreeMap<String, String>>,
    /// Taints that the pods tolerate.
    pub tolerations: Option<Vec<Toleration>>,
    /// Affinity of the pods. Default: none; the pods spread over the nodes.
    pub affinity: Option<Affinity>,
    /// The pods' priority class.
    #[schemars(length(min = 1))]
    pub priority_class_name: Option<String>,
    /// How many proxies a voluntary disruption may take away. Default: one at a time, where at
    /// least two always run.
    pub disruption_budget: Option<DisruptionBudget>,
}

/// Compute resources of the proxy container.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Resources {
    /// What is reserved. The CPU request is what the autoscaler measures against.
    pub requests: Option<BTreeMap<String, Quantity>>,
    /// What is allowed at the most.
    pub limits: Option<BTreeMap<String, Quantity>>,
}

/// How many proxies a voluntary disruption may take away: one of the two fields.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DisruptionBudget {
    /// Proxies, as a number or percentage, that must stay.
    pub min_available: Option<IntOrString>,
    /// Proxies, as a number or percentage, that may go.
    pub max_unavailable: Option<IntOrString>,
}
