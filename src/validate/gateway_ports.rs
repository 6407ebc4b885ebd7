//! Each server of the proxies' Gateway is a port of the front, and each port of the front a server:
//! istiod listens on the targetPort of the Service port with the server's number.

use super::finding;
use super::view::{Ports, View, number};
use crate::findings::Code;
use crate::krm::Findings;
use crate::rendered::{Object, at};
use serde_yaml::Value;
use std::collections::HashSet;

/// A server of a Gateway.
pub struct Server<'v> {
    pub position: usize,
    pub number: u16,
    pub protocol: &'v str,
    pub tls: Option<&'v str>,
}

/// The servers of a Gateway.
pub fn servers(gateway: &Object) -> impl Iterator<Item = Server<'_>> {
    gateway.list(&["spec", "servers"]).enumerate().filter_map(|(position, server)| {
        Some(Server {
            position,
            number: number(at(server, &["port", "number"])?)?,
            protocol: at(server, &["port", "protocol"]).and_then(Value::as_str).unwrap_or_default(),
            tls: at(server, &["tls", "mode"]).and_then(Value::as_str),
        })
    })
}

/// PS110.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for pool in &view.pools {
        let (Some(front), Some(gateway)) = (pool.front, pool.gateway) else { continue };
        let ports = Ports::of(front);
        for server in servers(gateway).filter(|server| ports.number(server.number).is_none()) {
            let message = format!("{} has no port {}, and the proxies would not listen for it", front.to_ref(), server.number);
            let field = format!("spec.servers[{}].port.number", server.position);
            let remedy = "write the number of a port of the Service that clients call";
            findings.push(finding(gateway, true, Code::GatewayPorts, &field, message, remedy).seen(server.number));
        }
        let served: HashSet<u16> = servers(gateway).map(|server| server.number).collect();
        for port in ports.all.iter().filter(|port| port.tcp && !served.contains(&port.number)) {
            let message = format!("{} has no server for port {}: clients could not connect", gateway.to_ref(), port.number);
            let field = format!("spec.ports[{}].port", port.position);
            let remedy = "render the ProxyService again, so that its Gateway has every port of the Service";
            findings.push(finding(front, true, Code::GatewayPorts, &field, message, remedy).seen(port.number));
        }
    }
}
