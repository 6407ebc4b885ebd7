//! Which calls of a pod go past its sidecar by its annotations.

use super::companion::at;
use crate::krm::beginning;
use serde_yaml::Value;
use std::collections::HashSet;

/// What iptables redirects to the sidecar (istio-iptables, `capture.go`): excluded ports return first,
/// then excluded ranges; then included ports are redirected, and ranges last.
#[derive(Debug, Default)]
pub struct Capture<'v> {
    excluded: HashSet<u16>,
    included: HashSet<u16>,
    /// The annotation that excludes ports.
    of_ports: Option<&'v str>,
    /// The annotation that excludes every address.
    of_addresses: Option<&'v str>,
    /// Whether only the included ports are redirected.
    only_included: bool,
}

/// The most characters of an annotation that a finding repeats.
const SHOWN: usize = 60;

impl<'v> Capture<'v> {
    /// Reads a template's annotations.
    pub fn of(template: &'v Value) -> Self {
        let said = |name: &str| at(template, &["metadata", "annotations", &format!("traffic.sidecar.istio.io/{name}")])?.as_str();
        let ports = |value: &str| value.split(',').filter_map(|port| port.trim().parse().ok()).collect();
        let everything = |ranges: &&str| ranges.split(',').any(|range| range.trim() == "0.0.0.0/0");
        let included = said("includeOutboundPorts").unwrap_or_default();
        Capture {
            excluded: said("excludeOutboundPorts").map(ports).unwrap_or_default(),
            included: ports(included),
            of_ports: said("excludeOutboundPorts"),
            of_addresses: said("excludeOutboundIPRanges").filter(everything),
            only_included: said("includeOutboundIPRanges").is_some_and(|ranges| ranges.trim().is_empty())
                && included.trim() != "*",
        }
    }

    /// The annotation by which a call to a Service goes past the sidecar: `called` is its port, where one is
    /// named; else each of the Service's `ports` may be meant, of which `has` knows the numbers.
    pub fn leaves_out(&self, called: Option<u16>, has: impl Fn(u16) -> bool, ports: usize) -> Option<String> {
        let shown = |name: &str, value: &str| format!("traffic.sidecar.istio.io/{name}: \"{}\"", beginning(value, SHOWN));
        let some = |numbers: &HashSet<u16>| match called {
            Some(number) => numbers.contains(&number),
            None => numbers.iter().any(|number| has(*number)),
        };
        if some(&self.excluded) {
            return self.of_ports.map(|value| shown("excludeOutboundPorts", value));
        }
        if let Some(value) = self.of_addresses {
            return Some(shown("excludeOutboundIPRanges", value));
        }
        let all_included = match called {
            Some(number) => self.included.contains(&number),
            None => self.included.iter().filter(|number| has(**number)).count() == ports,
        };
        (self.only_included && !all_included).then(|| shown("includeOutboundIPRanges", ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_left_out_as_iptables_does() {
        for (annotations, called, past) in [
            ("excludeOutboundPorts: '80, 81'", Some(80), true),
            ("excludeOutboundPorts: '81'", Some(80), false),
            ("excludeOutboundPorts: '80'", None, true),
            ("excludeOutboundPorts: '5432'", None, false),
            ("excludeOutboundIPRanges: '10.0.0.0/8'", Some(80), false),
            ("excludeOutboundIPRanges: '10.0.0.0/8,0.0.0.0/0'", Some(80), true),
            ("includeOutboundIPRanges: ''", Some(80), true),
            ("includeOutboundIPRanges: '*'", Some(80), false),
            ("includeOutboundIPRanges: '', traffic.sidecar.istio.io/includeOutboundPorts: '80'", Some(80), false),
            ("includeOutboundIPRanges: '', traffic.sidecar.istio.io/includeOutboundPorts: '80'", None, true),
            ("includeOutboundIPRanges: '', traffic.sidecar.istio.io/includeOutboundPorts: '80,443'", None, false),
        ] {
            let template = format!("{{metadata: {{annotations: {{traffic.sidecar.istio.io/{annotations}}}}}}}");
            let template: Value = serde_yaml::from_str(&template).unwrap();
            let found = Capture::of(&template).leaves_out(called, |number| [80, 443].contains(&number), 2);
            assert_eq!(found.is_some(), past, "{annotations} {called:?} {found:?}");
        }
        assert!(Capture::of(&Value::Null).leaves_out(None, |_| true, 1).is_none());
    }
}
