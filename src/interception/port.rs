//! One port of an intercepted Service.

use super::protocol::Protocol;
use crate::api::UriRewrite;
use serde::Serialize;

/// One port of the Service, as the proxies carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProxyPort {
    /// The Service's port number, which is also that of the Gateway's server.
    pub number: u16,
    /// What it speaks.
    pub protocol: Protocol,
    /// Whether the original Service says so itself.
    pub declared: bool,
    /// The port on which the proxies listen: at least 1024, and none of the mesh's own.
    pub listen: u16,
    /// A path rewrite for its requests.
    pub rewrite: Option<UriRewrite>,
}
