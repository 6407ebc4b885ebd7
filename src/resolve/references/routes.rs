//! The routes of a VirtualService, moved from the clients' sidecars to the proxies.
//!
//! What istiod makes of a route is the same on both sides (`route.BuildHTTPRoutesForVirtualService`
//! serves sidecars and gateways), but for what it knows of the client. A destination without a port
//! means on both sides the port by which the request came (`route.GetDestinationCluster`).

use super::host::{Hosts, partially_qualified_host};
use crate::api::TlsMode;
use crate::krm::{Code, Finding, Findings, Item, few};
use crate::resolve::{Family, Interception, Protocol, ProxyPort};
use serde_yaml::{Mapping, Value};
use std::collections::BTreeSet;

/// The spec as it has to be on the proxies' Gateway, and the ports that it routes.
pub fn moved(
    item: &Item<'_>,
    spec: &Mapping,
    interception: &Interception,
    position: usize,
    fronts: &Hosts,
    findings: &mut Findings,
) -> (Mapping, BTreeSet<u16>) {
    for (number, route) in entries(spec, "http").enumerate() {
        warn_of_retries(item, route, &format!("spec.http[{number}]"), interception, findings);
    }
    let mut refuse = |field: String, message: String, remedy: &str| {
        findings.push(Finding::error(Code::RuleCannotMove, message, remedy).about(item).at(field));
    };
    for family in ["http", "tcp"] {
        for (number, route) in entries(spec, family).enumerate() {
            refuse_client_matches(route, &format!("spec.{family}[{number}]"), interception, &mut refuse);
        }
    }
    if entries(spec, "tls").next().is_some() {
        let message = format!(
            "the proxies of \"{}\" do not see the server name inside of the TLS that they pass on",
            interception.front_name
        );
        refuse("spec.tls".into(), message, "remove the `tls` routes, or do not intercept this Service");
    }
    let routed = routed_ports(spec, interception, &mut refuse);
    let mut spec = placed(spec, &interception.proxy_name);
    each_destination_mut(&mut spec, &mut |field, destination| {
        let Some(host) = destination.get("host").and_then(Value::as_str).map(str::to_string) else { return };
        match fronts.front(&host, item.id().namespace.as_deref()) {
            Some(named) if named.interception != position => {}
            Some(named) if !named.known_to_istio => {
                findings.push(partially_qualified_host(item, &host, &format!("{field}.host"), interception))
            }
            Some(_) => {
                destination.insert("host".into(), interception.target_name.as_str().into());
            }
            None => {}
        }
    });
    for port in interception.ports.iter().filter(|port| port.rewrite.is_some() && routed.contains(&port.number)) {
        let message = format!("port {} has routes in {}, and `uri` would add another", port.number, item.id().to_ref());
        let finding = Finding::error(Code::UriBesideRoutes, message, "write the rewrite there, and remove `uri`");
        findings.push(interception.source.point(finding, "uri"));
    }
    (spec, routed)
}

/// Refuses what a proxy cannot decide, because it stands on the client's side.
fn refuse_client_matches(route: &Value, at: &str, interception: &Interception, refuse: &mut impl FnMut(String, String, &str)) {
    if route.get("delegate").is_some() {
        let message = "a delegate has routes that other hosts may share, so they cannot move to the proxies".to_string();
        refuse(format!("{at}.delegate"), message, "write the routes of the delegate here");
    }
    let matches = route.get("match").and_then(Value::as_sequence).into_iter().flatten();
    for (number, found) in matches.enumerate() {
        for key in ["sourceLabels", "sourceNamespace", "sourceSubnet", "destinationSubnets"] {
            if found.get(key).is_some() {
                let message =
                    format!("the proxies of \"{}\" decide, and there `{key}` would not be the client's", interception.front_name);
                refuse(format!("{at}.match[{number}].{key}"), message, "match by something in the request, such as a header");
            }
        }
        if interception.tls == TlsMode::IstioMutual && found.get("scheme").is_some() {
            let message = "requests reach the proxies over mutual TLS, and their scheme is \"https\" there".to_string();
            refuse(format!("{at}.match[{number}].scheme"), message, "remove the match by scheme");
        }
    }
    if interception.tls == TlsMode::IstioMutual
        && let Some(redirect) = route.get("redirect")
        && redirect.get("scheme").is_none()
    {
        let message =
            "without a scheme the proxies, which clients reach over mutual TLS, would redirect to \"https\"".to_string();
        refuse(format!("{at}.redirect"), message, "write `scheme: http` (or https)");
    }
}

/// Clients have no route of their own any more, and so the mesh's default retries (two, of gRPC
/// UNAVAILABLE and CANCELLED among others; `retry.DefaultPolicy`).
fn warn_of_retries(item: &Item<'_>, route: &Value, at: &str, interception: &Interception, findings: &mut Findings) {
    let at_all = |path: [&str; 2]| route.get(path[0])?.get(path[1]);
    let unretried = at_all(["retries", "attempts"]).and_then(Value::as_u64) == Some(0);
    let abort = at_all(["fault", "abort"]).and_then(|abort| abort.get("grpcStatus"));
    let field = match (unretried, abort) {
        (true, _) => "retries.attempts",
        (_, Some(_)) => "fault.abort.grpcStatus",
        _ => return,
    };
    let message = format!(
        "holds at the proxies of \"{}\"; the sidecars of its clients retry what the mesh retries by default (gRPC UNAVAILABLE and CANCELLED among it)",
        interception.front_name
    );
    let remedy = "set `defaultHttpRetryPolicy: {attempts: 0}` in the mesh's configuration where that must not be";
    findings.push(Finding::warning(Code::RuleCannotMove, message, remedy).about(item).at(format!("{at}.{field}")));
}

/// The ports for which istiod makes of these routes at least one: for those, and only those, it
/// makes no default.
fn routed_ports(spec: &Mapping, interception: &Interception, refuse: &mut impl FnMut(String, String, &str)) -> BTreeSet<u16> {
    let mut routed = BTreeSet::new();
    for (family, name) in [(Family::Http, "http"), (Family::Tcp, "tcp")] {
        let ports = || interception.ports.iter().filter(|port| port.protocol.family() == family);
        let all: BTreeSet<u16> = ports().map(|port| port.number).collect();
        let declares_tls = |port: &&ProxyPort| matches!(port.protocol, Protocol::Https | Protocol::Tls);
        let with_tls: BTreeSet<u16> = ports().filter(declares_tls).map(|port| port.number).collect();
        let said_of_all = declaring_tls(with_tls.iter());
        let mut for_all = false;
        for (number, route) in entries(spec, name).enumerate() {
            let said = match ports_of(route, &interception.proxy_name) {
                Some(own) => {
                    routed.extend(own.intersection(&all));
                    declaring_tls(own.intersection(&with_tls))
                }
                None => {
                    for_all = true;
                    said_of_all.clone()
                }
            };
            // On mesh TCP routes are not for a port that declares TLS
            // (`buildSidecarOutboundTCPFilterChainOpts`), on a Gateway they are.
            if let Some(said) = said {
                let message = format!("sidecars do not follow this route for {said}; proxies would");
                refuse(format!("spec.tcp[{number}]"), message, "add `match` with the `port` that it is for");
            }
        }
        if for_all {
            routed.extend(all);
        }
    }
    routed
}

/// `port 443, which declares TLS`; nothing of no port.
fn declaring_tls<'p>(ports: impl Iterator<Item = &'p u16>) -> Option<String> {
    match ports.collect::<Vec<_>>().as_slice() {
        [] => None,
        [only] => Some(format!("port {only}, which declares TLS")),
        several => Some(format!("the ports {}, which declare TLS", few(several))),
    }
}

/// The ports that a route is for; `None` for all of them.
fn ports_of(route: &Value, gateway: &str) -> Option<BTreeSet<u16>> {
    let matches = route.get("match").and_then(Value::as_sequence).filter(|matches| !matches.is_empty())?;
    let here = matches.iter().filter(|found| {
        let gateways = super::exported::strings(found.get("gateways"));
        gateways.is_empty() || gateways.iter().any(|name| *name == "mesh" || *name == gateway)
    });
    let mut ports = BTreeSet::new();
    for found in here {
        match found.get("port").and_then(Value::as_u64) {
            None => return None,
            Some(port) => ports.extend(u16::try_from(port)),
        }
    }
    Some(ports)
}

/// The same on the proxies' Gateway. `hosts` is `*`: see the generated VirtualService.
fn placed(spec: &Mapping, gateway: &str) -> Mapping {
    let mut placed = Mapping::with_capacity(spec.len() + 1);
    placed.insert("hosts".into(), vec![Value::from("*")].into());
    placed.insert("gateways".into(), vec![Value::from(gateway)].into());
    for (key, value) in spec {
        match key.as_str() {
            Some("hosts" | "gateways") => {}
            Some("http" | "tcp") => {
                let mut value = value.clone();
                value.as_sequence_mut().into_iter().flatten().for_each(leave_mesh);
                placed.insert(key.clone(), value);
            }
            _ => {
                placed.insert(key.clone(), value.clone());
            }
        }
    }
    placed
}

/// A match that is for sidecars is for the proxies now, and they have one Gateway.
fn leave_mesh(route: &mut Value) {
    for found in route.get_mut("match").and_then(Value::as_sequence_mut).into_iter().flatten() {
        if super::exported::strings(found.get("gateways")).contains(&"mesh")
            && let Some(found) = found.as_mapping_mut()
        {
            found.shift_remove("gateways");
        }
    }
}

fn entries<'v>(spec: &'v Mapping, family: &str) -> impl Iterator<Item = &'v Value> {
    spec.get(family).and_then(Value::as_sequence).into_iter().flatten()
}

/// Calls `visit` with the field and every destination of a VirtualService's spec.
pub fn each_destination(spec: &Value, visit: &mut impl FnMut(String, &Mapping)) {
    if let Some(spec) = spec.as_mapping() {
        // The paths are written once, for both: a copy is cheap beside the parse before it.
        each_destination_mut(&mut spec.clone(), &mut |field, destination| visit(field, destination));
    }
}

fn each_destination_mut(spec: &mut Mapping, visit: &mut impl FnMut(String, &mut Mapping)) {
    for family in ["http", "tcp", "tls"] {
        let routes = spec.get_mut(family).and_then(Value::as_sequence_mut);
        for (number, route) in routes.into_iter().flatten().enumerate() {
            for list in ["route", "mirrors"] {
                let entries = route.get_mut(list).and_then(Value::as_sequence_mut);
                for (entry, destination) in entries.into_iter().flatten().enumerate() {
                    if let Some(destination) = destination.get_mut("destination").and_then(Value::as_mapping_mut) {
                        visit(format!("spec.{family}[{number}].{list}[{entry}].destination"), destination);
                    }
                }
            }
            if let Some(mirror) = route.get_mut("mirror").and_then(Value::as_mapping_mut) {
                visit(format!("spec.{family}[{number}].mirror"), mirror);
            }
        }
    }
}
