//! A named targetPort is the name of a port of the pods that the Service selects.

use super::finding;
use super::view::{Target, View, ports};
use super::workloads::Workload;
use crate::krm::{Code, Findings};
use crate::resolve::FRONT_LABEL;

/// PS112.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for (service, selector) in view.services() {
        for port in ports(service) {
            let Target::Name(name) = port.target() else { continue };
            let mut selected = view.workloads.selected(&service.key.namespace, &selector).peekable();
            // What selects proxies and is no front is told as that.
            let astray = |workload: &Workload<'_>| {
                let front = workload.labels.get(FRONT_LABEL);
                front.is_some_and(|front| *front != service.key.name)
            };
            if selected.peek().is_none_or(|(_, workload)| astray(workload))
                || selected.any(|(_, workload)| workload.ports().any(|(_, own)| own == Some(name)))
            {
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
