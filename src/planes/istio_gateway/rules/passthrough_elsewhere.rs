//! Routes for a front that lead to another host, of which a DestinationRule says `simple: PASSTHROUGH`: the
//! client's sidecar connects to the address that was asked for, whatever the route says. That is the front's,
//! where proxies are now, and the connection has not the certificate of the mesh that these ask for.

use super::exported::strings;
use super::host::{Hosts, covers, full_name};
use super::passthrough::is_passthrough;
use super::policy_fields::in_policies;
use crate::api::TlsMode;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::interception::names::is_generated;
use crate::krm::{Finding, Findings, Item};
use crate::objects::Index;
use crate::objects::index::namespace_key;
use crate::objects::value::{at, sequence};
use serde_yaml::Value;
use std::collections::HashMap;

/// The rules with PASSTHROUGH.
#[derive(Default)]
struct Rules<'i, 'a> {
    /// For one host, by its full name; `None` where another rule is for it.
    of_one: HashMap<String, Option<Rule<'i, 'a>>>,
    of_many: Vec<(&'i str, Rule<'i, 'a>)>,
}

struct Rule<'i, 'a> {
    item: &'i Item<'a>,
    field: String,
}

impl<'i, 'a> Rules<'i, 'a> {
    fn of(index: &Index<'i, 'a>, fronts: &Hosts<'_>) -> Self {
        let mut rules = Rules::default();
        for (_, item) in index.of_kind("networking.istio.io", "DestinationRule").filter(|(_, item)| !is_generated(item)) {
            let Some(host) = item.text_at(&["spec", "host"]) else { continue };
            let rule = if item.fragment().text().contains("PASSTHROUGH") { passing(item) } else { None };
            if !host.starts_with('*') {
                rules.of_one.insert(full(host, item.id().namespace.as_deref(), fronts), rule);
            } else if let Some(rule) = rule {
                rules.of_many.push((host, rule));
            }
        }
        rules
    }

    fn is_empty(&self) -> bool {
        self.of_many.is_empty() && self.of_one.values().all(Option::is_none)
    }

    /// The rule that clients follow on their way to a host.
    fn find(&self, name: &str) -> Option<&Rule<'i, 'a>> {
        match self.of_one.get(name) {
            Some(rule) => rule.as_ref(),
            None => self.of_many.iter().find(|(host, _)| covers(host, name)).map(|(_, rule)| rule),
        }
    }
}

fn passing<'i, 'a>(item: &'i Item<'a>) -> Option<Rule<'i, 'a>> {
    let (at, ()) = in_policies(item.value().ok()?, is_passthrough).into_iter().next()?;
    Some(Rule { item, field: format!("{at}.loadBalancer.simple") })
}

/// Refuses such rules.
pub fn check(interceptions: &[Interception], fronts: &Hosts<'_>, index: &Index<'_, '_>, findings: &mut Findings) {
    let rules = Rules::of(index, fronts);
    if rules.is_empty() {
        return;
    }
    for (_, item) in index.of_kind("networking.istio.io", "VirtualService") {
        if !fronts.can_be_in(item.fragment().text()) || is_generated(item) {
            continue;
        }
        let namespace = item.id().namespace.as_deref();
        let Some(spec) = item.value().ok().and_then(|value| value.get("spec")) else { continue };
        let Some(front) = front(spec, namespace, interceptions, fronts) else { continue };
        let own = full_name(front, fronts.mesh);
        for host in destinations(spec) {
            let name = full(host, namespace, fronts);
            if let Some(rule) = rules.find(&name).filter(|_| name != own) {
                refuse(rule, host, item, front, findings);
            }
        }
    }
}

/// A front whose proxies ask for mutual TLS, among the hosts of a VirtualService.
fn front<'r>(
    spec: &Value,
    namespace: Option<&str>,
    interceptions: &'r [Interception],
    fronts: &Hosts<'_>,
) -> Option<&'r Interception> {
    strings(spec.get("hosts")).into_iter().find_map(|host| {
        let named = || fronts.front(host, namespace).filter(|named| named.known_to_istio);
        let found = if host.starts_with('*') {
            interceptions.iter().find(|front| front.tls == TlsMode::IstioMutual && covers(host, &full_name(front, fronts.mesh)))
        } else {
            named().map(|named| &interceptions[named.interception])
        };
        found.filter(|front| front.tls == TlsMode::IstioMutual)
    })
}

/// A host's full name, as istiod completes it.
fn full(host: &str, namespace: Option<&str>, fronts: &Hosts<'_>) -> String {
    if host.contains(['.', '*']) { host.to_string() } else { fronts.mesh.host_of(host, namespace_key(namespace)) }
}

/// Hosts to which the routes lead, and their copies.
fn destinations(spec: &Value) -> impl Iterator<Item = &str> {
    let routes = ["http", "tls", "tcp"].into_iter().flat_map(|family| sequence(spec, &[family]));
    routes.flat_map(|route| {
        let listed = ["route", "mirrors"].into_iter().flat_map(|list| sequence(route, &[list]));
        let listed = listed.filter_map(|entry| at(entry, &["destination", "host"]));
        listed.chain(at(route, &["mirror", "host"])).filter_map(Value::as_str)
    })
}

fn refuse(rule: &Rule<'_, '_>, host: &str, routes: &Item<'_>, front: &Interception, findings: &mut Findings) {
    let message = format!(
        "{} leads from \"{}\" to \"{host}\", but with \"PASSTHROUGH\" clients connect to the address of \"{}\": its proxies would refuse them",
        routes.id().to_ref(),
        front.front_name,
        front.front_name
    );
    let remedy = format!("write a DestinationRule for \"{host}\" without it, or remove it here");
    findings.push(Finding::error(Code::Passthrough, message, remedy).about(rule.item).at(&rule.field).seen("PASSTHROUGH"));
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Rules,
    "DestinationRule with `simple: PASSTHROUGH` for a host to which a VirtualService leads from the front",
    "error {}",
    &[Code::Passthrough],
)
.because("clients connect to the address of the front, whose proxies ask for mutual TLS", "istiod, ORIGINAL_DST")
.of(&[("networking.istio.io", "DestinationRule"), ("networking.istio.io", "VirtualService")])];
