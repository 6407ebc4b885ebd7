//! Each server of the proxies' Gateway has a route.

use super::finding;
use super::gateway_ports::{Server, servers};
use super::view::{Ports, View, number};
use crate::findings::Code;
use crate::krm::Findings;
use crate::rendered::Object;
use serde_yaml::Value;
use std::collections::{HashMap, HashSet};

/// PS106.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for pool in view.pools.iter().filter(|pool| !pool.routes.is_empty()) {
        let Some(gateway) = pool.gateway else { continue };
        let carried = pool.front.map(Ports::of);
        let taken: HashMap<&str, Taken> = LISTS.into_iter().map(|list| (list, Taken::of(&pool.routes, list))).collect();
        for server in servers(gateway) {
            let (list, number) = (list_of(&server), server.number);
            // What the front does not carry is PS110's to report.
            let carried = carried.as_ref().is_none_or(|ports| ports.number(number).is_some());
            if !carried || taken[list].has(number) {
                continue;
            }
            let message = format!(
                "no VirtualService on this Gateway has a route in `{list}` for port {number}: its requests would be refused"
            );
            let field = format!("spec.servers[{}].port.number", server.position);
            let remedy = format!("add a route with `match: [{{port: {number}}}]`, or render the ProxyService again");
            findings.push(finding(gateway, true, Code::PortWithoutRoute, &field, message, remedy).seen(number));
        }
    }
}

const LISTS: [&str; 3] = ["http", "tls", "tcp"];

/// The list of a VirtualService that istiod reads for a server, one of [`LISTS`].
fn list_of(server: &Server<'_>) -> &'static str {
    match (server.protocol.to_ascii_uppercase().as_str(), server.tls) {
        (_, Some("PASSTHROUGH" | "AUTO_PASSTHROUGH")) => "tls",
        ("HTTP" | "HTTP2" | "GRPC" | "GRPC-WEB" | "HTTPS", _) => "http",
        _ => "tcp",
    }
}

/// The ports for which some VirtualServices have a route in one of their lists.
#[derive(Default)]
struct Taken {
    /// By a route without a match, or by a match without a port.
    all: bool,
    ports: HashSet<u16>,
}

impl Taken {
    fn of(routes: &[&Object], list: &str) -> Self {
        let (mut taken, place) = (Taken::default(), ["spec", list]);
        for route in routes.iter().flat_map(|routes| routes.list(&place)) {
            let mut matches = route.get("match").and_then(Value::as_sequence).into_iter().flatten().peekable();
            taken.all |= matches.peek().is_none();
            for one in matches {
                match one.get("port").and_then(number) {
                    Some(port) => drop(taken.ports.insert(port)),
                    None => taken.all = true,
                }
            }
        }
        taken
    }

    fn has(&self, port: u16) -> bool {
        self.all || self.ports.contains(&port)
    }
}
