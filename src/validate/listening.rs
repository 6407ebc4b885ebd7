//! The proxies can listen where the front sends its clients.

use super::finding;
use super::view::{Target, View, ports};
use super::workloads::Workload;
use crate::findings::Code;
use crate::krm::Findings;
use serde_yaml::Value;
use std::collections::{HashMap, HashSet};

/// Envoy's admin, health and metrics ports in every proxy of Istio's.
const OF_ISTIO: [u16; 10] = [15000, 15001, 15004, 15006, 15008, 15009, 15020, 15021, 15053, 15090];

/// PS111.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for (pool, proxies) in view.pools.iter().zip(view.proxies.all()) {
        let Some(front) = pool.front.filter(|_| pool.intercepts()) else { continue };
        let declared: HashSet<u64> = proxies.ports().filter_map(|(number, _)| number).collect();
        let mut taken = HashMap::new();
        for port in ports(front) {
            let Target::Number(listen) = port.target() else { continue };
            let declared = declared.contains(&listen.into());
            let wrong = if OF_ISTIO.contains(&listen) {
                Some((true, format!("{listen} is a port that every proxy of Istio's has for itself")))
            } else if listen < 1024 && !may_bind(proxies) {
                Some((true, format!("the proxies may not listen on {listen}, which is below 1024")))
            } else if let Some(other) = taken.insert(listen, port.number) {
                Some((true, format!("the proxies listen on {listen} for port {other} already")))
            } else if !declared {
                Some((false, format!("no container of {} declares port {listen}", proxies.object.to_ref())))
            } else {
                None
            };
            let Some((error, message)) = wrong else { continue };
            let field = format!("spec.ports[{}].targetPort", port.position);
            let remedy = "render the ProxyService again, which chooses a free port for each";
            findings.push(finding(front, error, Code::ListeningPort, &field, message, remedy).seen(listen));
        }
    }
}

/// Whether the pods may use ports below 1024: by a sysctl, as root or by a capability.
fn may_bind(proxies: &Workload<'_>) -> bool {
    let security = |value: &Value, key: &str| value.get("securityContext")?.get(key).cloned();
    let sysctls = security(proxies.pod, "sysctls");
    let lowered = sysctls
        .iter()
        .filter_map(Value::as_sequence)
        .flatten()
        .any(|sysctl| sysctl.get("name").and_then(Value::as_str) == Some("net.ipv4.ip_unprivileged_port_start"));
    let root = |value: &Value| security(value, "runAsUser").and_then(|user| user.as_u64()) == Some(0);
    let capable = |value: &Value| {
        let added = security(value, "capabilities").and_then(|capabilities| capabilities.get("add").cloned());
        let is = |capability: &Value| matches!(capability.as_str(), Some("NET_BIND_SERVICE" | "ALL"));
        added.iter().filter_map(Value::as_sequence).flatten().any(is)
    };
    lowered || root(proxies.pod) || proxies.containers().any(|container| root(container) || capable(container))
}
