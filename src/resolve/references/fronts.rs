//! Which front a name in another object means.

use crate::api::TlsMode;
use crate::krm::{Code, Finding, Findings, Item, Words};
use crate::resolve::index::namespace_key;
use crate::resolve::interception::Interception;
use std::collections::HashMap;

/// The intercepted Services, found by the names that other objects have for them.
#[derive(Debug)]
pub struct Fronts<'r> {
    by_name: HashMap<&'r str, Vec<&'r Interception>>,
    words: Words,
}

impl<'r> Fronts<'r> {
    /// Reads the names of the fronts.
    #[must_use]
    pub fn new(interceptions: &'r [Interception]) -> Self {
        let mut by_name: HashMap<&str, Vec<&Interception>> = HashMap::new();
        for interception in interceptions {
            for name in std::iter::once(&interception.front_name).chain(&interception.former_names) {
                by_name.entry(name).or_default().push(interception);
            }
        }
        let words = Words::new(by_name.keys().copied(), false);
        Fronts { by_name, words }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Whether some front's name stands in a text, as a word of its own. Spares the parser.
    #[must_use]
    pub fn named_in(&self, text: &str) -> bool {
        self.words.any_in(text)
    }

    /// The front with this name, in this namespace.
    #[must_use]
    pub fn get(&self, namespace: Option<&str>, name: &str) -> Option<&'r Interception> {
        let here = namespace_key(namespace);
        self.by_name.get(name)?.iter().copied().find(|front| namespace_key(front.namespace.as_deref()) == here)
    }

    /// The front that a host means, seen from a namespace: `cart`, `cart.shop`, `cart.shop.svc…`,
    /// also within a URL or before a port.
    #[must_use]
    pub fn of_host(&self, namespace: Option<&str>, host: &str) -> Option<&'r Interception> {
        let host = host.split_once("://").map_or(host, |(_, rest)| rest);
        let host = host.split(['/', ':', '?']).next().unwrap_or(host).trim_end_matches('.');
        let mut parts = host.splitn(4, '.');
        let name = parts.next()?;
        match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => self.get(namespace, name),
            (Some(namespace), None | Some("svc"), domain) if domain.is_none_or(|domain| !domain.is_empty()) => {
                self.get(Some(namespace), name)
            }
            _ => None,
        }
    }

    /// The front that an object without a namespace means. Where the build sets no namespace yet,
    /// the name alone decides: a later layer gives both the same one.
    #[must_use]
    pub fn of_host_anywhere(&self, namespace: Option<&str>, host: &str) -> Option<&'r Interception> {
        self.of_host(namespace, host).or_else(|| {
            let name = host.split_once("://").map_or(host, |(_, rest)| rest).split(['.', '/', ':']).next()?;
            self.by_name.get(name)?.iter().copied().find(|front| front.namespace.is_none())
        })
    }
}

/// Asks for `tls.mode` where the object shows clients that may be outside the mesh. `why` says who
/// they are and why they could not connect.
pub fn ask_for_tls(item: &Item<'_>, field: &str, seen: &str, why: &str, front: &Interception, findings: &mut Findings) {
    if front.tls_chosen || front.tls == TlsMode::Disable {
        return;
    }
    let remedy = format!(
        "set `tls: {{mode: DISABLE}}` on {} to let them in, or ISTIO_MUTUAL if every client has a sidecar",
        front.source.object()
    );
    findings.push(Finding::error(Code::TlsModeNotChosen, why, remedy).about(item).at(field).seen(seen));
}

#[cfg(test)]
mod tests {
    use super::Fronts;

    #[test]
    fn nothing_is_named_where_nothing_is_intercepted() {
        let fronts = Fronts::new(&[]);
        assert!(fronts.is_empty());
        assert!(!fronts.named_in("name: cart"));
        assert!(fronts.of_host(Some("shop"), "http://cart.shop.svc.cluster.local:80/x").is_none());
        assert!(fronts.of_host_anywhere(None, "").is_none());
    }
}
