//! Which clients istiod does not tell of a front: Sidecar resources leave it out, or its own
//! `exportTo` does.
//!
//! To such a client's sidecar the front's address is one of nobody, which it lets pass in plaintext
//! (`PassthroughCluster`). Pods take that as long as no policy is STRICT; proxies with mutual TLS do not.

use super::injection::Injection;
use super::scope::{Scope, Scopes};
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Intercepted;
use crate::krm::{Finding, Findings, Item};
use crate::mesh::{Mesh, reaches};
use crate::objects::Index;
use crate::objects::index::namespace_key;
use crate::objects::selector::labels;
use crate::objects::value::at;
use crate::objects::workloads::is_workload;
use crate::planes::istio_gateway::rules::host::full_name;
use serde_yaml::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Annotation of a Service with the namespaces that learn of it.
pub const EXPORT_TO: &str = "networking.istio.io/exportTo";

/// What hides Services without the annotation.
const OF_MESH: &str = "the mesh's defaultServiceExportTo";

/// Who sees the fronts that only clients with a sidecar can call.
pub struct Sight<'r, 'i> {
    mesh: &'i Mesh,
    scopes: Scopes<'i>,
    /// The fronts whose `tls.mode` nobody has chosen, by namespace.
    open: BTreeMap<&'r str, Vec<&'r Intercepted<'r>>>,
    /// Their ports, by namespace and name.
    ports: HashSet<(&'r str, &'r str, u16)>,
    /// The namespaces that see a front, where not all do, by its namespace and name.
    exported: HashMap<(&'r str, &'r str), Exported<'i>>,
}

/// How pods call a front other than from a sidecar that knows it, and what to do about it where they
/// have one.
pub struct Way {
    /// How, in a clause.
    pub how: String,
    /// What to do.
    pub instead: Option<String>,
}

struct Exported<'i> {
    front: &'i Item<'i>,
    /// As the annotation lists them.
    namespaces: &'i str,
    /// Whether the mesh says so, and not the annotation.
    by_mesh: bool,
}

impl<'r, 'i> Sight<'r, 'i> {
    /// Reads Sidecars and the fronts' annotations.
    pub fn of(interceptions: &'r [Intercepted<'r>], mesh: &'i Mesh, index: &Index<'i, 'i>) -> Self {
        let scopes = Scopes::of(index, mesh);
        let mut open: BTreeMap<&str, Vec<&'r Intercepted<'r>>> = BTreeMap::new();
        let (mut exported, mut ports) = (HashMap::new(), HashSet::new());
        for front in interceptions.iter().filter(|front| front.needs_sidecars()) {
            let here = namespace_key(front.namespace.as_deref());
            if front.asks_for_tls() {
                open.entry(here).or_default().push(front);
            }
            ports.extend(front.ports.iter().map(|port| (here, front.front_name.as_str(), port.number)));
            let Some(position) = front.pairing.front() else { continue };
            let item = index.item(position);
            let own = item.text_at(&["metadata", "annotations", EXPORT_TO]);
            let Some(namespaces) = own.or(mesh.exports.services.as_deref()) else { continue };
            if !mesh.registry_only {
                exported.insert((here, front.front_name.as_str()), Exported { front: item, namespaces, by_mesh: own.is_none() });
            }
        }
        Sight { mesh, scopes, open, ports, exported }
    }

    /// Whether pods of a namespace may not see some front.
    pub fn is_limited(&self, namespace: &str) -> bool {
        !self.exported.is_empty() || self.scopes.is_limited(namespace)
    }

    /// Whether a front has a port; it has one where none is named.
    pub fn has_port(&self, front: &Intercepted<'_>, number: Option<u16>) -> bool {
        let key = |number| (namespace_key(front.namespace.as_deref()), front.front_name.as_str(), number);
        number.is_none_or(|number| self.ports.contains(&key(number)))
    }

    /// The Sidecar of pods of a template.
    pub fn scope(&self, namespace: &'i str, template: &Value) -> Option<&Scope<'i>> {
        let labels = || labels(at(template, &["metadata", "labels"]).and_then(Value::as_mapping));
        self.scopes.is_limited(namespace).then(labels).and_then(|labels| self.scopes.of_pods(namespace, &labels))
    }

    /// How pods with that Sidecar call a front that istiod does not tell them of; `None` where it does.
    pub fn hides(&self, front: &Intercepted<'_>, namespace: &str, scope: Option<&Scope<'_>>) -> Option<Way> {
        let key = (namespace_key(front.namespace.as_deref()), front.front_name.as_str());
        if let Some(exported) = self.exported.get(&key).filter(|exported| !reaches(exported.namespaces, key.0, namespace)) {
            let who = if exported.by_mesh { OF_MESH.to_string() } else { format!("its {EXPORT_TO}") };
            let how = format!("in plaintext, as {who} hides it from them");
            return Some(Way { how, instead: Some(format!("add \"{namespace}\" to {EXPORT_TO}")) });
        }
        let scope = scope.filter(|scope| !scope.shows(key, ports(front), namespace))?;
        let (sidecar, host) = (scope.item.id().to_ref(), self.host(front));
        let how = format!("in plaintext, as {sidecar} leaves it out");
        Some(Way { how, instead: Some(format!("add \"{host}\" to the hosts of {sidecar}")) })
    }

    /// Warns where clients that the input does not show may not see a front.
    pub fn warn(&self, injection: &Injection<'_>, index: &Index<'_, '_>, findings: &mut Findings) {
        let counts = |scope: &&Scope<'_>| !scope.everything && !injection.is_off(scope.namespace());
        for scope in self.scopes.all().filter(counts) {
            let left_out = |key: &(&str, &Intercepted<'_>)| {
                !scope.shows((key.0, key.1.front_name.as_str()), ports(key.1), self.mesh.root_namespace())
            };
            // A namespace that is seen as a whole is passed by as one: no more are looked at than the scope lists.
            let namespaces = self.open.iter().filter(|(namespace, _)| !scope.shows_all_of(namespace));
            let each = namespaces.flat_map(|(namespace, fronts)| fronts.iter().map(move |front| (*namespace, *front)));
            if let Some((_, front)) = each.into_iter().find(left_out) {
                let leave_out = format!("its hosts leave out \"{}\"", front.front_name);
                let finding = unseen(&leave_out, front, &format!("add \"{}\" if these pods call it", self.host(front)));
                findings.push(finding.about(scope.item).at("spec.egress"));
            }
        }
        self.warn_of_exports(injection, index, findings);
    }

    fn warn_of_exports(&self, injection: &Injection<'_>, index: &Index<'_, '_>, findings: &mut Findings) {
        if self.exported.is_empty() {
            return;
        }
        let callers = self.namespaces(injection, index);
        for (namespace, front) in
            self.open.iter().flat_map(|(namespace, fronts)| fronts.iter().map(move |front| (*namespace, *front)))
        {
            let Some(exported) = self.exported.get(&(namespace, front.front_name.as_str())) else { continue };
            let Some(caller) = callers.iter().find(|caller| !reaches(exported.namespaces, namespace, caller)) else {
                continue;
            };
            let whose = if exported.by_mesh { format!(" of {OF_MESH}") } else { String::new() };
            let hides = format!("\"{}\"{whose} hides \"{}\" from \"{caller}\"", exported.namespaces, front.front_name);
            let finding = unseen(&hides, front, "add the namespaces of its clients");
            let field = format!("metadata.annotations[{EXPORT_TO}]");
            findings.push(finding.about(exported.front).at(field).seen(exported.namespaces));
        }
    }

    /// The namespaces of the input in which there may be clients with sidecars.
    fn namespaces<'n>(&self, injection: &Injection<'_>, index: &Index<'n, '_>) -> BTreeSet<&'n str> {
        let named = |(_, item): (usize, &'n Item<'_>)| match item.id() {
            id if id.is("", "Namespace") => Some(id.name.as_ref()),
            id if is_workload(item) => Some(namespace_key(id.namespace.as_deref())),
            _ => None,
        };
        let has_clients = |namespace: &&str| !injection.is_off(namespace) && !self.mesh.is_root(namespace);
        index.items().filter_map(named).filter(has_clients).collect()
    }

    /// A front as the hosts of a Sidecar name it.
    fn host(&self, front: &Intercepted<'_>) -> String {
        format!("{}/{}", namespace_key(front.namespace.as_deref()), full_name(front, self.mesh))
    }
}

fn unseen(who: &str, front: &Intercepted<'_>, see: &str) -> Finding {
    let message = format!(
        "{who}, which is intercepted: a sidecar that does not see it calls it in plaintext, and with mutual TLS the proxies refuse \
         that"
    );
    let remedy = format!("{see}, or set `tls.mode` on {}: DISABLE lets such clients in", front.source.object());
    Finding::warning(Code::UnseenByClients, message, remedy)
}

fn ports<'f>(front: &'f Intercepted<'_>) -> impl Iterator<Item = u16> + 'f {
    front.ports.iter().map(|port| port.number)
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Fields,
        "annotation `networking.istio.io/exportTo`",
        "warning {} while `tls.mode` is not set and the input has namespaces that it leaves out; nothing else",
        &[Code::UnseenByClients],
    )
    .because(
        "says who sees the front, as before; those who do not call it in plaintext. The target is seen in its \
         namespace only",
        "istiod",
    ),
    fact(
        Table::Rules,
        "Sidecar whose `egress` hosts leave the front out",
        "warning {} while `tls.mode` is not set; nothing where an IstioOperator, or the ConfigMap of the mesh, \
         has `outboundTrafficPolicy` REGISTRY_ONLY",
        &[Code::UnseenByClients],
    )
    .because("clients that call it all the same do so in plaintext", "istiod `PassthroughCluster`")
    .of(&[("networking.istio.io", "Sidecar")]),
];
