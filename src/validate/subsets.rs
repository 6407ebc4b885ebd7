//! Routes to a subset need a DestinationRule that defines it.

use super::hosts::{Meaning, suffixes};
use super::view::View;
use super::{finding, references};
use crate::findings::Code;
use crate::krm::Findings;
use crate::mesh::Mesh;
use crate::rendered::Object;
use serde_yaml::Value;
use std::collections::{HashMap, HashSet};

/// PS103.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    let defined = defined(view);
    for routes in view.inventory.of_kind("networking.istio.io", "VirtualService") {
        for reference in references::of(routes) {
            let Some(subset) = reference.subset else { continue };
            let (error, why) = match subsets_of(&defined, &full(reference.host, routes, view.inventory.mesh())) {
                Some(subsets) if subsets.contains(subset) => continue,
                Some(_) => (true, "the DestinationRule of this host defines no such subset"),
                // It may be defined with the Service, which is elsewhere.
                None if !matches!(view.hosts.of_istio(reference.host, &routes.key.namespace), Meaning::Service(_)) => continue,
                None => (view.ours(routes), "no DestinationRule of this host is there to define the subset"),
            };
            let message = format!("{why}, and its requests would get 503");
            let remedy = format!("add the subset \"{subset}\" to the DestinationRule of \"{}\"", reference.host);
            let field = format!("{}.subset", reference.path);
            findings.push(finding(routes, error, Code::NoSuchSubset, &field, message, remedy).seen(subset));
        }
    }
}

/// The subsets of each host. Rules for one host are merged.
fn defined<'i>(view: &View<'i>) -> HashMap<String, HashSet<&'i str>> {
    let mut defined: HashMap<String, HashSet<&str>> = HashMap::new();
    for rule in view.inventory.of_kind("networking.istio.io", "DestinationRule") {
        let Some(host) = rule.text(&["spec", "host"]) else { continue };
        let names = rule.list(&["spec", "subsets"]).filter_map(|subset| subset.get("name").and_then(Value::as_str));
        defined.entry(full(host, rule, view.inventory.mesh())).or_default().extend(names);
    }
    defined
}

fn full(host: &str, object: &Object, mesh: &Mesh) -> String {
    match mesh.service_of(host, &object.key.namespace) {
        Some((name, namespace)) => mesh.host_of(name, namespace),
        None => host.trim_start_matches('*').to_string(),
    }
}

/// Those of the most specific rule: for the host itself, else for a wildcard.
fn subsets_of<'d, 'i>(defined: &'d HashMap<String, HashSet<&'i str>>, host: &str) -> Option<&'d HashSet<&'i str>> {
    std::iter::once(host).chain(suffixes(host)).find_map(|host| defined.get(host))
}
