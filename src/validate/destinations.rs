//! Routes, rules and backends point at a Service that is there, and at a port of it.

use super::finding;
use super::hosts::Meaning;
use super::references::{self, Reference, Wanted};
use super::view::{View, ports};
use crate::inventory::Object;
use crate::krm::{Code, Finding, Findings};

/// PS101, PS102 and PS104.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for object in view.inventory.objects() {
        for reference in references::of(object) {
            if let Some(finding) = look(view, &reference) {
                findings.push(finding);
            }
        }
    }
}

fn look(view: &View<'_>, reference: &Reference<'_>) -> Option<Finding> {
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
        Meaning::Service(service) => missing_port(view, reference, service),
        // A rule says it once, at its host.
        _ if object.key.kind == "DestinationRule" && reference.port.is_some() => None,
        Meaning::HalfAName(service) => {
            let key = &service.key;
            let message =
                format!("\"{host}\" is no Service to istiod, which completes only names without a dot; requests go nowhere");
            let remedy = if key.namespace == own {
                format!("write \"{}\"", key.name)
            } else {
                format!("write \"{}.{}.svc.cluster.local\"", key.name, key.namespace)
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

fn missing_port(view: &View<'_>, reference: &Reference<'_>, service: &Object) -> Option<Finding> {
    let Reference { object, .. } = reference;
    let all: Vec<_> = ports(service).collect();
    let wanted = match reference.port {
        Some(wanted) => wanted,
        None => return no_port_chosen(view, reference, service, all.len()),
    };
    let has = match wanted {
        Wanted::Number(number) => all.iter().any(|port| u64::from(port.number) == number),
        Wanted::Name(name) => all.iter().any(|port| port.name == Some(name)),
    };
    // A headless Service needs none, and an external name has none.
    if has || all.is_empty() {
        return None;
    }
    let seen = match wanted {
        Wanted::Number(number) => number.to_string(),
        Wanted::Name(name) => format!("\"{name}\""),
    };
    let only: Vec<_> =
        all.iter().map(|port| port.name.map_or(port.number.to_string(), |name| format!("{} ({name})", port.number))).collect();
    let message = format!("{} has no port {seen} but only {}", service.to_ref(), only.join(", "));
    let field = format!("{}.{}", reference.path, reference.port_key);
    Some(finding(object, true, Code::NoSuchPort, &field, message, "write a port of the Service, not a targetPort").seen(seen))
}

/// Without a port istiod takes the Service's only one, else that of the listener
/// (`GetDestinationCluster`). On the proxies' Gateway that is the port of a server.
fn no_port_chosen(view: &View<'_>, reference: &Reference<'_>, service: &Object, count: usize) -> Option<Finding> {
    let object = reference.object;
    if object.key.kind != "VirtualService" || count <= 1 {
        return None;
    }
    let pool = view.pool_of(object)?;
    let servers = super::gateway_ports::servers(pool.gateway?).map(|server| server.number);
    let lacking: Vec<_> = servers.filter(|number| ports(service).all(|port| port.number != *number)).collect();
    let number = lacking.first()?;
    let message =
        format!("no port is chosen, and {} has none with the number {number} of the Gateway's server", service.to_ref());
    let remedy = "write `port: {number: …}` beside the host";
    Some(finding(object, true, Code::NoSuchPort, &reference.path, message, remedy))
}
