//! What the mesh's version knows.

use crate::api::{PolicySettings, Proxy, Spec};
use crate::findings::Code;
use crate::krm::{Finding, Findings};
use crate::mesh::Mesh;

/// The minor version of Istio 1; the current one where the user names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IstioVersion {
    minor: Option<u16>,
    /// The field that names it.
    said_by: &'static str,
}

impl IstioVersion {
    /// The current version, which nobody names.
    pub const CURRENT: IstioVersion = IstioVersion { minor: None, said_by: "mesh.istioVersion" };

    /// 1.`minor`, as the mesh's version.
    #[cfg(test)]
    pub const fn of_minor(minor: u16) -> Self {
        IstioVersion { minor: Some(minor), ..IstioVersion::CURRENT }
    }

    /// The version that `spec.proxy.istioVersion` names, else that of the mesh.
    #[must_use]
    pub fn of(proxy: &Proxy, mesh: &Mesh) -> Self {
        let own = proxy.istio_version.as_deref();
        let said_by = if own.is_some() { "proxy.istioVersion" } else { "mesh.istioVersion" };
        let text = own.or(mesh.istio_version.as_deref());
        IstioVersion { minor: text.and_then(|text| text.strip_prefix("1.")?.parse().ok()), said_by }
    }

    /// The field of a ProxyService, or of a ProxyServiceConfig, that names the version.
    #[must_use]
    pub fn said_by(self) -> &'static str {
        self.said_by
    }

    /// Whether it is at least 1.`minor`.
    #[must_use]
    pub fn has(self, minor: u16) -> bool {
        self.minor.is_none_or(|own| own >= minor)
    }

    /// Its number: `1.24`; empty for the current one.
    #[must_use]
    pub fn number(self) -> String {
        self.minor.map_or(String::new(), |minor| format!("1.{minor}"))
    }

    /// The API version of Gateway, VirtualService and DestinationRule: v1 since Istio 1.22.
    #[must_use]
    pub fn networking(self) -> &'static str {
        if self.has(22) { "networking.istio.io/v1" } else { "networking.istio.io/v1beta1" }
    }
}

/// Refuses fields of the traffic policy that the mesh's version does not know: it would drop them
/// without a word, or refuse the object.
pub fn refuse_newer(spec: &Spec, mesh: &Mesh, errors: &mut Findings) {
    let Some(policy) = &spec.settings.traffic_policy else { return };
    let nothing = Proxy::default();
    let version = IstioVersion::of(spec.settings.proxy.as_ref().unwrap_or(&nothing), mesh);
    let Some(own) = version.minor else { return };
    let mut newer: Vec<(String, u16)> = Vec::new();
    newer.extend(of_settings("", &policy.general));
    for (position, port) in policy.port_level_settings.iter().flatten().enumerate() {
        newer.extend(of_settings(&format!("portLevelSettings[{position}]."), &port.settings));
    }
    if let Some(retries) = &policy.retries {
        newer.extend(retries.backoff.is_some().then(|| ("retries.backoff".to_string(), 26)));
        newer.extend(retries.retry_ignore_previous_hosts.is_some().then(|| ("retries.retryIgnorePreviousHosts".to_string(), 26)));
    }
    for (field, since) in newer.into_iter().filter(|(_, since)| !version.has(*since)) {
        let said_by = version.said_by;
        let message = format!("Istio knows this field since 1.{since}, and {said_by} is 1.{own}");
        let remedy = format!("remove it, or upgrade the mesh and correct {said_by}");
        errors.push(spec.source.point(Finding::error(Code::NeedsNewerIstio, message, remedy), &format!("trafficPolicy.{field}")));
    }
}

/// Fields with the minor version that brought them, by Istio's release notes.
fn of_settings(prefix: &str, settings: &PolicySettings) -> Vec<(String, u16)> {
    let pool = settings.connection_pool.as_ref();
    let streams = pool.and_then(|pool| pool.http.as_ref()?.max_concurrent_streams).is_some();
    let idle = pool.and_then(|pool| pool.tcp.as_ref()?.idle_timeout.as_ref()).is_some();
    [
        ("warmup", 24, settings.warmup.is_some()),
        ("connectionPool.http.maxConcurrentStreams", 21, streams),
        ("connectionPool.tcp.idleTimeout", 21, idle),
    ]
    .into_iter()
    .filter(|(.., set)| *set)
    .map(|(field, since, _)| (format!("{prefix}{field}"), since))
    .collect()
}
