//! Which Service a host in a rule of Istio's names.

use crate::findings::Code;
use crate::interception::Interception;
use crate::krm::{Finding, Item, Words};
use crate::mesh::Mesh;
use crate::objects::index::namespace_key;
use std::collections::HashMap;

/// The fronts of all interceptions, by what names them.
pub struct Hosts<'m> {
    /// The mesh whose hosts they are.
    pub mesh: &'m Mesh,
    fronts: HashMap<(String, String), usize>,
    targets: HashMap<(String, String), usize>,
    proxies: HashMap<(String, String), usize>,
    words: Words,
}

/// A host that names a Service, and whether Istio takes it for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// Which interception.
    pub interception: usize,
    /// istiod completes only names without a dot (`model.ResolveShortnameToFQDN`): `cart.shop` and
    /// `cart.shop.svc` are no Service to it.
    pub known_to_istio: bool,
}

impl<'m> Hosts<'m> {
    pub fn new(interceptions: &[Interception], mesh: &'m Mesh) -> Self {
        let by = |name: fn(&Interception) -> &str| {
            let key = |i: &Interception| (namespace_key(i.namespace.as_deref()).to_string(), name(i).to_string());
            interceptions.iter().enumerate().map(|(position, i)| (key(i), position)).collect::<HashMap<_, _>>()
        };
        let mut fronts = by(|interception| &interception.front_name);
        for (position, interception) in interceptions.iter().enumerate() {
            for former in &interception.former_names {
                let namespace = namespace_key(interception.namespace.as_deref()).to_string();
                fronts.entry((namespace, former.clone())).or_insert(position);
            }
        }
        let names =
            interceptions.iter().flat_map(|i| [&i.front_name, &i.target_name, &i.proxy_name].into_iter().chain(&i.former_names));
        let words = Words::new(names.map(String::as_str), true);
        Hosts { mesh, fronts, targets: by(|i| &i.target_name), proxies: by(|i| &i.proxy_name), words }
    }

    /// The front that `host` names in an object of this namespace.
    pub fn front(&self, host: &str, namespace: Option<&str>) -> Option<Named> {
        self.find(&self.fronts, host, namespace)
    }

    /// The front of this name and namespace.
    pub fn named(&self, name: &str, namespace: &str) -> Option<usize> {
        self.fronts.get(&(namespace.to_string(), name.to_string())).copied()
    }

    /// The target that `host` names in an object of this namespace.
    pub fn target(&self, host: &str, namespace: Option<&str>) -> Option<Named> {
        self.find(&self.targets, host, namespace)
    }

    /// The proxies whose Gateway has this name (`name` or `namespace/name`).
    pub fn gateway(&self, name: &str, namespace: Option<&str>) -> Option<usize> {
        let (namespace, name) = name.split_once('/').unwrap_or((namespace_key(namespace), name));
        let namespace = if namespace == "." { return None } else { namespace };
        self.proxies.get(&(namespace.to_string(), name.to_string())).copied()
    }

    /// Whether a text can name any of them: a look that spares most objects the parser.
    pub fn can_be_in(&self, text: &str) -> bool {
        text.contains('*') || self.words.any_in(text)
    }

    fn find(&self, services: &HashMap<(String, String), usize>, host: &str, namespace: Option<&str>) -> Option<Named> {
        let host = host.to_ascii_lowercase();
        let known = self.mesh.service_of(&host, namespace_key(namespace));
        let (name, namespace) = match known {
            Some(service) => service,
            None => {
                let (name, rest) = host.split_once('.')?;
                (name, rest.strip_suffix(".svc").unwrap_or(rest))
            }
        };
        let interception = *services.get(&(namespace.to_string(), name.to_string()))?;
        Some(Named { interception, known_to_istio: known.is_some() })
    }
}

/// The full name of a front, as istiod knows it.
pub fn full_name(interception: &Interception, mesh: &Mesh) -> String {
    mesh.host_of(&interception.front_name, namespace_key(interception.namespace.as_deref()))
}

/// Whether a wildcard (`*.shop.svc.cluster.local`, `*`) covers a host.
pub fn covers(wildcard: &str, host: &str) -> bool {
    wildcard.strip_prefix('*').is_some_and(|suffix| host.ends_with(suffix))
}

/// A host that people take for the front and Istio does not.
pub fn partially_qualified_host(item: &Item<'_>, host: &str, field: &str, interception: &Interception, mesh: &Mesh) -> Finding {
    let message = format!("Istio does not complete \"{host}\", so that it is not the Service \"{}\"", interception.front_name);
    let remedy = format!("write \"{}\" or \"{}\"", interception.front_name, full_name(interception, mesh));
    Finding::error(Code::PartiallyQualifiedHost, message, remedy).about(item).at(field).seen(host)
}

/// A rule for the front in another namespace than the front's.
pub fn elsewhere(item: &Item<'_>, host: &str, field: &str, interception: &Interception) -> Finding {
    let here = namespace_key(interception.namespace.as_deref());
    let message = format!("\"{host}\" is intercepted, and its proxies follow only the rules of their own namespace \"{here}\"");
    let remedy = format!("move this {} to the namespace \"{here}\"", item.id().kind);
    Finding::error(Code::RuleElsewhere, message, remedy).about(item).at(field).seen(host)
}
