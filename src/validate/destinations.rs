//! Routes, rules and backends point at a Service that is there, and at a port of it.

use super::hosts::Meaning;
use super::references::{Reference, Wanted};
use super::view::{Ports, View};
use super::{finding, references};
use crate::findings::Code;
use crate::krm::{Finding, Findings};
use crate::rendered::{Key, Object};
use std::collections::HashMap;

/// PS101, PS102 and PS104.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    let mut known = Known::default();
    for object in view.inventory.objects() {
        for reference in references::of(object) {
            if let Some(finding) = look(view, &reference, &mut known) {
                findings.push(finding);
            }
        }
    }
}

/// What was found out about the Services that references name: many name the same.
#[derive(Default)]
struct Known<'i> {
    ports: HashMap<&'i Key, Ports<'i>>,
    /// By the keys of a Gateway and a Service: the number of the first server that is no port of it.
    lacking: HashMap<(&'i Key, &'i Key), Option<u16>>,
}

impl<'i> Known<'i> {
    fn ports(&mut self, service: &'i Object) -> &Ports<'i> {
        self.ports.entry(&service.key).or_insert_with(|| Ports::of(service))
    }

    fn lacking(&mut self, gateway: &'i Object, service: &'i Object) -> Option<u16> {
        let ports = self.ports.entry(&service.key).or_insert_with(|| Ports::of(service));
        let first =
            || super::gateway_ports::servers(gateway).map(|server| server.number).find(|number| ports.number(*number).is_none());
        *self.lacking.entry((&gateway.key, &service.key)).or_insert_with(first)
    }
}

fn look<'i>(view: &View<'i>, reference: &Reference<'i>, known: &mut Known<'i>) -> Option<Finding> {
    let Reference { object, host, .. } = reference;
    let own = object.key.namespace.as_str();
    let meaning = if reference.istio {
        view.hosts.of_istio(host, own)
    } else {
        view.hosts.of_backend(host, reference.namespace.unwrap_or(own))
    };
    let field = format!("{}.{}", reference.path, reference.key);
    match meaning {
        Meaning::Elsewhere => None,
        Meaning::Service(service) => missing_port(view, reference, service, known),
        // A rule says it once, at its host.
        _ if object.key.kind == "DestinationRule" && reference.port.is_some() => None,
        Meaning::PartiallyQualifiedHost(service) => {
            let key = &service.key;
            let message =
                format!("\"{host}\" is no Service to istiod, which completes only names without a dot; requests go nowhere");
            let remedy = if key.namespace == own {
                format!("write \"{}\"", key.name)
            } else {
                format!("write \"{}\"", view.inventory.mesh().host_of(&key.name, &key.namespace))
            };
            Some(finding(object, true, Code::HostNotCompleted, &field, message, remedy).seen(*host))
        }
        Meaning::Missing { namespace, name } => {
            let place =
                if namespace.is_empty() { "these manifests have".into() } else { format!("the namespace \"{namespace}\" has") };
            let message = format!("{place} no Service \"{name}\"");
            let remedy = "correct the name, or add the Service";
            Some(finding(object, view.ours(object), Code::NoSuchService, &field, message, remedy).seen(*host))
        }
    }
}

fn missing_port<'i>(view: &View<'i>, reference: &Reference<'i>, service: &'i Object, known: &mut Known<'i>) -> Option<Finding> {
    let Reference { object, .. } = reference;
    let Some(wanted) = reference.port else { return no_port_chosen(view, reference, service, known) };
    let ports = known.ports(service);
    let has = match wanted {
        Wanted::Number(number) => u16::try_from(number).is_ok_and(|number| ports.number(number).is_some()),
        Wanted::Name(name) => ports.has_name(name),
    };
    // A headless Service needs none, and an external name has none.
    if has || ports.all.is_empty() {
        return None;
    }
    let seen = match wanted {
        Wanted::Number(number) => number.to_string(),
        Wanted::Name(name) => format!("\"{name}\""),
    };
    let message = format!("{} has no port {seen} but only {}", service.to_ref(), ports.describe());
    let field = format!("{}.{}", reference.path, reference.port_key);
    Some(finding(object, true, Code::NoSuchPort, &field, message, "write a port of the Service, not a targetPort").seen(seen))
}

/// Without a port istiod takes the Service's only one, else that of the listener
/// (`GetDestinationCluster`). On the proxies' Gateway that is the port of a server.
fn no_port_chosen<'i>(view: &View<'i>, reference: &Reference<'i>, service: &'i Object, known: &mut Known<'i>) -> Option<Finding> {
    let object = reference.object;
    if object.key.kind != "VirtualService" || known.ports(service).all.len() <= 1 {
        return None;
    }
    let number = known.lacking(view.pool_of(object)?.gateway?, service)?;
    let message =
        format!("no port is chosen, and {} has none with the number {number} of the Gateway's server", service.to_ref());
    let remedy = "write `port: {number: …}` beside the host";
    Some(finding(object, true, Code::NoSuchPort, &reference.path, message, remedy))
}
