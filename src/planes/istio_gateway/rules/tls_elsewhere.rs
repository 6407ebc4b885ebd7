//! The TLS mode of DestinationRules that clients of a front follow, and that do not stand beside it: rules
//! of other namespaces, and rules for many hosts.
//!
//! istiod follows the most specific rule of the client's namespace, else of the Service's, else of the root
//! namespace, and merges none with another (`PushContext.destinationRule`).

use super::host::{Hosts, full_name};
use super::policy_fields::tls_modes;
use super::{Ruled, exported};
use crate::api::TlsMode;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::interception::names::is_generated;
use crate::krm::{Finding, Findings, Item};
use crate::mesh::Mesh;
use crate::objects::Index;
use crate::objects::index::namespace_key;
use serde_yaml::Value;
use std::collections::HashMap;

/// Refuses modes in which clients would not reach the proxies.
pub fn check(interceptions: &[Ruled<'_>], fronts: &Hosts<'_>, index: &Index<'_, '_>, findings: &mut Findings) {
    let mesh = fronts.mesh;
    let names: Vec<String> = interceptions.iter().map(|front| full_name(front.interception, mesh)).collect();
    let mut plaintext = None;
    for (_, item) in index.of_kind("networking.istio.io", "DestinationRule") {
        if !fronts.can_be_in(item.fragment().text()) || is_generated(item) {
            continue;
        }
        let Ok(value) = item.value() else { continue };
        let Some(host) = value.get("spec").and_then(|spec| spec.get("host")?.as_str()) else { continue };
        let namespace = item.id().namespace.as_deref();
        let front = if let Some(suffix) = host.strip_prefix('*') {
            // `destination_rule` refuses modes with which no proxies can be reached at all.
            let plaintext = plaintext.get_or_insert_with(|| Plaintext::of(interceptions, &names, mesh, index));
            plaintext.reached_from(namespace_key(namespace), suffix)
        } else {
            let named = fronts.front(host, namespace).filter(|named| named.known_to_istio);
            named.map(|named| named.interception).filter(|front| {
                let front = &interceptions[*front];
                let here = namespace_key(namespace);
                here != namespace_key(front.interception.namespace.as_deref())
                    && (!mesh.is_root(here) || !has_rule(front, (index, mesh)))
            })
        };
        if let Some(front) = front {
            refuse(item, value, host, interceptions[front].interception, findings);
        }
    }
}

/// The fronts whose proxies take plaintext, by every end of their names: the first of each.
struct Plaintext<'n> {
    /// For rules of the root namespace.
    of_root: HashMap<&'n str, usize>,
    /// For rules of the front's namespace.
    beside: HashMap<(&'n str, &'n str), usize>,
    /// For rules of a client's namespace, which is another than the front's: the first, and the first of
    /// another namespace than that.
    of_clients: HashMap<&'n str, (usize, Option<usize>)>,
    interceptions: &'n [Ruled<'n>],
    mesh: &'n Mesh,
}

impl<'n> Plaintext<'n> {
    fn of(interceptions: &'n [Ruled<'n>], names: &'n [String], mesh: &'n Mesh, index: &Index<'_, '_>) -> Self {
        let (of_root, beside, of_clients) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut found = Plaintext { of_root, beside, of_clients, interceptions, mesh };
        let all = interceptions.iter().zip(names).enumerate();
        for (position, (front, name)) in all.filter(|(_, (front, _))| front.interception.tls == TlsMode::Disable) {
            let namespace = namespace_key(front.interception.namespace.as_deref());
            let alone = !has_rule(front, (index, mesh));
            for (at, _) in name.char_indices().chain([(name.len(), ' ')]) {
                let end = &name[at..];
                let (first, other) = found.of_clients.entry(end).or_insert((position, None));
                if other.is_none() && namespace_key(interceptions[*first].interception.namespace.as_deref()) != namespace {
                    *other = Some(position);
                }
                if alone {
                    found.of_root.entry(end).or_insert(position);
                    found.beside.entry((namespace, end)).or_insert(position);
                }
            }
        }
        found
    }

    fn reached_from(&self, namespace: &str, suffix: &str) -> Option<usize> {
        if let Some(front) = self.beside.get(&(namespace, suffix)) {
            return Some(*front);
        }
        if self.mesh.is_root(namespace) {
            return self.of_root.get(suffix).copied();
        }
        let (first, other) = self.of_clients.get(suffix)?;
        let is_here = namespace_key(self.interceptions[*first].interception.namespace.as_deref()) == namespace;
        if is_here { *other } else { Some(*first) }
    }
}

/// Whether a rule beside the front goes first for clients of all namespaces.
fn has_rule(front: &Ruled<'_>, (index, mesh): (&Index<'_, '_>, &Mesh)) -> bool {
    front.rules.on_front.iter().any(|rule| index.item(*rule).value().is_ok_and(|rule| exported::is_for_all(rule, mesh)))
}

fn refuse(item: &Item<'_>, rule: &Value, host: &str, front: &Interception, findings: &mut Findings) {
    for (field, mode) in tls_modes(rule) {
        let (why, remedy) = match front.tls {
            TlsMode::IstioMutual if mode != "ISTIO_MUTUAL" => (
                "ask for the mutual TLS of the mesh",
                "remove `tls` (istiod chooses by what the pods can) or set ISTIO_MUTUAL".into(),
            ),
            TlsMode::Disable if mode == "ISTIO_MUTUAL" || (mode != "DISABLE" && !host.starts_with('*')) => {
                let object = front.source.object();
                ("take plaintext only", format!("remove `tls` here, or set `tls: {{mode: ISTIO_MUTUAL}}` on {object}"))
            }
            _ => continue,
        };
        let message = format!("\"{mode}\" holds for clients of \"{}\", whose proxies {why}", front.front_name);
        findings.push(Finding::error(Code::TlsOfFront, message, remedy).about(item).at(field).seen(mode));
    }
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Others,
    "DestinationRule of another namespace, or for many hosts, whose TLS mode is not that of the proxies",
    "error {}",
    &[Code::TlsOfFront],
)
.because(
    "istiod follows the most specific rule of the client's namespace, else of the Service's, else of the root \
         namespace",
    "istiod `PushContext.destinationRule`",
)
.of(&[("networking.istio.io", "DestinationRule")])];
