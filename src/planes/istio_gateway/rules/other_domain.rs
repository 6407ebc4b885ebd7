//! Hosts with the form of a front's full name, and the domain of another cluster: to istiod they are no Service of this
//! one (`model.ResolveShortnameToFQDN`), unless the domain is this cluster's and nobody has said so.

use super::host::{Hosts, full_name};
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::interception::names::is_generated;
use crate::krm::{Finding, Findings};
use crate::objects::Index;
use crate::objects::index::namespace_key;
use serde_yaml::Value;
use std::collections::HashMap;

/// Warns of each object of Istio's with such a host: of the first in it.
pub fn check(interceptions: &[Interception], fronts: &Hosts<'_>, index: &Index<'_, '_>, findings: &mut Findings) {
    let mut of_namespace: HashMap<&str, usize> = HashMap::new();
    for (position, front) in interceptions.iter().enumerate() {
        of_namespace.entry(namespace_key(front.namespace.as_deref())).or_insert(position);
    }
    for (_, item) in index.items().filter(|(_, item)| item.id().group() == "networking.istio.io") {
        let text = item.fragment().text();
        if !text.contains(".svc.") || !fronts.can_be_in(text) || is_generated(item) {
            continue;
        }
        let Some(spec) = item.value().ok().and_then(|value| value.get("spec")) else { continue };
        let named = |text: &str| {
            let (name, namespace, domain) = fronts.mesh.of_other_domain(host_in(text))?;
            let front = if name == "*" { of_namespace.get(namespace).copied() } else { fronts.named(name, namespace) };
            Some((front?, domain.to_string()))
        };
        let Some((field, seen, (front, domain))) = first("spec", spec, &named) else { continue };
        let front = &interceptions[front];
        let message = format!(
            "\"{domain}\" is the domain of another cluster: here \"{}\" is \"{}\"",
            front.front_name,
            full_name(front, fronts.mesh)
        );
        let remedy = format!("if it is this cluster's, say `mesh: {{clusterDomain: {domain}}}` in a ProxyServiceConfig");
        findings.push(Finding::warning(Code::OtherDomain, message, remedy).about(item).at(field).seen(seen));
    }
}

/// The host in a text: of a Sidecar (`namespace/host`), or of the name of a cluster (`outbound|80||host`).
fn host_in(text: &str) -> &str {
    text.rsplit(['/', '|']).next().unwrap_or(text)
}

/// The first text of a value in which something is found, with its field.
fn first<T>(field: &str, value: &Value, find: &impl Fn(&str) -> Option<T>) -> Option<(String, String, T)> {
    match value {
        Value::String(text) => find(text).map(|found| (field.to_string(), text.clone(), found)),
        Value::Sequence(items) => {
            items.iter().enumerate().find_map(|(number, item)| first(&format!("{field}[{number}]"), item, find))
        }
        Value::Mapping(fields) => {
            fields.iter().find_map(|(key, value)| first(&format!("{field}.{}", key.as_str().unwrap_or_default()), value, find))
        }
        _ => None,
    }
}

/// What the documentation says of this check.
pub const FACTS: &[Fact] = &[fact(
    Table::Rules,
    "a host in an object of Istio's that is the front's full name with another domain",
    "warning {}",
    &[Code::OtherDomain],
)
.because(
    "to istiod the host is of another cluster, unless `mesh.clusterDomain` says that it is this one's",
    "istiod `ResolveShortnameToFQDN`",
)
.of(&[("networking.istio.io", "")])];
