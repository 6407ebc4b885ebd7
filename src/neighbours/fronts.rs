//! Which front a name or an address in another object means.

use crate::findings::Code;
use crate::interception::Intercepted;
use crate::krm::{Finding, Findings, Item, Words};
use crate::objects::addresses::Spelling;
use crate::objects::index::namespace_key;
use crate::objects::{Index, addresses};
use std::collections::HashMap;
use std::net::IpAddr;

/// The intercepted Services, found by the names that other objects have for them.
#[derive(Debug)]
pub struct Fronts<'r> {
    intercepted: &'r [Intercepted<'r>],
    by_name: HashMap<(&'r str, &'r str), &'r Intercepted<'r>>,
    /// By the addresses that stand in the Services of the input.
    by_address: HashMap<IpAddr, &'r Intercepted<'r>>,
    words: Words,
    addresses: Spelling,
}

impl<'r> Fronts<'r> {
    /// Reads the names and the addresses of the fronts.
    #[must_use]
    pub fn new(interceptions: &'r [Intercepted<'r>], index: &Index<'_, '_>) -> Self {
        let mut by_name: HashMap<(&'r str, &'r str), &'r Intercepted<'r>> = HashMap::new();
        for front in interceptions {
            let namespace = namespace_key(front.namespace.as_deref());
            for name in std::iter::once(&front.front_name).chain(&front.former_names) {
                by_name.entry((namespace, name)).or_insert(front);
            }
        }
        let words = Words::new(by_name.keys().map(|(_, name)| *name), false);
        let said = |front: &'r Intercepted<'r>| addresses::written(front, index).map(move |text| (front, text));
        let written: Vec<(&'r Intercepted<'r>, &str)> = interceptions.iter().flat_map(said).collect();
        let by_address = written.iter().filter_map(|(front, text)| Some((text.parse().ok()?, *front))).collect();
        let addresses = Spelling::of(written.iter().map(|(_, text)| *text));
        Fronts { intercepted: interceptions, by_name, by_address, words, addresses }
    }

    /// All of them.
    #[must_use]
    pub fn intercepted(&self) -> &'r [Intercepted<'r>] {
        self.intercepted
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Whether some front's name or address stands in a text, as a word of its own. Spares the parser.
    #[must_use]
    pub fn named_in(&self, text: &str) -> bool {
        self.words.any_in(text) || self.addresses.any_in(text)
    }

    /// The front with this name, in this namespace.
    #[must_use]
    pub fn get(&self, namespace: Option<&str>, name: &str) -> Option<&'r Intercepted<'r>> {
        self.by_name.get(&(namespace_key(namespace), name)).copied()
    }

    /// The front that a host means, seen from a namespace: `cart`, `cart.shop`, `cart.shop.svc…`, its address,
    /// also within a URL or before a port.
    #[must_use]
    pub fn of_host(&self, namespace: Option<&str>, host: &str) -> Option<&'r Intercepted<'r>> {
        let host = authority(host);
        if !self.by_address.is_empty()
            && let Some(front) = addresses::of_authority(host).and_then(|address| self.by_address.get(&address))
        {
            return Some(front);
        }
        let host = host.split(':').next().unwrap_or(host).trim_end_matches('.');
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
    pub fn of_host_anywhere(&self, namespace: Option<&str>, host: &str) -> Option<&'r Intercepted<'r>> {
        self.of_host(namespace, host).or_else(|| {
            let name = authority(host).split(['.', ':']).next()?;
            self.get(None, name).filter(|front| front.namespace.is_none())
        })
    }
}

/// Host and port of a URL, or of what stands for one.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// Asks for `tls.mode` where the object shows clients that may be outside the mesh. `why` says who
/// they are and why they could not connect.
pub fn ask_for_tls(item: &Item<'_>, field: &str, seen: &str, why: &str, front: &Intercepted<'_>, findings: &mut Findings) {
    let remedy = format!(
        "set `tls: {{mode: DISABLE}}` on {} to let them in, or ISTIO_MUTUAL if every client has a sidecar",
        front.source.object()
    );
    ask(item, field, seen, (why, remedy), front, findings);
}

/// The same where clients have sidecars, but call in plaintext all the same: `instead` says what to do
/// about that.
pub fn ask_for_tls_or(
    instead: &str,
    item: &Item<'_>,
    field: &str,
    seen: &str,
    why: &str,
    front: &Intercepted<'_>,
    findings: &mut Findings,
) {
    let remedy = format!("{instead}, or set `tls: {{mode: DISABLE}}` on {} to let them in", front.source.object());
    ask(item, field, seen, (why, remedy), front, findings);
}

/// The same where the object itself shows such calls, and not only who may call: warns where ISTIO_MUTUAL was
/// chosen.
pub fn ask_or_warn(
    instead: &str,
    item: &Item<'_>,
    field: &str,
    seen: &str,
    why: &str,
    front: &Intercepted<'_>,
    findings: &mut Findings,
) {
    if front.asks_for_tls() {
        ask_for_tls_or(instead, item, field, seen, why, front, findings);
    } else if front.needs_sidecars() {
        let remedy = format!("{instead}, or set `tls: {{mode: DISABLE}}` on {}", front.source.object());
        findings.push(Finding::warning(Code::ClientOutside, why, remedy).about(item).at(field).seen(seen));
    }
}

fn ask(
    item: &Item<'_>,
    field: &str,
    seen: &str,
    (why, remedy): (&str, String),
    front: &Intercepted<'_>,
    findings: &mut Findings,
) {
    if front.asks_for_tls() {
        findings.push(Finding::error(Code::TlsModeNotChosen, why, remedy).about(item).at(field).seen(seen));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_named_where_nothing_is_intercepted() {
        let fronts = Fronts::new(&[], &Index::new(&[]));
        assert!(fronts.is_empty());
        assert!(!fronts.named_in("name: cart"));
        assert!(fronts.of_host(Some("shop"), "http://cart.shop.svc.cluster.local:80/x").is_none());
        assert!(fronts.of_host_anywhere(None, "").is_none());
    }

    #[test]
    fn the_authority_of_a_url_has_no_user() {
        for (url, expected) in [
            ("cart", "cart"),
            ("http://cart.shop:80/x?y", "cart.shop:80"),
            ("ssh://git@cart.shop/a@b", "cart.shop"),
            ("http://[fd00::1]:80", "[fd00::1]:80"),
        ] {
            assert_eq!(authority(url), expected, "{url}");
        }
    }
}
