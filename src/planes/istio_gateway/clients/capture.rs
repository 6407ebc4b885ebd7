//! Which calls of a pod go past its sidecar: by its annotations, or by the user that a container runs as.

use super::sight::Way;
use crate::krm::{beginning, read_value};
use crate::objects::addresses::within;
use crate::objects::value::at;
use crate::planes::istio_gateway::proxy_config::ANNOTATION as PROXY_CONFIG;
use serde_yaml::Value;
use std::collections::HashSet;
use std::net::IpAddr;

/// What iptables redirects to the sidecar (istio-iptables, `capture/run.go`): calls of the sidecar's own user and
/// group return first, excluded ports and ranges too; then included ports are redirected, and ranges last.
#[derive(Debug, Default)]
pub struct Capture<'v> {
    /// Why nothing is redirected, and what to do about it, if anything.
    nothing: Option<(String, Option<&'static str>)>,
    /// Whether init containers run before anything is redirected.
    late: bool,
    excluded: HashSet<u16>,
    included: HashSet<u16>,
    /// The annotation that excludes ports.
    of_ports: Option<&'v str>,
    /// The annotation that excludes addresses.
    of_ranges: Option<&'v str>,
    /// The annotation with the only addresses that are redirected; none where all are.
    only: Option<&'v str>,
}

/// A call to a Service.
pub struct Call<'c> {
    /// Its port, where one is named; else each of the Service's may be meant.
    pub port: Option<u16>,
    /// Whether the Service has a port.
    pub has: &'c dyn Fn(u16) -> bool,
    /// How many ports the Service has.
    pub ports: usize,
    /// The Service's addresses, as far as the input says them.
    pub addresses: Vec<IpAddr>,
}

/// The user as which a container calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Runs {
    /// As anybody, whose calls the annotations decide about.
    AsAnybody,
    /// As the sidecar's user or group, by this field.
    AsSidecar(&'static str),
    /// As anybody, and to its end before the other containers start.
    First,
    /// It is the sidecar or the gateway itself.
    IsProxy,
}

/// The most characters of an annotation that a finding repeats.
const SHOWN: usize = 60;

/// User and group of every sidecar (`constants.DefaultProxyUIDInt`), unless OpenShift gives it others.
const SIDECAR: u64 = 1337;

/// Where it is false, iptables are set up after the init containers, lest these wait for a sidecar that does not run
/// yet (istiod, `reorderPod`).
const NATIVE: &str = "sidecar.istio.io/nativeSidecar";

/// The injector's templates that redirect nothing (Istio's chart, `files`). Others may be the user's, or stand for
/// several.
const WITHOUT_CAPTURE: [&str; 3] = ["gateway", "grpc-agent", "grpc-simple"];

impl Runs {
    /// Reads a container of a template, or an init container (`first`); what it leaves open, the pod says.
    pub fn of(container: &Value, first: bool, template: &Value) -> Self {
        if container.get("name").and_then(Value::as_str) == Some("istio-proxy") {
            return Runs::IsProxy;
        }
        for field in ["runAsUser", "runAsGroup"] {
            let own = at(container, &["securityContext", field]).or_else(|| at(template, &["spec", "securityContext", field]));
            if own.and_then(Value::as_u64) == Some(SIDECAR) {
                return Runs::AsSidecar(field);
            }
        }
        let stays = container.get("restartPolicy").and_then(Value::as_str) == Some("Always");
        if first && !stays { Runs::First } else { Runs::AsAnybody }
    }
}

impl<'v> Capture<'v> {
    /// Reads a template's annotations.
    pub fn of(template: &'v Value) -> Self {
        let said = |name: &str| at(template, &["metadata", "annotations", &format!("traffic.sidecar.istio.io/{name}")])?.as_str();
        let ports = |value: &str| value.split(',').filter_map(|port| port.trim().parse().ok()).collect();
        let included = said("includeOutboundPorts").unwrap_or_default();
        let all = included.trim() == "*";
        Capture {
            nothing: nothing(template),
            late: at(template, &["metadata", "annotations", NATIVE]).and_then(Value::as_str) == Some("false"),
            excluded: said("excludeOutboundPorts").map(ports).unwrap_or_default(),
            included: ports(included),
            of_ports: said("excludeOutboundPorts"),
            of_ranges: said("excludeOutboundIPRanges"),
            only: said("includeOutboundIPRanges").filter(|ranges| ranges.trim() != "*" && !all),
        }
    }

    /// How a call goes past the sidecar; `None` where it does not, as far as the input tells.
    pub fn way(&self, call: &Call<'_>, runs: Runs) -> Option<Way> {
        let past =
            |by: String, instead: &str| Way { how: format!("past their sidecar ({by})"), instead: Some(instead.to_string()) };
        let annotation = |name: &str, value: &str| format!("traffic.sidecar.istio.io/{name}: \"{}\"", beginning(value, SHOWN));
        match (&self.nothing, runs) {
            (_, Runs::IsProxy) => return None,
            (Some((by, Some(instead))), _) => return Some(past(by.clone(), instead)),
            (Some((by, None)), _) => return Some(Way { how: format!("without a sidecar ({by})"), instead: None }),
            (None, Runs::AsSidecar(field)) => {
                return Some(past(format!("{field}: {SIDECAR}"), "run the container as another user and group"));
            }
            (None, Runs::First) if self.late => {
                let how = format!("before their sidecar ({NATIVE}: \"false\")");
                return Some(Way { how, instead: Some("remove the annotation, so that the sidecar starts first".to_string()) });
            }
            (None, Runs::AsAnybody | Runs::First) => {}
        }
        if let Some(value) = self.of_ports.filter(|_| call.any(&self.excluded)) {
            return Some(past(annotation("excludeOutboundPorts", value), PORT));
        }
        if let Some(value) = self.of_ranges.filter(|ranges| call.is_in(ranges)) {
            return Some(past(annotation("excludeOutboundIPRanges", value), ADDRESS));
        }
        let value = self.only.filter(|ranges| call.is_out_of(ranges) && !call.all(&self.included))?;
        Some(past(annotation("includeOutboundIPRanges", value), if value.trim().is_empty() { PORT } else { ADDRESS }))
    }
}

const PORT: &str = "have the annotation leave the port to the sidecar";
const ADDRESS: &str = "have the annotation leave the Service's address to the sidecar";

impl Call<'_> {
    /// Whether one of the ports that may be meant is among these.
    fn any(&self, numbers: &HashSet<u16>) -> bool {
        match self.port {
            Some(number) => numbers.contains(&number),
            None => numbers.iter().any(|number| (self.has)(*number)),
        }
    }

    /// Whether each of the ports that may be meant is among these.
    fn all(&self, numbers: &HashSet<u16>) -> bool {
        match self.port {
            Some(number) => numbers.contains(&number),
            None => numbers.iter().filter(|number| (self.has)(**number)).count() == self.ports,
        }
    }

    fn is_in(&self, ranges: &str) -> bool {
        let everything = ranges.split(',').any(|range| range.trim() == "0.0.0.0/0");
        everything || self.addresses.iter().any(|address| within(ranges, *address))
    }

    fn is_out_of(&self, ranges: &str) -> bool {
        ranges.trim().is_empty() || self.addresses.iter().any(|address| !within(ranges, *address))
    }
}

/// Why nothing of a pod is redirected: no template does it, or the mode of interception is NONE (Istio's chart,
/// `injection-template.yaml`).
fn nothing(template: &Value) -> Option<(String, Option<&'static str>)> {
    const TEMPLATES: &str = "inject.istio.io/templates";
    const MODE: &str = "sidecar.istio.io/interceptionMode";
    let said = |name: &str| at(template, &["metadata", "annotations", name])?.as_str();
    let redirects_nothing = |names: &&str| names.split(',').all(|name| WITHOUT_CAPTURE.contains(&name.trim()));
    if let Some(names) = said(TEMPLATES).filter(redirects_nothing) {
        return Some((format!("{TEMPLATES}: \"{}\"", beginning(names, SHOWN)), None));
    }
    let (by, mode) = match said(MODE) {
        Some(mode) => (MODE.to_string(), mode.to_string()),
        None => {
            let config = read_value(said(PROXY_CONFIG)?).ok()?;
            (format!("interceptionMode of {PROXY_CONFIG}"), at(&config, &["interceptionMode"])?.as_str()?.to_string())
        }
    };
    (mode == "NONE").then(|| (format!("{by}: NONE"), Some("remove the mode, so that the sidecar receives the pod's calls")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(template: &str, port: Option<u16>, runs: Runs) -> Option<Way> {
        let template: Value = serde_yaml::from_str(template).unwrap();
        let has = |number| [80, 443].contains(&number);
        Capture::of(&template).way(&Call { port, has: &has, ports: 2, addresses: vec!["10.96.0.5".parse().unwrap()] }, runs)
    }

    #[test]
    fn a_call_is_left_out_as_iptables_does() {
        for (annotations, called, past) in [
            ("excludeOutboundPorts: '80, 81'", Some(80), true),
            ("excludeOutboundPorts: '81'", Some(80), false),
            ("excludeOutboundPorts: '80'", None, true),
            ("excludeOutboundPorts: '5432'", None, false),
            ("excludeOutboundIPRanges: '10.0.0.0/8'", Some(80), true),
            ("excludeOutboundIPRanges: '10.96.0.0/30'", Some(80), false),
            ("excludeOutboundIPRanges: '10.0.0.0/8,0.0.0.0/0'", Some(80), true),
            ("includeOutboundIPRanges: ''", Some(80), true),
            ("includeOutboundIPRanges: '*'", Some(80), false),
            ("includeOutboundIPRanges: '10.96.0.0/12'", Some(80), false),
            ("includeOutboundIPRanges: '10.0.0.0/16'", Some(80), true),
            ("includeOutboundIPRanges: '10.0.0.0/16', traffic.sidecar.istio.io/includeOutboundPorts: '*'", Some(80), false),
            ("includeOutboundIPRanges: '', traffic.sidecar.istio.io/includeOutboundPorts: '80'", Some(80), false),
            ("includeOutboundIPRanges: '', traffic.sidecar.istio.io/includeOutboundPorts: '80'", None, true),
            ("includeOutboundIPRanges: '', traffic.sidecar.istio.io/includeOutboundPorts: '80,443'", None, false),
        ] {
            let template = format!("{{metadata: {{annotations: {{traffic.sidecar.istio.io/{annotations}}}}}}}");
            let found = way(&template, called, Runs::AsAnybody).map(|way| way.how);
            assert_eq!(found.is_some(), past, "{annotations} {called:?} {found:?}");
        }
        assert!(way("{}", None, Runs::AsAnybody).is_none());
    }

    #[test]
    fn nothing_is_redirected_without_a_template_or_mode_that_does() {
        for (annotation, past) in [
            ("inject.istio.io/templates: grpc-agent", true),
            ("inject.istio.io/templates: 'gateway, grpc-simple'", true),
            ("inject.istio.io/templates: 'sidecar,grpc-agent'", false),
            ("inject.istio.io/templates: of-our-own", false),
            ("sidecar.istio.io/interceptionMode: NONE", true),
            ("sidecar.istio.io/interceptionMode: TPROXY", false),
            ("proxy.istio.io/config: '{interceptionMode: NONE}'", true),
            ("proxy.istio.io/config: '{interceptionMode: NONE}', sidecar.istio.io/interceptionMode: REDIRECT", false),
            ("proxy.istio.io/config: '['", false),
        ] {
            let template = format!("{{metadata: {{annotations: {{{annotation}}}}}}}");
            assert_eq!(way(&template, None, Runs::AsAnybody).is_some(), past, "{annotation}");
            assert!(way(&template, None, Runs::IsProxy).is_none(), "{annotation}");
        }
    }

    #[test]
    fn a_container_runs_as_it_says_else_as_the_pod_does() {
        for (pod, container, expected) in [
            ("{}", "{securityContext: {runAsUser: 1337}}", Runs::AsSidecar("runAsUser")),
            ("{}", "{securityContext: {runAsGroup: 1337}}", Runs::AsSidecar("runAsGroup")),
            ("{spec: {securityContext: {runAsUser: 1337}}}", "{}", Runs::AsSidecar("runAsUser")),
            ("{spec: {securityContext: {runAsUser: 1337}}}", "{securityContext: {runAsUser: 1000}}", Runs::AsAnybody),
            ("{spec: {securityContext: {fsGroup: 1337}}}", "{}", Runs::AsAnybody),
            ("{}", "{name: istio-proxy, securityContext: {runAsUser: 1337}}", Runs::IsProxy),
        ] {
            let (template, value) = (serde_yaml::from_str(pod).unwrap(), serde_yaml::from_str(container).unwrap());
            assert_eq!(Runs::of(&value, false, &template), expected, "{pod} {container}");
        }
        assert!(way("{}", Some(80), Runs::AsSidecar("runAsUser")).is_some());
        let stays = serde_yaml::from_str("{restartPolicy: Always}").unwrap();
        assert_eq!(Runs::of(&stays, true, &Value::Null), Runs::AsAnybody);
        assert_eq!(Runs::of(&Value::Null, true, &Value::Null), Runs::First);
        let late = "{metadata: {annotations: {sidecar.istio.io/nativeSidecar: 'false'}}}";
        assert!(way(late, Some(80), Runs::First).is_some() && way(late, Some(80), Runs::AsAnybody).is_none());
        assert!(way("{}", Some(80), Runs::First).is_none());
    }
}
