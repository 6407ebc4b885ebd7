//! The custom resources: their types, their schema, their defaults.
//!
//! Every resource is checked against the JSON Schema that the types generate before anything is
//! read from it; what remains is a list of [`Spec`]s with the defaults applied. Nothing in this
//! module knows a Service.

mod check;
mod config;
mod connection_pool;
mod crd;
mod defaults;
mod duration;
mod limits;
mod mesh;
mod proxy_service;
mod schema;
mod source;
mod spec;
mod traffic_policy;

pub(crate) use check::nearest;
pub use config::{ProxyServiceConfig, ProxyServiceConfigSpec};
pub use connection_pool::{ConnectionPool, H2UpgradePolicy};
pub use crd::crd;
pub(crate) use defaults::merge;
pub use duration::Duration;
pub use mesh::MeshSettings;
pub use proxy_service::{
    Autoscaling, DisruptionBudget, GROUP, GitOps, LoadBalancer, Phase, PortProtocol, ProtocolName, Proxy, ProxyService,
    ProxyServiceSpec, Settings, Tls, TlsMode, UriRewrite, VERSION,
};
pub use schema::{Pattern, Shape, generated_schema, json_schema, shape};
pub use source::SpecSource;
pub use spec::{Requests, Selection, Spec};
pub use traffic_policy::{
    ConsistentHash, Locality, Maglev, OutlierDetection, PolicySettings, PortPolicy, Retries, TrafficPolicy, Warmup,
};
