//! A named targetPort is the name of a port of the pods that the Service selects.

use super::finding;
use super::view::{Port, Target, View, ports};
use super::workloads::Workload;
use crate::findings::Code;
use crate::interception::FRONT_LABEL;
use crate::krm::Findings;
use std::collections::HashSet;

/// PS112.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for (service, selector) in view.services() {
        let is_named = |port: &Port<'_>| matches!(port.target(), Target::Name(_));
        if !ports(service).any(|port| is_named(&port)) {
            continue;
        }
        let selected: Vec<_> = view.workloads.selected(&service.key.namespace, &selector).collect();
        // What selects proxies and is no front is PS029's to report.
        let astray = |workload: &Workload<'_>| workload.labels.get(FRONT_LABEL).is_some_and(|front| *front != service.key.name);
        if selected.first().is_none_or(|(_, workload)| astray(workload)) {
            continue;
        }
        let names: HashSet<&str> =
            selected.iter().flat_map(|(_, workload)| workload.ports()).filter_map(|(_, name)| name).collect();
        for port in ports(service) {
            let Target::Name(name) = port.target() else { continue };
            if names.contains(name) {
                continue;
            }
            let message = format!(
                "no container of the pods that it selects has a port \"{name}\": nobody would answer on port {}",
                port.number
            );
            let field = format!("spec.ports[{}].targetPort", port.position);
            let remedy = "name the port in the container, or write its number";
            // A webhook may add containers to pods that are not ours.
            findings.push(finding(service, view.ours(service), Code::NoSuchContainerPort, &field, message, remedy).seen(name));
        }
    }
}
