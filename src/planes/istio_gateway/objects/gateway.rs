//! Where the proxies listen.

use super::networking;
use crate::api::TlsMode;
use crate::interception::{Family, Interception, Labels, ProxyPort};
use crate::mesh::{DOMAIN_ANNOTATION, Mesh};
use crate::planes::istio_gateway::IstioVersion;
use crate::planes::pool::object::{Object, metadata};
use serde::Serialize;

/// `spec` of a Gateway.
#[derive(Debug, Serialize)]
pub struct GatewaySpec {
    selector: Labels,
    servers: Vec<Server>,
}

#[derive(Debug, Serialize)]
struct Server {
    port: Port,
    hosts: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<ServerTls>,
}

#[derive(Debug, Serialize)]
struct Port {
    number: u16,
    name: String,
    protocol: &'static str,
}

#[derive(Debug, Serialize)]
struct ServerTls {
    mode: &'static str,
}

/// A Gateway with one server for each Service port.
///
/// The number is that of the Service port: istiod finds the Service that selects the proxies and
/// listens on the targetPort. Hosts are of the `*` class, because clients' SNI names the front in
/// a form of their own (`outbound_.80_._.sn0…`), and `./` keeps other namespaces' VirtualServices
/// out.
pub fn gateway<'i>(interception: &'i Interception, version: IstioVersion, mesh: &Mesh) -> Object<'i, GatewaySpec> {
    let servers = interception.ports.iter().map(|port| server(port, interception.tls)).collect();
    let spec = GatewaySpec { selector: interception.mesh_selector(), servers };
    let mut metadata = metadata(interception, &interception.proxy_name);
    metadata.annotations =
        mesh.own_domain().map(|domain| [(DOMAIN_ANNOTATION.to_string(), domain.to_string())].into_iter().collect());
    networking("Gateway", version, metadata, spec)
}

/// With mutual TLS the server's protocol says what is inside: HTTPS for HTTP, TLS for connections.
/// A TLS that the application ends itself travels inside as such a connection.
fn server(port: &ProxyPort, tls: TlsMode) -> Server {
    let family = port.protocol.family();
    let protocol = match (tls, family) {
        (TlsMode::IstioMutual, Family::Http) => "HTTPS",
        (TlsMode::IstioMutual, Family::Tcp) => "TLS",
        (TlsMode::Disable, Family::Http) => port.protocol.as_str(),
        (TlsMode::Disable, Family::Tcp) => "TCP",
    };
    Server {
        port: Port { number: port.number, name: format!("{}-{}", port.protocol.as_str().to_lowercase(), port.number), protocol },
        hosts: vec!["./*".to_string()],
        tls: (tls == TlsMode::IstioMutual).then_some(ServerTls { mode: "ISTIO_MUTUAL" }),
    }
}
