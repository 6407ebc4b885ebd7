//! Each server of the proxies' Gateway has a route.

use super::finding;
use super::gateway_ports::{Server, servers};
use super::view::{View, number, ports};
use crate::inventory::Object;
use crate::krm::{Code, Findings};
use serde_yaml::Value;

/// PS106.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for pool in view.pools.iter().filter(|pool| !pool.routes.is_empty()) {
        let Some(gateway) = pool.gateway else { continue };
        for server in servers(gateway) {
            // What the front does not carry is told as that.
            let carried = pool.front.is_none_or(|front| ports(front).any(|port| port.number == server.number));
            if !carried || pool.routes.iter().any(|routes| takes(routes, &server)) {
                continue;
            }
            let (list, number) = (list_of(&server), server.number);
            let message = format!(
                "no VirtualService on this Gateway has a route in `{list}` for port {number}: its requests would be refused"
            );
            let field = format!("spec.servers[{}].port.number", server.position);
            let remedy = format!("add a route with `match: [{{port: {number}}}]`, or render the ProxyService again");
            findings.push(finding(gateway, true, Code::PortWithoutRoute, &field, message, remedy).seen(number));
        }
    }
}

/// The list of a VirtualService that istiod reads for a server.
fn list_of(server: &Server<'_>) -> &'static str {
    match (server.protocol.to_ascii_uppercase().as_str(), server.tls) {
        (_, Some("PASSTHROUGH" | "AUTO_PASSTHROUGH")) => "tls",
        ("HTTP" | "HTTP2" | "GRPC" | "GRPC-WEB" | "HTTPS", _) => "http",
        _ => "tcp",
    }
}

/// Whether a VirtualService has a route for the server: without a match, or one for its port.
fn takes(routes: &Object, server: &Server<'_>) -> bool {
    routes.list(&["spec", list_of(server)]).any(|route| {
        let mut matches = route.get("match").and_then(Value::as_sequence).into_iter().flatten().peekable();
        matches.peek().is_none() || matches.any(|one| one.get("port").and_then(number).is_none_or(|port| port == server.number))
    })
}
