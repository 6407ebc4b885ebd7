//! What a Service says, read with suspicion: a pipe may hand us anything.

use crate::findings::Code;
use crate::krm::{Finding, Findings, Item, few};
use serde_yaml::{Mapping, Value};
use std::collections::{HashMap, HashSet};

/// Each port stands in eight generated objects. Kubernetes documents 100 for a Service with endpoints
/// (discovery/v1, `EndpointSlice.ports`: "a maximum of 100 ports").
const MOST_PORTS: usize = 1000;

/// The fields of a Service that decide about an interception.
#[derive(Debug)]
pub struct Service<'i, 'a> {
    /// The item it was read from.
    pub item: &'i Item<'a>,
    /// Its ports, in its order.
    pub ports: Vec<Port<'i>>,
    by_number: HashMap<u16, usize>,
    spec: &'i Mapping,
}

/// One port of a Service.
#[derive(Debug, Clone, Copy)]
pub struct Port<'i> {
    /// `port`.
    pub number: u16,
    /// `name`.
    pub name: Option<&'i str>,
    /// `appProtocol`.
    pub app_protocol: Option<&'i str>,
    target: Option<&'i Value>,
}

impl Port<'_> {
    /// `targetPort`: a number, or the name of a container's port.
    #[must_use]
    pub fn target(&self) -> String {
        match self.target {
            Some(Value::String(name)) => name.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => self.number.to_string(),
        }
    }

    /// Whether the port of another Service leads to another port of a pod. A name and a number may be the same one.
    #[must_use]
    pub fn differs(&self, other: &Port<'_>) -> bool {
        let (own, its) = (self.target(), other.target());
        let is_number = |text: &str| text.parse::<u16>().is_ok();
        own != its && is_number(&own) == is_number(&its)
    }
}

impl<'i, 'a> Service<'i, 'a> {
    /// Reads a Service that is to be intercepted, or to be a target; `asked_by` names who asks.
    ///
    /// # Errors
    /// It cannot be intercepted: headless, ExternalName, without selector or ports, with a port
    /// that is not TCP, or not of the form that Kubernetes gives a Service.
    pub fn read(item: &'i Item<'a>, asked_by: &str) -> Result<Self, Findings> {
        let value = item.value()?;
        let Some(spec) = value.get("spec").and_then(Value::as_mapping) else {
            return Err(invalid(item, "spec", "the Service has no spec".into()).into());
        };
        let mut findings = Findings::default();
        let kind = text(spec, "type").unwrap_or("ClusterIP");
        if kind == "ExternalName" {
            findings.push(
                Finding::error(
                    Code::ExternalNameService,
                    format!("\"ExternalName\" has no pods to balance over, and {asked_by} asks to intercept it"),
                    "name a Service with pods, or remove the request",
                )
                .about(item)
                .at("spec.type")
                .seen(kind),
            );
            return Err(findings);
        }
        if text(spec, "clusterIP") == Some("None") {
            findings.push(
                Finding::error(
                    Code::HeadlessService,
                    format!("\"None\" makes the Service headless: its clients choose pods themselves, and {asked_by} asks to intercept it"),
                    "use a Service with a cluster IP, or remove the request",
                )
                .about(item)
                .at("spec.clusterIP")
                .seen("None"),
            );
        }
        if spec.get("selector").and_then(Value::as_mapping).is_none_or(Mapping::is_empty) {
            findings.push(
                Finding::error(
                    Code::NoSelector,
                    format!("the Service selects no pods, and {asked_by} asks to intercept it"),
                    "add the selector of the application's pods, or remove the request",
                )
                .about(item)
                .at("spec.selector"),
            );
        }
        let ports = read_ports(spec, item, &mut findings);
        let by_number = ports.iter().enumerate().map(|(position, port)| (port.number, position)).collect();
        if findings.has_errors() { Err(findings) } else { Ok(Service { item, ports, by_number, spec }) }
    }

    /// The port with this number.
    #[must_use]
    pub fn port(&self, number: u16) -> Option<&Port<'i>> {
        self.by_number.get(&number).map(|position| &self.ports[*position])
    }

    /// The numbers of the ports, for messages.
    #[must_use]
    pub fn numbers(&self) -> String {
        few(self.ports.iter().map(|port| port.number))
    }

    /// The selector.
    #[must_use]
    pub fn selector(&self) -> Option<&'i Mapping> {
        self.spec.get("selector")?.as_mapping()
    }

    /// The value of a label of the selector.
    #[must_use]
    pub fn selected(&self, label: &str) -> Option<&'i str> {
        text(self.selector()?, label)
    }

    /// The field that lets clients outside the cluster in, and its value, where there is one.
    #[must_use]
    pub fn opened_by(&self) -> Option<(&'static str, &'i str)> {
        if let Some(kind @ ("NodePort" | "LoadBalancer")) = text(self.spec, "type") {
            return Some(("spec.type", kind));
        }
        let addresses = self.spec.get("externalIPs").and_then(Value::as_sequence)?;
        addresses.first().and_then(Value::as_str).map(|address| ("spec.externalIPs[0]", address))
    }
}

/// The ports that can be carried, each number once.
fn read_ports<'i>(spec: &'i Mapping, item: &Item<'_>, findings: &mut Findings) -> Vec<Port<'i>> {
    let listed = spec.get("ports").and_then(Value::as_sequence).map_or(&[][..], Vec::as_slice);
    if listed.is_empty() {
        findings.push(invalid(item, "spec.ports", "the Service has no ports".into()));
    }
    if listed.len() > MOST_PORTS {
        let message = format!("the Service has {} ports, and proxies carry no more than {MOST_PORTS}", listed.len());
        let finding = Finding::error(Code::AsksForTooMuch, message, "divide it, or do not intercept it");
        findings.push(finding.about(item).at("spec.ports"));
        return Vec::new();
    }
    let mut ports = Vec::with_capacity(listed.len());
    for (position, port) in listed.iter().enumerate() {
        match read_port(port, position, item) {
            Ok(port) => ports.push(port),
            Err(finding) => findings.push(finding),
        }
    }
    let mut numbers = HashSet::with_capacity(ports.len());
    for (position, port) in ports.iter().enumerate().filter(|(_, port)| !numbers.insert(port.number)) {
        let message = format!("{} stands twice", port.number);
        findings.push(invalid(item, format!("spec.ports[{position}].port"), message));
    }
    ports
}

fn invalid(item: &Item<'_>, field: impl Into<String>, message: String) -> Finding {
    Finding::error(Code::InvalidService, message, "write it as Kubernetes' Service (v1) has it").about(item).at(field)
}

fn read_port<'i>(port: &'i Value, position: usize, item: &Item<'_>) -> Result<Port<'i>, Finding> {
    let field = |name: &str| format!("spec.ports[{position}]{name}");
    let Some(port) = port.as_mapping() else {
        return Err(invalid(item, field(""), "a port is not a mapping".into()));
    };
    let number =
        port.get("port").and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok()).filter(|number| *number > 0);
    let Some(number) = number else {
        let shown = port.get("port").map_or("missing".into(), |value| crate::krm::to_yaml(value, 0).trim_end().to_string());
        return Err(invalid(item, field(".port"), format!("{shown} is not a port number from 1 to 65535")));
    };
    match text(port, "protocol") {
        None | Some("TCP") => {}
        Some(other) => {
            return Err(Finding::error(
                Code::NotTcp,
                format!("port {number} is \"{other}\", which the proxies cannot carry"),
                "move the port to a Service of its own and intercept the one with the TCP ports",
            )
            .about(item)
            .at(field(".protocol"))
            .seen(other));
        }
    }
    Ok(Port { number, name: text(port, "name"), app_protocol: text(port, "appProtocol"), target: port.get("targetPort") })
}

fn text<'v>(mapping: &'v Mapping, key: &str) -> Option<&'v str> {
    mapping.get(key)?.as_str()
}
