//! One rule of a NetworkPolicy: its ports at the proxies, and its peers.

use super::application::{App, Selects};
use crate::objects::namespaces::NAMESPACE_NAME;
use crate::objects::selector::{Labels, Match, Selector};
use crate::objects::value::{at, sequence};
use indexmap::IndexSet;
use serde_yaml::{Mapping, Value};

/// Ports of a rule, as the proxies listen.
#[derive(Debug, Clone, PartialEq)]
pub enum Ports {
    /// Every port.
    All,
    /// These; none where the rule names none of the Service's.
    These(Vec<u16>),
    /// A name or number that the input cannot resolve.
    Unknown(String),
}

/// The ports on which the proxies listen for those of the application that a rule names.
pub fn at_proxies(rule: &Value, app: &App) -> Ports {
    let named = sequence(rule, &["ports"]);
    if named.is_empty() {
        return Ports::All;
    }
    let mut listen = IndexSet::new();
    for entry in named.iter().filter(|entry| is_tcp(entry)) {
        let Some(port) = at(entry, &["port"]) else {
            listen = app.ports.iter().map(|port| port.listen).collect();
            break;
        };
        for own in &app.ports {
            match covers(entry, port, own.number, &own.target, app) {
                Some(true) => drop(listen.insert(own.listen)),
                Some(false) => {}
                None => return Ports::Unknown(crate::krm::to_yaml(port, 0).trim_end().to_string()),
            }
        }
    }
    if !app.has_room(listen.len()) {
        listen.clear();
    }
    Ports::These(listen.into_iter().collect())
}

/// Whether a rule that names ports of the application means another port at the proxies.
pub fn is_mistaken(rule: &Value, app: &App) -> bool {
    let entries = sequence(rule, &["ports"]).iter().filter(|entry| is_tcp(entry));
    entries.filter_map(|entry| Some((entry, at(entry, &["port"])?))).any(|(entry, port)| {
        app.ports.iter().any(|own| {
            covers(entry, port, Some(own.listen), &own.listen.into(), app) == Some(true)
                && covers(entry, port, own.number, &own.target, app) != Some(true)
        })
    })
}

/// Whether a rule allows all these numbers as they stand.
pub fn allows(rule: &Value, numbers: &[u16]) -> bool {
    let named = sequence(rule, &["ports"]);
    let within = |number: u16| {
        named.iter().filter(|entry| is_tcp(entry)).any(|entry| match at(entry, &["port"]) {
            None => true,
            Some(port) => in_range(entry, port, number),
        })
    };
    named.is_empty() || numbers.iter().all(|number| within(*number))
}

fn is_tcp(entry: &Value) -> bool {
    entry.get("protocol").and_then(Value::as_str).is_none_or(|protocol| protocol == "TCP")
}

fn covers(entry: &Value, port: &Value, number: Option<u16>, target: &Value, app: &App) -> Option<bool> {
    if let Some(name) = port.as_str() {
        if target == port {
            return Some(true);
        }
        return Some(app.named.get(name)?.contains(&number?));
    }
    number.map(|number| in_range(entry, port, number))
}

fn in_range(entry: &Value, port: &Value, number: u16) -> bool {
    let Some(first) = port.as_u64() else { return false };
    let last = entry.get("endPort").and_then(Value::as_u64).unwrap_or(first);
    (first..=last).contains(&number.into())
}

/// `ports` with TCP ports.
pub fn ports(ports: impl IntoIterator<Item = Value>) -> Value {
    let different: IndexSet<Value> = ports.into_iter().collect();
    let entry = |port| Mapping::from_iter([(Value::from("protocol"), Value::from("TCP")), (Value::from("port"), port)]);
    different.into_iter().map(|port| Value::from(entry(port))).collect::<Vec<_>>().into()
}

/// Whether the destinations of an egress rule hold the application's pods, and the proxies.
pub struct Reach {
    pub app: Match,
    pub proxies: bool,
}

/// A destination of an egress rule.
pub enum Peer {
    /// Addresses.
    Block,
    /// Pods of the namespaces selected, or of the policy's own.
    Pods { namespaces: Option<Selector>, pods: Selector },
}

impl Peer {
    /// The pods that it means; `None`: perhaps all.
    pub fn pods(&self) -> Option<&Selector> {
        match self {
            Peer::Block => None,
            Peer::Pods { pods, .. } => Some(pods),
        }
    }
}

/// Reads the `to` of an egress rule.
pub fn peers(rule: &Value) -> Vec<Peer> {
    let peer = |peer: &Value| match at(peer, &["ipBlock"]) {
        Some(_) => Peer::Block,
        None => Peer::Pods {
            namespaces: at(peer, &["namespaceSelector"]).map(|selector| Selector::read(Some(selector))),
            pods: Selector::read(at(peer, &["podSelector"])),
        },
    };
    sequence(rule, &["to"]).iter().map(peer).collect()
}

/// Whom the destinations of an egress rule hold; `is_own`: whether its policy is of the front's namespace.
pub fn reach(peers: &[Peer], app: &App, proxies: &Labels, is_own: bool) -> Reach {
    if peers.is_empty() {
        return Reach { app: Match::Yes, proxies: true };
    }
    let mut found = Reach { app: Match::No, proxies: false };
    // A peer of which nobody can tell holds both or neither: it says nothing where another peer holds the application.
    let mut both_or_neither = false;
    for peer in peers {
        let Peer::Pods { namespaces, pods } = peer else {
            // Pods of one cluster.
            found.app = if found.app == Match::Yes { Match::Yes } else { Match::Unknown };
            both_or_neither = true;
            continue;
        };
        let here = match namespaces {
            Some(selector) => selector.matches_at_least(&app.namespace),
            None if is_own => Match::Yes,
            None => Match::No,
        };
        if here == Match::No {
            continue;
        }
        match (here, app.selected_by(pods)) {
            (_, Selects::None) => {}
            (Match::Yes, Selects::All | Selects::Some) => found.app = Match::Yes,
            _ if found.app == Match::No => found.app = Match::Unknown,
            _ => {}
        }
        let proxies = pods.matches(proxies);
        found.proxies |= proxies && here == Match::Yes;
        both_or_neither |= proxies;
    }
    found.proxies |= both_or_neither && found.app != Match::Yes;
    found
}

/// A namespace by its name.
pub fn namespace_named(name: &str) -> Value {
    crate::objects::value::entry("matchLabels", crate::objects::value::entry(NAMESPACE_NAME, name))
}
