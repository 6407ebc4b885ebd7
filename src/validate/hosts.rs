//! What a host in a rule of Istio's, or the name of a backend, means in these manifests.

use crate::krm::end;
use crate::rendered::{Inventory, Key, Object};
use serde_yaml::Value;
use std::collections::HashSet;

/// What a host means.
pub enum Meaning<'i> {
    /// A Service of the manifests.
    Service(&'i Object),
    /// A Service to people, and nothing to istiod, which does not complete the name.
    PartiallyQualifiedHost(&'i Object),
    /// No Service, though the manifests have others of its namespace.
    Missing { namespace: String, name: String },
    /// Something that these manifests cannot tell: outside, or another namespace.
    Elsewhere,
}

/// Services and other hosts of the manifests.
pub struct Hosts<'i> {
    inventory: &'i Inventory,
    /// Namespaces that have Services here.
    namespaces: HashSet<&'i str>,
    /// Hosts of ServiceEntries; those with a wildcard without it.
    entries: HashSet<&'i str>,
    /// Namespace and name of resources whose operators may make Services.
    custom: HashSet<(&'i str, &'i str)>,
}

impl<'i> Hosts<'i> {
    pub fn of(inventory: &'i Inventory) -> Self {
        let services = inventory.of_kind("", "Service");
        let entries = inventory.of_kind("networking.istio.io", "ServiceEntry");
        let custom = inventory.objects().iter().filter(|object| is_custom(&object.key));
        Hosts {
            inventory,
            namespaces: services.map(|service| service.key.namespace.as_str()).collect(),
            entries: entries
                .flat_map(|entry| entry.list(&["spec", "hosts"]))
                .filter_map(Value::as_str)
                .map(|host| host.trim_start_matches('*'))
                .collect(),
            custom: custom.map(|object| (object.key.namespace.as_str(), object.key.name.as_str())).collect(),
        }
    }

    /// What istiod makes of a host in an object of this namespace.
    pub fn of_istio(&self, host: &str, namespace: &str) -> Meaning<'i> {
        let mesh = self.inventory.mesh();
        if let Some((name, namespace)) = mesh.service_of(host, namespace) {
            return self.of_name(name, namespace, &[host, &mesh.host_of(name, namespace)]);
        }
        let mut parts = host.split('.');
        let (Some(name), Some(namespace), rest) = (parts.next(), parts.next(), parts.collect::<Vec<_>>()) else {
            return Meaning::Elsewhere;
        };
        if !matches!(rest[..], [] | ["svc"]) || self.is_entry(host) {
            return Meaning::Elsewhere;
        }
        self.inventory.service(namespace, name).map_or(Meaning::Elsewhere, Meaning::PartiallyQualifiedHost)
    }

    /// What the name of a backend means to Kubernetes.
    pub fn of_backend(&self, name: &str, namespace: &str) -> Meaning<'i> {
        self.of_name(name, namespace, &[])
    }

    fn of_name(&self, name: &str, namespace: &str, hosts: &[&str]) -> Meaning<'i> {
        if let Some(service) = self.inventory.service(namespace, name) {
            return Meaning::Service(service);
        }
        let elsewhere = !self.namespaces.contains(namespace)
            || hosts.iter().any(|host| self.is_entry(host))
            || self.may_be_made(name, namespace);
        if elsewhere { Meaning::Elsewhere } else { Meaning::Missing { namespace: namespace.into(), name: name.into() } }
    }

    fn is_entry(&self, host: &str) -> bool {
        self.entries.contains(host) || suffixes(host).any(|suffix| self.entries.contains(suffix))
    }

    /// Whether an operator may make the Service: of a resource `pg` it makes `pg`, `pg-rw`, ….
    pub fn may_be_made(&self, name: &str, namespace: &str) -> bool {
        let dashes = name.match_indices('-').map(|(at, _)| at).take_while(|at| *at <= LONGEST);
        let beginnings = dashes.map(|at| &name[..at]).chain([name]);
        beginnings.into_iter().any(|beginning| self.custom.contains(&(namespace, beginning)))
    }
}

/// No name of DNS is longer (RFC 1035), and what is longer is the same as nothing else.
const LONGEST: usize = 253;

/// What a host ends with, from each of its dots on: what a wildcard may stand before.
pub fn suffixes(host: &str) -> impl Iterator<Item = &str> {
    let last = end(host, LONGEST + 1);
    last.match_indices('.').map(move |(at, _)| &last[at..])
}

/// Groups whose resources an operator may turn into Services and pods: none of Kubernetes' own, and
/// none of those that only configure.
fn is_custom(key: &Key) -> bool {
    const OF_PROMETHEUS: [&str; 4] = ["Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler"];
    const CONFIGURE: [&str; 7] = [
        "msvcbench.io",
        "istio.io",
        "gateway.networking.k8s.io",
        "cert-manager.io",
        "keda.sh",
        "kyverno.io",
        "external-secrets.io",
    ];
    let group = key.group.as_str();
    if group == "monitoring.coreos.com" {
        return OF_PROMETHEUS.contains(&key.kind.as_str());
    }
    let configures =
        || CONFIGURE.iter().any(|known| group.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    group.contains('.') && !group.ends_with(".k8s.io") && !configures()
}
