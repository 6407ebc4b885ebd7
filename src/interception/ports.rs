//! The ports that the proxies carry: their protocols and where they listen.

use super::port::ProxyPort;
use super::protocol::{Family, Protocol};
use super::service::Service;
use crate::api::{Settings, Spec};
use crate::findings::Code;
use crate::krm::{Finding, Findings};
use std::collections::{HashMap, HashSet};

/// Every port of the Service, resolved. `target` is the existing target, if there is one besides.
///
/// # Errors
/// A port of the spec that the Service does not have, an undeclared protocol, a target without one
/// of the ports, a rewrite without HTTP.
pub fn resolve(
    spec: &Spec,
    service: &Service<'_, '_>,
    target: Option<&Service<'_, '_>>,
    findings: &mut Findings,
) -> Result<Vec<ProxyPort>, Findings> {
    let mut errors = Findings::default();
    let asked = asked_protocols(spec, service, &mut errors);
    let mut asked_for = HashMap::with_capacity(asked.len());
    for entry in &asked {
        asked_for.entry(entry.0).or_insert(entry);
    }
    let listen = listening_ports(&service.ports.iter().map(|port| port.number).collect::<Vec<_>>());
    let mut ports = Vec::with_capacity(service.ports.len());
    for (position, port) in service.ports.iter().enumerate() {
        let own = Protocol::declared(port.number, port.name, port.app_protocol);
        let in_target = target.map(|target| target.port(port.number));
        if let (Some(None), Some(target)) = (&in_target, target) {
            let message = format!("the target has no port {} but only {}", port.number, target.numbers());
            let remedy = format!("add port {} to the target, as {} has it", port.number, service.item.id().to_ref());
            errors.push(Finding::error(Code::TargetLacksPort, message, remedy).about(target.item).at("spec.ports"));
            continue;
        }
        let from_target = in_target.flatten().and_then(|port| Protocol::declared(port.number, port.name, port.app_protocol));
        let asked = asked_for.get(&port.number).copied();
        let declared = own.or(from_target);
        if let (Some(declared), Some((_, Some(wanted), field))) = (declared, asked)
            && declared != *wanted
        {
            let message = format!(
                "{} for port {}, but the Service declares {}, which is used",
                wanted.as_str(),
                port.number,
                declared.as_str()
            );
            let finding = Finding::warning(Code::ProtocolDisagrees, message, "remove it here, or correct the Service");
            findings.push(spec.source.point(finding, field));
        }
        let wanted = asked.map(|(_, protocol, _)| protocol.unwrap_or(Protocol::Http));
        let Some(protocol) = declared.or(wanted) else {
            errors.push(undeclared(spec, service, position));
            continue;
        };
        if let (Some(target), None, Protocol::Http2 | Protocol::Grpc) = (target, from_target, protocol) {
            let message = format!(
                "port {} speaks {}, but the target does not declare it: the proxies would speak HTTP/1.1",
                port.number,
                protocol.as_str()
            );
            let remedy = format!("add `appProtocol: {}` to this port", protocol.as_str().to_lowercase());
            errors.push(Finding::error(Code::UndeclaredProtocol, message, remedy).about(target.item).at("spec.ports"));
        }
        ports.push(ProxyPort {
            number: port.number,
            protocol,
            declared: declared.is_some(),
            listen: listen[position],
            rewrite: None,
        });
    }
    if errors.has_errors() {
        return Err(errors);
    }
    rewrite_uris(spec, &mut ports)?;
    Ok(ports)
}

/// What the spec says of ports: number, protocol (`None`: HTTP, as the operator does), field.
fn asked_protocols(spec: &Spec, service: &Service<'_, '_>, errors: &mut Findings) -> Vec<(u16, Option<Protocol>, String)> {
    let Settings { port, protocol, ports, .. } = spec.settings.as_ref();
    let mut asked = Vec::new();
    let protocol = protocol.map(Protocol::from);
    match (port, protocol) {
        (Some(port), Some(protocol)) => asked.push((port.get(), Some(protocol), "protocol".to_string())),
        (Some(port), None) => asked.push((port.get(), None, "port".to_string())),
        (None, Some(protocol)) => match service.ports.as_slice() {
            [only] => asked.push((only.number, Some(protocol), "protocol".to_string())),
            _ => {
                let message =
                    format!("\"{}\" without a port, and the Service has the ports {}", protocol.as_str(), service.numbers());
                let finding = Finding::error(Code::InvalidValue, message, "say which port in `port`, or declare each in `ports`");
                errors.push(spec.source.point(finding, "protocol"));
            }
        },
        (None, None) => {}
    }
    for (position, entry) in ports.iter().flatten().enumerate() {
        asked.push((entry.port.get(), Some(entry.protocol.into()), format!("ports[{position}].protocol")));
    }
    let mut seen = HashSet::with_capacity(asked.len());
    for (number, _, field) in &asked {
        let again = !seen.insert(*number);
        let at = field.replace(".protocol", ".port").replace("protocol", "port");
        if service.port(*number).is_none() {
            let message = format!("{} has no port {number} but only {}", service.item.id().to_ref(), service.numbers());
            let finding =
                Finding::error(Code::UnknownPort, message, "write the number of a port of the Service (not a targetPort)")
                    .seen(*number);
            errors.push(spec.source.point(finding, &at));
        } else if again {
            let finding =
                Finding::error(Code::InvalidValue, format!("port {number} stands twice"), "remove one of the two").seen(*number);
            errors.push(spec.source.point(finding, &at));
        }
    }
    asked
}

fn undeclared(spec: &Spec, service: &Service<'_, '_>, position: usize) -> Finding {
    let port = &service.ports[position];
    let message = match (port.app_protocol, port.name) {
        (Some(unknown), _) => format!("port {} has the appProtocol \"{unknown}\", which Istio does not know", port.number),
        (None, Some(name)) => {
            format!("port {} does not declare its protocol: its name \"{name}\" has no protocol prefix", port.number)
        }
        (None, None) => format!("port {} does not declare its protocol", port.number),
    };
    let remedy = format!(
        "add `appProtocol: http` (or http2, grpc, https, tls, tcp) to the port, or `ports: [{{port: {}, protocol: HTTP}}]` to {}",
        port.number,
        spec.source.object()
    );
    Finding::error(Code::UndeclaredProtocol, message, remedy).about(service.item).at(format!("spec.ports[{position}]"))
}

fn rewrite_uris(spec: &Spec, ports: &mut [ProxyPort]) -> Result<(), Findings> {
    let Some(uri) = &spec.settings.uri else { return Ok(()) };
    let only = spec.settings.port.map(std::num::NonZeroU16::get);
    let mut rewritten = false;
    for port in ports.iter_mut().filter(|port| only.is_none_or(|only| only == port.number)) {
        if port.protocol.family() == Family::Http {
            port.rewrite = Some(uri.clone());
            rewritten = true;
        }
    }
    if rewritten {
        return Ok(());
    }
    let which = only.map_or("no port of the Service speaks".to_string(), |port| format!("port {port} does not speak"));
    let finding = Finding::error(
        Code::UriWithoutHttp,
        format!("{which} HTTP, so no path can be rewritten"),
        "remove `uri`, or name an HTTP port in `port`",
    );
    Err(spec.source.point(finding, "uri").into())
}

/// The port on which the proxies listen for each Service port.
///
/// A number from 1024 is kept, so that the proxies need no privilege and clients see the port they
/// know; a lower one, or one of the mesh's own (15000 to 15090, Istio's "Ports used by Istio"),
/// moves up by 10000, and further where that is taken.
fn listening_ports(numbers: &[u16]) -> Vec<u16> {
    let reserved = |port: u16| port < 1024 || (15000..=15090).contains(&port);
    let mut taken: HashSet<u16> = numbers.iter().copied().filter(|number| !reserved(*number)).collect();
    numbers
        .iter()
        .map(|number| {
            if !reserved(*number) {
                return *number;
            }
            let mut port = number + 10000;
            while reserved(port) || !taken.insert(port) {
                port = if port == u16::MAX { 1024 } else { port + 1 };
            }
            port
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::listening_ports;

    #[test]
    fn listening_ports_are_unprivileged_unique_and_not_the_mesh_s() {
        assert_eq!(listening_ports(&[80, 443, 8080]), [10080, 10443, 8080]);
        assert_eq!(listening_ports(&[80, 10080]), [10081, 10080]);
        assert_eq!(listening_ports(&[15021, 25021]), [25022, 25021]);
        assert_eq!(listening_ports(&[15090, 14999]), [25090, 14999]);
    }
}
