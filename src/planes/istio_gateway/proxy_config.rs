//! The configuration of the proxies themselves: the pod annotation `proxy.istio.io/config`, which istiod and
//! the injection lay over the mesh's `defaultConfig` (Istio's ProxyConfig).
//!
//! They lay it over by fields of the first level: a message takes the place of the mesh's whole message
//! (`protomarshal.ApplyYAML`), of whose fields `correctProxyHeaders` brings only some back.

use crate::api::Proxy;
use crate::findings::Code;
use crate::interception::Interception;
use crate::krm::{Finding, Findings, read_value, to_yaml};
use crate::mesh::Mesh;
use serde_yaml::{Mapping, Value};
use std::borrow::Cow;

/// The annotation.
pub const ANNOTATION: &str = "proxy.istio.io/config";

/// How long a pod may take to end, where nothing is asked for.
pub const GRACE_PERIOD_SECONDS: u32 = 30;

/// What remains of the grace period for the proxy to end by itself, in seconds.
const LEFT_TO_END: u32 = 5;

const HEADERS: &str = "proxyHeaders";

/// Fields of `proxyHeaders` that mean something at a gateway alone: sidecars leave `x-forwarded-port` as it is
/// (Envoy writes it where `use_remote_address` is on), and a gateway would write the port on which it listens.
const OF_GATEWAYS: [&str; 1] = ["xForwardedPort"];

/// Lays the `proxyHeaders` of the mesh's `defaultConfig` under those of the proxies, where the build shows them: the
/// sidecars on both sides follow them, and what one hop changes (`preserveHttp1HeaderCase`) is changed.
///
/// The mesh's `gatewayTopology` is about gateways at the edge, and stays away.
///
/// `revision`: that of the proxies. A user's annotation that is no mapping is a finding.
pub fn of(interception: &Interception, revision: Option<&str>, mesh: &Mesh, findings: &mut Findings) -> String {
    let mut said = mesh.configs_of(revision).map(|config| {
        let mut headers = config.mapping(&["defaultConfig", HEADERS]).cloned().unwrap_or_default();
        OF_GATEWAYS.iter().for_each(|field| drop(headers.shift_remove(*field)));
        (config, headers)
    });
    let first = said.next();
    if let Some((first, headers)) = &first
        && let Some((other, _)) = said.find(|(_, others)| others != headers)
    {
        let message = format!(
            "`defaultConfig.{HEADERS}` differs from that of {}, and {} can follow one only",
            first.source.object(),
            interception.proxy_name
        );
        let remedy = format!("set `proxy.revision` of {}, so that it follows that one's", interception.source.object());
        let finding = Finding::warning(Code::MeshContradicts, message, remedy);
        findings.push(other.source.point(finding, "defaultConfig.proxyHeaders"));
    }
    let headers = first.map(|(_, headers)| headers).unwrap_or_default();
    proxy_config(&interception.proxy, headers).unwrap_or_else(|finding| {
        findings.push(interception.source.point(finding, &format!("proxy.annotations[{ANNOTATION}]")));
        String::new()
    })
}

/// The configuration of an interception's proxies, over `proxyHeaders` of the mesh and with what the user says
/// over it.
///
/// - `terminationDrainDuration`: Istio's 5 s would cut every request that takes longer, at each scale-down.
/// - `gatewayTopology.numTrustedProxies`: the client's sidecar is a proxy before this one, so that its
///   `x-forwarded-proto` is the application's.
/// - `proxyHeaders.requestId.disabled`: the request has an id already. A gateway would write another.
///
/// # Errors
/// The user's annotation is no mapping.
pub fn proxy_config(proxy: &Proxy, headers: Mapping) -> Result<String, Finding> {
    let mut config = ours(proxy.termination_grace_period_seconds.unwrap_or(GRACE_PERIOD_SECONDS));
    if !headers.is_empty() {
        lay_under(&mut config, Mapping::from_iter([(HEADERS.into(), headers.into())]));
    }
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
    Ok(to_yaml(&config.into(), 0).split_inclusive('\n').map(with_plain_duration).collect())
}

/// A line whose duration (`25s`) stands without quotes, as Istio's documentation writes it.
fn with_plain_duration(line: &str) -> Cow<'_, str> {
    let plain = || {
        let (key, value) = line.split_once(": \"")?;
        let duration = value.strip_suffix("\"\n")?;
        let unit = duration.trim_start_matches(|c: char| c.is_ascii_digit());
        (unit != duration && matches!(unit, "ms" | "s" | "m" | "h")).then(|| format!("{key}: {duration}\n"))
    };
    plain().map_or(Cow::Borrowed(line), Cow::Owned)
}

fn ours(grace: u32) -> Mapping {
    let drain = grace.saturating_sub(LEFT_TO_END);
    let one = |key: &str, value: Value| Value::Mapping(Mapping::from_iter([(key.into(), value)]));
    Mapping::from_iter([
        ("gatewayTopology".into(), one("numTrustedProxies", 1.into())),
        (HEADERS.into(), one("requestId", one("disabled", true.into()))),
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

fn lay_under(over: &mut Mapping, base: Mapping) {
    for (key, value) in base {
        match (over.get_mut(&key), value) {
            (Some(Value::Mapping(over)), Value::Mapping(base)) => lay_under(over, base),
            (Some(_), _) => {}
            (None, value) => {
                over.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str, grace: Option<u32>) -> Result<String, Finding> {
        let annotations = Some([(ANNOTATION.to_string(), text.to_string())].into());
        proxy_config(&Proxy { annotations, termination_grace_period_seconds: grace, ..Proxy::default() }, Mapping::new())
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
