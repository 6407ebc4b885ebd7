//! PeerAuthentications and RequestAuthentications, read once for all interceptions.

use crate::interception::Interception;
use crate::krm::{Findings, Item, Telling};
use crate::neighbours::application::App;
use crate::neighbours::policies::Policies;
use crate::objects::index::namespace_key;
use crate::objects::selector::Selector;
use crate::objects::value::{at, sequence};
use serde_yaml::Value;
use std::collections::HashMap;

/// A PeerAuthentication or a RequestAuthentication.
pub struct Policy<'i, 'a> {
    /// Its item.
    pub item: &'i Item<'a>,
    /// Its fields.
    pub value: &'i Value,
    /// `None`: of the whole namespace, or of the mesh in the root namespace.
    pub selector: Option<Selector>,
    /// The mode for all ports.
    pub mode: Option<&'i str>,
    /// Of a RequestAuthentication the rules that take the token out of requests, with what they mean for each of many
    /// interceptions.
    pub taking: Vec<(usize, Telling)>,
}

/// Those of the user's, read once for all interceptions.
pub struct Authentications<'i> {
    sources: &'i Policies<'i, 'i>,
    all: Vec<Policy<'i, 'i>>,
    /// Their positions, by that of the item.
    by_item: HashMap<usize, usize>,
}

impl<'i> Authentications<'i> {
    /// Reads them.
    pub fn of(sources: &'i Policies<'i, 'i>) -> Self {
        let (mut all, mut by_item) = (Vec::new(), HashMap::new());
        for kind in ["PeerAuthentication", "RequestAuthentication"] {
            for (position, item) in sources.of_kind("security.istio.io", kind) {
                if let Some(policy) = Policy::of(item) {
                    by_item.insert(position, all.len());
                    all.push(policy);
                }
            }
        }
        Authentications { sources, all, by_item }
    }

    /// Says for how many more interceptions what has been said is true.
    pub fn end(&self, findings: &mut Findings) {
        self.all.iter().flat_map(|policy| &policy.taking).for_each(|(_, telling)| telling.end(findings));
    }
}

impl<'i, 'a> Policy<'i, 'a> {
    fn of(item: &'i Item<'a>) -> Option<Self> {
        let value = item.value().ok()?;
        // With a targetRef it is a gateway's or a waypoint's.
        if at(value, &["spec", "targetRef"]).or_else(|| at(value, &["spec", "targetRefs"])).is_some() {
            return None;
        }
        let selector = Some(Selector::read(at(value, &["spec", "selector"]))).filter(|selector| !selector.is_empty());
        let mode = at(value, &["spec", "mtls", "mode"]).and_then(Value::as_str).filter(|mode| *mode != "UNSET");
        let taking = taking(value).map(|rule| (rule, Telling::default())).collect();
        Some(Policy { item, value, selector, mode, taking })
    }

    /// Whether it stands in the root namespace, which is another one than that of the interception.
    pub fn is_root(&self, interception: &Interception) -> bool {
        namespace_key(self.item.id().namespace.as_deref()) != namespace_key(interception.namespace.as_deref())
    }
}

/// Those of a kind that may select the application's pods.
pub fn policies<'s, 'i>(
    kind: &str,
    interception: &Interception,
    app: &App,
    read: &'s Authentications<'i>,
) -> Vec<&'s Policy<'i, 'i>> {
    let sources = read.sources;
    let here = namespace_key(interception.namespace.as_deref());
    let of_kind = sources.selecting("security.istio.io", kind, &[here, sources.mesh.root_namespace()], [&app.selector; 2]);
    of_kind.filter_map(|(item, _)| Some(&read.all[*read.by_item.get(&item)?])).collect()
}

/// The rules that take the token out of requests.
fn taking(policy: &Value) -> impl Iterator<Item = usize> {
    let passes_on = |rule: &Value| rule.get("forwardOriginalToken").and_then(Value::as_bool) == Some(true);
    let rules = sequence(policy, &["spec", "jwtRules"]).iter().enumerate();
    rules.filter(move |(_, rule)| !passes_on(rule)).map(|(position, _)| position)
}
