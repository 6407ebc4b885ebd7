//! Where the proxies send what they receive.

use super::{HttpRoutePolicy, Object};
use crate::emit::object::metadata;
use crate::resolve::{Family, Interception, ProxyPort};
use serde::Serialize;

/// `spec` of a VirtualService.
#[derive(Debug, Serialize)]
pub struct VirtualServiceSpec {
    hosts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gateways: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    http: Vec<HttpRoute>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tcp: Vec<TcpRoute>,
}

#[derive(Debug, Serialize)]
struct HttpRoute {
    name: String,
    #[serde(rename = "match")]
    matches: Vec<HttpMatch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rewrite: Option<Rewrite>,
    route: Vec<RouteDestination>,
    #[serde(flatten)]
    policy: HttpRoutePolicy,
}

#[derive(Debug, Serialize)]
struct HttpMatch {
    port: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<Prefix>,
}

#[derive(Debug, Serialize)]
struct Prefix {
    prefix: String,
}

#[derive(Debug, Serialize)]
struct Rewrite {
    uri: String,
}

#[derive(Debug, Serialize)]
struct TcpRoute {
    #[serde(rename = "match")]
    matches: Vec<TcpMatch>,
    route: Vec<RouteDestination>,
}

#[derive(Debug, Serialize)]
struct TcpMatch {
    port: u16,
}

#[derive(Debug, Serialize)]
struct RouteDestination {
    destination: Destination,
}

#[derive(Debug, Serialize)]
struct Destination {
    host: String,
    port: PortSelector,
}

#[derive(Debug, Serialize)]
struct PortSelector {
    number: u16,
}

/// A VirtualService on the proxies' Gateway that sends each port to the same port of the target.
///
/// Its host is `*`: with the front's name istiod would make one virtual host for the full name
/// only, and answer 404 to `Host: sn0`. The Gateway is the Service's own, so `*` takes nothing
/// from anybody. `match.port` is the number of the Gateway's server. Ports that the user's own
/// routes are for are left to them: istiod would append one to the other in an order of its own.
pub fn virtual_service(interception: &Interception) -> Object<VirtualServiceSpec> {
    let own = |port: &&ProxyPort| !interception.routed_by_user.contains(&port.number);
    let ports = |family| interception.ports.iter().filter(own).filter(move |port| port.protocol.family() == family);
    let policy = HttpRoutePolicy::of(interception);
    let spec = VirtualServiceSpec {
        hosts: vec!["*".to_string()],
        gateways: vec![interception.proxy_name.clone()],
        http: ports(Family::Http).flat_map(|port| http_routes(port, &interception.target_name, &policy)).collect(),
        tcp: ports(Family::Tcp).map(|port| tcp_route(port, &interception.target_name)).collect(),
    };
    Object::networking("VirtualService", interception, metadata(interception, &interception.proxy_name), spec)
}

/// Routes of the clients' sidecars to the proxies' own Service, for the ports that the user routes.
///
/// Two objects change when the user's routes move, theirs and the front, and between the two clients
/// would reach the application's pods without routes. These are for that time. While the user's
/// stand beside them nobody follows them: for a host of the mesh istiod takes the older object
/// (`sortConfigByCreationTime`), and of the two the user's is older, but in a new cluster, where
/// both lead to the same.
pub fn clients_routes(interception: &Interception) -> Object<VirtualServiceSpec> {
    let routed = |port: &&ProxyPort| interception.routed_by_user.contains(&port.number);
    let ports = |family| interception.ports.iter().filter(routed).filter(move |port| port.protocol.family() == family);
    let proxies = &interception.proxy_name;
    let http = |port: &ProxyPort| HttpRoute {
        name: format!("port-{}", port.number),
        matches: vec![HttpMatch { port: port.number, uri: None }],
        rewrite: None,
        route: vec![destination(port, proxies)],
        policy: HttpRoutePolicy::default(),
    };
    let spec = VirtualServiceSpec {
        hosts: vec![interception.front_name.clone()],
        gateways: Vec::new(),
        http: ports(Family::Http).map(http).collect(),
        tcp: ports(Family::Tcp).map(|port| tcp_route(port, proxies)).collect(),
    };
    Object::networking("VirtualService", interception, metadata(interception, &interception.clients_name()), spec)
}

/// The rewritten prefix first, then everything else as it comes.
fn http_routes(port: &ProxyPort, target: &str, policy: &HttpRoutePolicy) -> Vec<HttpRoute> {
    let mut routes = Vec::with_capacity(2);
    if let Some(rewrite) = &port.rewrite {
        routes.push(HttpRoute {
            name: format!("port-{}-rewrite", port.number),
            matches: vec![HttpMatch { port: port.number, uri: Some(Prefix { prefix: rewrite.match_uri_prefix.clone() }) }],
            rewrite: Some(Rewrite { uri: rewrite.rewrite_uri.clone() }),
            route: vec![destination(port, target)],
            policy: policy.clone(),
        });
    }
    routes.push(HttpRoute {
        name: format!("port-{}", port.number),
        matches: vec![HttpMatch { port: port.number, uri: None }],
        rewrite: None,
        route: vec![destination(port, target)],
        policy: policy.clone(),
    });
    routes
}

fn tcp_route(port: &ProxyPort, target: &str) -> TcpRoute {
    TcpRoute { matches: vec![TcpMatch { port: port.number }], route: vec![destination(port, target)] }
}

fn destination(port: &ProxyPort, target: &str) -> RouteDestination {
    RouteDestination { destination: Destination { host: target.to_string(), port: PortSelector { number: port.number } } }
}
