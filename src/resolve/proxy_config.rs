//! The configuration of the proxies themselves: the pod annotation `proxy.istio.io/config`, which istiod and
//! the injection lay over the mesh's `defaultConfig` (Istio's ProxyConfig).

use crate::api::Proxy;
use crate::krm::{Code, Finding, read_value};
use serde_yaml::{Mapping, Value};

/// The annotation.
pub const ANNOTATION: &str = "proxy.istio.io/config";

/// How long a pod may take to end, where nothing is asked for.
pub const GRACE_PERIOD_SECONDS: u32 = 30;

/// What remains of the grace period for the proxy to end by itself, in seconds.
const LEFT_TO_END: u32 = 5;

/// The configuration of an interception's proxies, with what the user says over it.
///
/// - `terminationDrainDuration`: Istio's 5 s would cut every request that takes longer, at each scale-down.
/// - `gatewayTopology.numTrustedProxies`: the client's sidecar is a proxy before this one, so that its
///   `x-forwarded-proto` is the application's.
/// - `proxyHeaders.requestId.disabled`: the request has an id already. A gateway would write another.
///
/// # Errors
/// The user's annotation is no mapping.
pub fn proxy_config(proxy: &Proxy) -> Result<String, Finding> {
    let mut config = ours(proxy.termination_grace_period_seconds.unwrap_or(GRACE_PERIOD_SECONDS));
    if let Some(theirs) = proxy.annotations.as_ref().and_then(|annotations| annotations.get(ANNOTATION)) {
        match read_value(theirs) {
            Ok(Value::Mapping(theirs)) => lay_over(&mut config, theirs),
            Ok(Value::Null) => {}
            _ => {
                let finding = Finding::error(
                    Code::InvalidValue,
                    "it is no mapping, and istiod would ignore it",
                    "write fields of Istio's ProxyConfig as YAML or JSON",
                );
                return Err(finding.seen(theirs.as_str()));
            }
        }
    }
    let text = serde_yaml::to_string(&config);
    text.map_err(|error| {
        Finding::error(Code::InvalidValue, format!("it cannot be written: {error}"), "write plain fields and values")
    })
}

fn ours(grace: u32) -> Mapping {
    let drain = grace.saturating_sub(LEFT_TO_END);
    let one = |key: &str, value: Value| Value::Mapping(Mapping::from_iter([(key.into(), value)]));
    Mapping::from_iter([
        ("gatewayTopology".into(), one("numTrustedProxies", 1.into())),
        ("proxyHeaders".into(), one("requestId", one("disabled", true.into()))),
        ("terminationDrainDuration".into(), format!("{drain}s").into()),
    ])
}

fn lay_over(base: &mut Mapping, over: Mapping) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Mapping(base)), Value::Mapping(over)) => lay_over(base, over),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str, grace: Option<u32>) -> Result<String, Finding> {
        let annotations = Some([(ANNOTATION.to_string(), text.to_string())].into());
        proxy_config(&Proxy { annotations, termination_grace_period_seconds: grace, ..Proxy::default() })
    }

    #[test]
    fn what_the_user_says_counts_and_the_rest_stays() {
        let written = config("concurrency: 2\ngatewayTopology: {numTrustedProxies: 2}", Some(60)).unwrap();
        let wanted = "gatewayTopology:\n  numTrustedProxies: 2\nproxyHeaders:\n  requestId:\n    disabled: true\nterminationDrainDuration: 55s\nconcurrency: 2\n";
        assert_eq!(written, wanted);
    }

    #[test]
    fn what_is_no_mapping_is_refused() {
        for text in ["- a", "text", "{"] {
            assert_eq!(config(text, None).unwrap_err().code(), Code::InvalidValue, "{text}");
        }
        assert!(config("", None).unwrap().contains("25s"));
    }
}
