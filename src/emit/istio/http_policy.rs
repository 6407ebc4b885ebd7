//! Timeout and retries of HTTP routes: on the generated ones, and on a user's own that move to the
//! proxies.

use crate::api::{Duration, Retries};
use crate::emit::object::untyped;
use crate::resolve::Interception;
use serde::Serialize;
use serde_yaml::Mapping;

/// The part of an HTTP route (VirtualService) that `trafficPolicy` decides.
#[derive(Debug, Clone, Serialize)]
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

    /// Gives a user's HTTP route the timeout and the retries that it has not. A route that sends no
    /// request on (redirect, directResponse, delegate) needs neither.
    #[allow(dead_code, reason = "called where a user's VirtualService is merged")]
    pub(crate) fn complete(&self, route: &mut Mapping) {
        if !route.contains_key("route") {
            return;
        }
        let own = untyped(self);
        for (key, value) in own.as_mapping().into_iter().flatten() {
            route.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_yaml::Value;

    #[test]
    fn a_route_of_the_user_s_keeps_what_it_says() {
        let policy = HttpRoutePolicy { timeout: Some(Duration("5s".to_string())), retries: None };
        for (route, expected) in [
            ("{route: [], timeout: 1s}", "{route: [], timeout: 1s}"),
            ("{route: []}", "{route: [], timeout: 5s}"),
            ("{redirect: {uri: /}}", "{redirect: {uri: /}}"),
        ] {
            let mut route: Mapping = serde_yaml::from_str(route).unwrap();
            policy.complete(&mut route);
            assert_eq!(Value::from(route), serde_yaml::from_str::<Value>(expected).unwrap());
        }
    }
}
