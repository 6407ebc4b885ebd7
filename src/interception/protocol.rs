//! What a Service port speaks, by Istio's rules.

use crate::api::ProtocolName;

/// A protocol that a Service port can declare to Istio (`pkg/config/protocol`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[allow(missing_docs)]
pub enum Protocol {
    Http,
    Http2,
    Grpc,
    GrpcWeb,
    Https,
    Tls,
    Tcp,
    Mongo,
    Redis,
    MySql,
}

/// How the proxies carry a protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Request by request.
    Http,
    /// Connection by connection; also TLS that the application ends itself.
    Tcp,
}

impl Protocol {
    /// What a Service port declares, `None` where it declares nothing that Istio knows.
    ///
    /// Istio's `kube.ConvertProtocol`: `appProtocol` where set, else the port's name; of either the
    /// part before the first `-` (`grpc-web` excepted), whatever the case. The well-known ports of
    /// protocols in which the server speaks first are TCP.
    #[must_use]
    pub fn declared(number: u16, name: Option<&str>, app_protocol: Option<&str>) -> Option<Self> {
        match app_protocol {
            Some("kubernetes.io/h2c") => return Some(Protocol::Http2),
            Some("kubernetes.io/ws") => return Some(Protocol::Http),
            Some("kubernetes.io/wss") => return Some(Protocol::Https),
            _ => {}
        }
        let word = app_protocol.or(name).unwrap_or("").to_ascii_lowercase();
        if word.starts_with("grpc-web") {
            return Some(Protocol::GrpcWeb);
        }
        match word.split('-').next().unwrap_or("") {
            "http" => Some(Protocol::Http),
            "http2" => Some(Protocol::Http2),
            "grpc" => Some(Protocol::Grpc),
            "https" => Some(Protocol::Https),
            "tls" => Some(Protocol::Tls),
            "tcp" => Some(Protocol::Tcp),
            "mongo" => Some(Protocol::Mongo),
            "redis" => Some(Protocol::Redis),
            "mysql" => Some(Protocol::MySql),
            _ if matches!(number, 25 | 53 | 3306 | 27017) => Some(Protocol::Tcp),
            _ => None,
        }
    }

    /// How the proxies carry it.
    #[must_use]
    pub fn family(self) -> Family {
        match self {
            Protocol::Http | Protocol::Http2 | Protocol::Grpc | Protocol::GrpcWeb => Family::Http,
            _ => Family::Tcp,
        }
    }

    /// The name in a Gateway's server, and in a message.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Http => "HTTP",
            Protocol::Http2 => "HTTP2",
            Protocol::Grpc => "GRPC",
            Protocol::GrpcWeb => "GRPC-WEB",
            Protocol::Https => "HTTPS",
            Protocol::Tls => "TLS",
            Protocol::Tcp => "TCP",
            Protocol::Mongo => "MONGO",
            Protocol::Redis => "REDIS",
            Protocol::MySql => "MYSQL",
        }
    }
}

impl From<ProtocolName> for Protocol {
    fn from(name: ProtocolName) -> Self {
        match name {
            ProtocolName::HTTP => Protocol::Http,
            ProtocolName::HTTP2 => Protocol::Http2,
            ProtocolName::GRPC => Protocol::Grpc,
            ProtocolName::GrpcWeb => Protocol::GrpcWeb,
            ProtocolName::HTTPS => Protocol::Https,
            ProtocolName::TLS => Protocol::Tls,
            ProtocolName::TCP => Protocol::Tcp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_protocol_goes_before_the_name_even_when_istio_does_not_know_it() {
        assert_eq!(Protocol::declared(80, Some("http"), Some("grpc")), Some(Protocol::Grpc));
        assert_eq!(Protocol::declared(80, Some("http"), Some("example.com/custom")), None);
        assert_eq!(Protocol::declared(80, Some("HTTP2-api"), None), Some(Protocol::Http2));
        assert_eq!(Protocol::declared(80, Some("grpc-web-ui"), None), Some(Protocol::GrpcWeb));
        assert_eq!(Protocol::declared(80, Some("httpx"), None), None);
        assert_eq!(Protocol::declared(3306, Some("db"), None), Some(Protocol::Tcp));
    }
}
