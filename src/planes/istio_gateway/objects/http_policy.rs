//! Timeout and retries of the generated HTTP routes.

use crate::api::{Duration, Retries};
use crate::interception::Interception;
use serde::Serialize;

/// What cannot have reached the application (Envoy, `x-envoy-retry-on`).
const NEVER_ARRIVED: &str = "connect-failure,refused-stream";

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
    ///
    /// Without any retries istiod would write the mesh's (`retry.DefaultPolicy`), of answers of the
    /// application too, and they would multiply with those of the client's sidecar.
    pub(crate) fn of(interception: &Interception) -> Self {
        let mut retries =
            interception.traffic.retries.clone().unwrap_or_else(|| Retries { attempts: Some(2), ..Retries::default() });
        if retries.attempts != Some(0) && retries.retry_on.is_none() {
            retries.retry_on = Some(NEVER_ARRIVED.into());
        }
        HttpRoutePolicy { timeout: interception.traffic.timeout.clone(), retries: Some(retries) }
    }
}
