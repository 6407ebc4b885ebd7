//! An AuthorizationPolicy and one rule of it: what in it depends on the caller.

use super::authorization_value::{self, TOKENS, key, number};
use super::identity::{Asked, Identity};
use crate::interception::Interception;
use crate::krm::{Finding, Item, Telling};
use crate::mesh::Mesh;
use crate::neighbours::application::App;
use crate::objects::index::namespace_key;
use crate::objects::selector::Selector;
use crate::objects::value::sequence;
use serde_yaml::Value;
use std::collections::{HashMap, HashSet};

/// A policy that may decide about requests to applications' pods, read once for all of them.
pub struct Policy<'i, 'a> {
    pub index: usize,
    pub item: &'i Item<'a>,
    pub action: &'i str,
    /// `None`: it applies to the whole namespace, and so to the proxies too.
    pub selector: Option<Selector>,
    /// Whether it only logs what it would decide.
    pub dry: bool,
    pub rules: Vec<Rule<'i>>,
    /// What it means for each of many interceptions.
    pub telling: Telling,
}

impl Policy<'_, '_> {
    /// Whether it stands in the root namespace, which is another one than that of the interception.
    pub fn is_root(&self, interception: &Interception) -> bool {
        namespace_key(self.item.id().namespace.as_deref()) != namespace_key(interception.namespace.as_deref())
    }
}

/// Fields of `from.source`, and conditions of `when`, by what they look at.
const PRINCIPALS: [&str; 8] = [
    "principals",
    "notPrincipals",
    "namespaces",
    "notNamespaces",
    "serviceAccounts",
    "notServiceAccounts",
    "trustDomains",
    "notTrustDomains",
];
const ADDRESSES: [&str; 4] = ["ipBlocks", "notIpBlocks", "remoteIpBlocks", "notRemoteIpBlocks"];

/// A rule with the place where it stands, and what it looks at.
pub struct Rule<'v> {
    pub value: &'v Value,
    pub position: usize,
    /// A number that rules have in common that are the same without tokens.
    pub same: usize,
    /// A number that rules have in common of which `authorization_copy::accepting_proxies` makes the same.
    pub accepts: usize,
    reading: Reading<'v>,
    principal: Option<Place>,
    caller: Option<Place>,
    token: Option<Place>,
    ports: Option<Place>,
    bound: Option<Place>,
    paths: Vec<PathPattern>,
    /// The ports that it names, and whether some of them are those that it does not mean.
    numbers: Vec<u16>,
    negative: bool,
    /// Whether it has a condition that this program has added.
    exempts: bool,
    /// By what a DENY or AUDIT rule knows its callers.
    asked: Asked<'v>,
    /// Why it cannot be kept for each of many interceptions.
    pub telling: Telling,
}

/// What all rules are read with.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'v> {
    /// The exemptions of all proxies, which an earlier run may have written.
    pub exemptions: &'v HashSet<Value>,
    /// The mesh whose callers rules ask for.
    pub mesh: &'v Mesh,
}

/// Rules that are the same, by number.
#[derive(Default)]
pub struct Alike {
    rules: HashMap<Value, usize>,
    accepting: HashMap<Value, usize>,
}

/// A field of a rule: its path, and the value seen there.
pub type Seen = (String, String);

/// The first entry of a list of the rule, by the rule's own list, the position in that, and the name.
#[derive(Debug, Clone, Copy)]
enum Place {
    Source(usize, &'static str),
    Operation(usize, &'static str),
    Condition(usize),
}

/// Why a rule cannot be kept: a finding that is made where it is told.
pub type Refusal<'m> = Box<dyn Fn() -> Finding + 'm>;

/// A pattern of a path, and whether the rule is for all others.
pub struct PathPattern {
    pub seen: Seen,
    pub negative: bool,
}

impl<'v> Rule<'v> {
    /// Reads what the rule looks at.
    pub fn read(value: &'v Value, position: usize, reading: Reading<'v>, alike: &mut Alike) -> Self {
        let next = alike.rules.len();
        let same = *alike.rules.entry(authorization_value::without_tokens(value)).or_insert(next);
        let next = alike.accepting.len();
        let accepts = *alike.accepting.entry(authorization_value::accepted(value)).or_insert(next);
        let condition = |wanted: &dyn Fn(&str) -> bool| {
            let mut conditions = sequence(value, &["when"]).iter();
            let found = conditions.position(|condition| wanted(key(condition)) && !reading.exemptions.contains(condition));
            found.map(Place::Condition)
        };
        let source = |names: &[&'static str]| first(value, "from", "source", names).map(|(at, name)| Place::Source(at, name));
        let operation = first(value, "to", "operation", &["ports", "notPorts"]).map(|(at, name)| Place::Operation(at, name));
        let principal = source(&PRINCIPALS);
        let bound = |key: &str| moved(key) || key == "destination.ip" || key.starts_with("experimental.");
        let (numbers, negative) = numbers(value);
        Rule {
            value,
            position,
            same,
            accepts,
            reading,
            principal: principal.or_else(|| condition(&|key| key.starts_with("source.") && key != "source.ip")),
            caller: principal
                .or_else(|| source(&ADDRESSES))
                .or_else(|| condition(&|key| key.starts_with("source.") || moved(key))),
            token: source(&TOKENS).or_else(|| condition(&|key| key.starts_with("request.auth."))),
            ports: operation.or_else(|| condition(&|key| key == "destination.port")),
            bound: source(&["remoteIpBlocks", "notRemoteIpBlocks"]).or_else(|| condition(&bound)),
            paths: paths(value, position),
            numbers,
            negative,
            asked: Asked::read(value),
            telling: Telling::default(),
            exempts: sequence(value, &["when"]).iter().any(|condition| reading.exemptions.contains(condition)),
        }
    }

    /// The first field that looks at the caller's certificate.
    pub fn principal(&self) -> Option<Seen> {
        self.seen(self.principal)
    }

    /// The first field whose meaning changes because the proxies are the caller.
    pub fn caller(&self) -> Option<Seen> {
        self.seen(self.caller)
    }

    /// The first field that looks at a token.
    pub fn token(&self) -> Option<Seen> {
        self.seen(self.token)
    }

    /// The first field that names ports.
    pub fn ports(&self) -> Option<Seen> {
        self.seen(self.ports)
    }

    pub fn asks_for_principal(&self) -> bool {
        self.principal.is_some()
    }

    pub fn asks_for_caller(&self) -> bool {
        self.caller.is_some()
    }

    pub fn asks_for_token(&self) -> bool {
        self.token.is_some()
    }

    pub fn names_ports(&self) -> bool {
        self.ports.is_some()
    }

    /// Every pattern of a path.
    pub fn paths(&self) -> &[PathPattern] {
        &self.paths
    }

    /// The first field that cannot be asked at the proxies instead.
    pub fn untranslatable(&self, app: &App) -> Option<Seen> {
        self.seen(self.bound.or(self.ports).filter(|_| self.is_untranslatable(app)))
    }

    /// Whether there is one.
    pub fn is_untranslatable(&self, app: &App) -> bool {
        self.bound.is_some() || (self.ports.is_some() && app.ports.iter().any(|port| port.number.is_none()))
    }

    /// Whether the ports that it names mean the same at the proxies.
    pub fn ports_stay(&self, app: &App) -> bool {
        let stays = |number: u16| app.ports.iter().all(|port| (port.listen == number) == (port.number == Some(number)));
        self.numbers.iter().all(|number| stays(*number))
    }

    /// Whether its ports mean another port of the application at the proxies, as they stand.
    pub fn is_mistaken(&self, app: &App) -> bool {
        let another = |number: u16| app.ports.iter().any(|port| port.listen == number && port.number != Some(number));
        !self.ports_stay(app) && (self.negative || self.numbers.iter().any(|number| another(*number)))
    }

    /// Whether it can match a request whose caller is the proxies.
    pub fn may_match_proxies(&self, identity: &Identity<'_>) -> bool {
        let exempt = self.exempts && {
            let exemptions = identity.exemptions();
            sequence(self.value, &["when"]).iter().any(|condition| exemptions.contains(condition))
        };
        !exempt && identity.may_match(&self.asked, self.reading.mesh)
    }

    /// A condition that this program has added: none of the user's.
    pub fn is_exemption(&self, condition: &Value) -> bool {
        self.reading.exemptions.contains(condition)
    }

    fn seen(&self, place: Option<Place>) -> Option<Seen> {
        let (list, at, below, name) = match place? {
            Place::Source(at, name) => ("from", at, "source", name),
            Place::Operation(at, name) => ("to", at, "operation", name),
            Place::Condition(at) => {
                let found = sequence(self.value, &["when"]).get(at)?;
                return Some((format!("spec.rules[{}].when[{at}].key", self.position), key(found).to_string()));
            }
        };
        let value = sequence(sequence(self.value, &[list]).get(at)?, &[below, name]).first()?;
        Some((format!("spec.rules[{}].{list}[{at}].{below}.{name}", self.position), text(value)))
    }
}

/// The first entry of a rule's list with one of these lists, and which.
fn first(rule: &Value, list: &str, below: &str, names: &[&'static str]) -> Option<(usize, &'static str)> {
    let entries = sequence(rule, &[list]).iter().enumerate();
    let named = entries.flat_map(|(at, entry)| names.iter().map(move |name| (at, entry, *name)));
    named.into_iter().find(|(_, entry, name)| !sequence(entry, &[below, name]).is_empty()).map(|(at, _, name)| (at, name))
}

fn paths(rule: &Value, position: usize) -> Vec<PathPattern> {
    let mut found = Vec::new();
    let mut add = |place: String, name: &str, negative: bool, patterns: &[Value]| {
        found.extend(patterns.iter().map(|pattern| PathPattern { seen: (format!("{place}.{name}"), text(pattern)), negative }));
    };
    for (at, to) in sequence(rule, &["to"]).iter().enumerate() {
        for (name, negative) in [("paths", false), ("notPaths", true)] {
            add(format!("spec.rules[{position}].to[{at}].operation"), name, negative, sequence(to, &["operation", name]));
        }
    }
    for (at, condition) in sequence(rule, &["when"]).iter().enumerate() {
        // Envoy has the path as a header, too.
        if key(condition).eq_ignore_ascii_case("request.headers[:path]") {
            for (name, negative) in [("values", false), ("notValues", true)] {
                add(format!("spec.rules[{position}].when[{at}]"), name, negative, sequence(condition, &[name]));
            }
        }
    }
    found
}

/// The ports that a rule names, and whether it names some that it does not mean.
fn numbers(rule: &Value) -> (Vec<u16>, bool) {
    let operations = sequence(rule, &["to"])
        .iter()
        .flat_map(|to| [(sequence(to, &["operation", "ports"]), false), (sequence(to, &["operation", "notPorts"]), true)]);
    let conditions = sequence(rule, &["when"]).iter().filter(|condition| key(condition) == "destination.port");
    let conditions =
        conditions.flat_map(|condition| [(sequence(condition, &["values"]), false), (sequence(condition, &["notValues"]), true)]);
    let lists: Vec<_> = operations.chain(conditions).collect();
    let negative = lists.iter().any(|(ports, negative)| *negative && !ports.is_empty());
    (lists.into_iter().flat_map(|(ports, _)| ports).filter_map(number).collect(), negative)
}

/// Attributes of the hop, not of the request: the proxies change them.
fn moved(key: &str) -> bool {
    key == "remote.ip" || key == "connection.sni" || key.to_ascii_lowercase().starts_with("request.headers[x-forwarded-")
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| crate::krm::to_yaml(value, 0).trim_end().to_string(), str::to_string)
}
