//! Where the proxies send what they receive.

use super::http_policy::HttpRoutePolicy;
use super::networking;
use crate::api::UriRewrite;
use crate::interception::{Family, Interception, ProxyPort};
use crate::mesh::{Mesh, reaches};
use crate::planes::istio_gateway::rules::UserRules;
use crate::planes::istio_gateway::{IstioVersion, SUBSET_HEADER};
use crate::planes::pool::object::{Object, metadata};
use serde::Serialize;
use std::collections::BTreeMap;

/// `spec` of a VirtualService.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualServiceSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    export_to: Option<[&'static str; 1]>,
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
    headers: Option<Headers>,
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
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<&'static str, Exact>,
}

#[derive(Debug, Serialize)]
struct Exact {
    exact: String,
}

#[derive(Debug, Serialize)]
struct Headers {
    request: HeaderOperations,
}

#[derive(Debug, Serialize)]
struct HeaderOperations {
    remove: Vec<&'static str>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    subset: Option<String>,
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
/// from anybody. `match.port` is the number of the Gateway's server.
///
/// A client's route that chooses a subset of the front says so in a header, which the application does not
/// see: each subset has a route of its own before the one for all other requests.
///
/// The mesh may hide VirtualServices from their own namespace (`meshConfig.defaultVirtualServiceExportTo`), where the
/// proxies are.
pub fn virtual_service<'i>(
    (interception, version): (&'i Interception, IstioVersion),
    rules: &UserRules,
    mesh: &Mesh,
) -> Object<'i, VirtualServiceSpec> {
    let here = interception.namespace.as_deref().unwrap_or_default();
    let hidden = mesh.exports.virtual_services.as_ref().is_some_and(|list| !reaches(list, here, here));
    let ports = |family| interception.ports.iter().filter(move |port| port.protocol.family() == family);
    let spec = VirtualServiceSpec {
        export_to: hidden.then_some(["."]),
        hosts: vec!["*".to_string()],
        gateways: vec![interception.proxy_name.clone()],
        http: ports(Family::Http).flat_map(|port| http_routes(port, interception, rules)).collect(),
        tcp: ports(Family::Tcp).map(|port| tcp_route(port, &interception.target_name)).collect(),
    };
    networking("VirtualService", version, metadata(interception, &interception.proxy_name), spec)
}

/// The subsets first, and for each the rewritten prefix first; then everything else as it comes.
fn http_routes(port: &ProxyPort, interception: &Interception, rules: &UserRules) -> Vec<HttpRoute> {
    let subsets = rules.subsets.iter().map(Some).chain([None]);
    let any = !rules.subsets.is_empty();
    subsets.flat_map(|subset| routes_of_subset(port, subset, any, interception)).collect()
}

/// `known`: whether the front has subsets, so that a request may have the header.
fn routes_of_subset(port: &ProxyPort, subset: Option<&String>, known: bool, interception: &Interception) -> Vec<HttpRoute> {
    let named = subset.map_or(String::new(), |subset| format!("-{subset}"));
    let chosen = || subset.map(|subset| (SUBSET_HEADER, Exact { exact: subset.clone() })).into_iter().collect();
    let route = |suffix: &str, rewrite: Option<&UriRewrite>| HttpRoute {
        name: format!("port-{}{named}{suffix}", port.number),
        matches: vec![HttpMatch {
            port: port.number,
            uri: rewrite.map(|rewrite| Prefix { prefix: rewrite.match_uri_prefix.clone() }),
            headers: chosen(),
        }],
        headers: known.then(|| Headers { request: HeaderOperations { remove: vec![SUBSET_HEADER] } }),
        rewrite: rewrite.map(|rewrite| Rewrite { uri: rewrite.rewrite_uri.clone() }),
        route: vec![destination(port, &interception.target_name, subset.cloned())],
        policy: HttpRoutePolicy::of(interception),
    };
    let mut routes = Vec::with_capacity(2);
    routes.extend(port.rewrite.as_ref().map(|rewrite| route("-rewrite", Some(rewrite))));
    routes.push(route("", None));
    routes
}

fn tcp_route(port: &ProxyPort, target: &str) -> TcpRoute {
    TcpRoute { matches: vec![TcpMatch { port: port.number }], route: vec![destination(port, target, None)] }
}

fn destination(port: &ProxyPort, target: &str, subset: Option<String>) -> RouteDestination {
    let port = PortSelector { number: port.number };
    RouteDestination { destination: Destination { host: target.to_string(), subset, port } }
}
