//! Timeout and retries of the generated HTTP routes.

use crate::api::{Duration, Retries};
use crate::resolve::Interception;
use serde::Serialize;

/// The part of an HTTP route (VirtualService) that `trafficPolicy` decides.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HttpRoutePolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retries: Option<Retries>,
}

impl HttpRoutePolicy {
    /// That of an interception.
    pub(crate) fn of(interception: &Interception) -> Self {
        HttpRoutePolicy { timeout: interception.traffic.timeout.clone(), retries: interception.traffic.retries.clone() }
    }
}
