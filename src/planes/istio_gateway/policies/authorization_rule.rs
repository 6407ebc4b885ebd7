//! An AuthorizationPolicy and one rule of it: what in it depends on the caller, and how it reads at the
//! proxies.

use super::identity::Identity;
use crate::krm::Item;
use crate::mesh::Mesh;
use crate::neighbours::application::App;
use crate::objects::selector::Selector;
use crate::objects::value::{at, entry, sequence};
use indexmap::IndexSet;
use serde_yaml::{Mapping, Value};
use std::collections::HashSet;

/// A policy that decides about requests to the application's pods.
pub struct Policy<'i, 'a> {
    pub index: usize,
    pub item: &'i Item<'a>,
    pub action: &'i str,
    /// `None`: it applies to the whole namespace, and so to the proxies too.
    pub selector: Option<Selector>,
    pub root: bool,
    pub rules: Vec<Rule<'i>>,
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
const TOKENS: [&str; 2] = ["requestPrincipals", "notRequestPrincipals"];

/// A rule with the place where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Rule<'v> {
    pub value: &'v Value,
    pub position: usize,
    /// The exemptions of all proxies, which an earlier run may have written.
    pub exemptions: &'v HashSet<Value>,
    /// The mesh whose callers it asks for.
    pub mesh: &'v Mesh,
}

/// A field of a rule: its path, and the value seen there.
pub type Seen = (String, String);

/// A pattern of a path, and whether the rule is for all others.
pub struct PathPattern {
    pub seen: Seen,
    pub negative: bool,
}

impl<'v> Rule<'v> {
    /// The first field that looks at the caller's certificate.
    pub fn principal(&self) -> Option<Seen> {
        let condition = |key: &str| key.starts_with("source.") && key != "source.ip";
        self.source_field(&PRINCIPALS).or_else(|| self.condition(condition))
    }

    /// The first field whose meaning changes because the proxies are the caller.
    pub fn caller(&self) -> Option<Seen> {
        let condition = |key: &str| key.starts_with("source.") || moved(key);
        self.source_field(&PRINCIPALS).or_else(|| self.source_field(&ADDRESSES)).or_else(|| self.condition(condition))
    }

    /// The first field that looks at a token.
    pub fn token(&self) -> Option<Seen> {
        self.source_field(&TOKENS).or_else(|| self.condition(|key| key.starts_with("request.auth.")))
    }

    /// The first field that names ports.
    pub fn ports(&self) -> Option<Seen> {
        self.operations(&["ports", "notPorts"]).or_else(|| self.condition(|key| key == "destination.port"))
    }

    /// Every pattern of a path.
    pub fn paths(&self) -> impl Iterator<Item = PathPattern> + '_ {
        let of_operations = sequence(self.value, &["to"]).iter().enumerate().flat_map(|(position, to)| {
            let place = format!("spec.rules[{}].to[{position}].operation", self.position);
            [("paths", false), ("notPaths", true)]
                .map(|(name, negative)| (place.clone(), name, negative, sequence(to, &["operation", name])))
        });
        // Envoy has the path as a header, too.
        let conditions = sequence(self.value, &["when"]).iter().enumerate();
        let conditions = conditions.filter(|(_, condition)| key(condition).eq_ignore_ascii_case("request.headers[:path]"));
        let of_conditions = conditions.flat_map(|(position, condition)| {
            let place = format!("spec.rules[{}].when[{position}]", self.position);
            [("values", false), ("notValues", true)]
                .map(|(name, negative)| (place.clone(), name, negative, sequence(condition, &[name])))
        });
        of_operations.chain(of_conditions).flat_map(|(place, name, negative, patterns)| {
            let pattern = move |pattern| PathPattern { seen: (format!("{place}.{name}"), text(pattern)), negative };
            patterns.iter().map(pattern)
        })
    }

    /// The first field that cannot be asked at the proxies instead.
    pub fn untranslatable(&self, app: &App) -> Option<Seen> {
        let condition = |key: &str| moved(key) || key == "destination.ip" || key.starts_with("experimental.");
        let unnamed = || app.ports.iter().any(|port| port.number.is_none());
        self.source_field(&["remoteIpBlocks", "notRemoteIpBlocks"])
            .or_else(|| self.condition(condition))
            .or_else(|| if unnamed() { self.ports() } else { None })
    }

    /// Whether the ports that it names mean the same at the proxies.
    pub fn ports_stay(&self, app: &App) -> bool {
        self.port_numbers().all(|number| app.ports.iter().all(|port| (port.listen == number) == (port.number == Some(number))))
    }

    /// Whether its ports mean another port of the application at the proxies, as they stand.
    pub fn is_mistaken(&self, app: &App) -> bool {
        let negative = sequence(self.value, &["to"]).iter().any(|to| !sequence(to, &["operation", "notPorts"]).is_empty())
            || sequence(self.value, &["when"])
                .iter()
                .any(|condition| key(condition) == "destination.port" && !sequence(condition, &["notValues"]).is_empty());
        let another = |number: u16| app.ports.iter().any(|port| port.listen == number && port.number != Some(number));
        !self.ports_stay(app) && (negative || self.port_numbers().any(another))
    }

    fn port_numbers(&self) -> impl Iterator<Item = u16> + '_ {
        let conditions = sequence(self.value, &["when"]).iter().filter(|condition| key(condition) == "destination.port");
        let conditions = conditions.flat_map(|condition| [sequence(condition, &["values"]), sequence(condition, &["notValues"])]);
        let operations = sequence(self.value, &["to"])
            .iter()
            .flat_map(|to| [sequence(to, &["operation", "ports"]), sequence(to, &["operation", "notPorts"])]);
        operations.chain(conditions).flatten().filter_map(number)
    }

    /// Whether it can match a request whose caller is the proxies.
    pub fn may_match_proxies(&self, identity: &Identity<'_>) -> bool {
        let exemptions = identity.exemptions();
        let exempt = sequence(self.value, &["when"]).iter().any(|condition| exemptions.contains(condition));
        !exempt && identity.may_match(self.value, self.mesh)
    }

    /// The rule at the proxies, `None` where nothing that comes through them can match it.
    /// Without `tokens` those are left to the application's own sidecar.
    pub fn at_proxies(&self, app: &App, tokens: bool) -> Option<Value> {
        let mut rule = Mapping::new();
        let mut from = sequence(self.value, &["from"]).to_vec();
        if !tokens {
            from.iter_mut().filter_map(|from| from.get_mut("source")?.as_mapping_mut()).for_each(|source| {
                source.retain(|key, _| !key.as_str().is_some_and(|key| TOKENS.contains(&key)));
            });
            // A source of which nothing is left is any caller.
            if from.iter().any(|from| at(from, &["source"]).and_then(Value::as_mapping).is_none_or(Mapping::is_empty)) {
                from.clear();
            }
        }
        if !from.is_empty() {
            rule.insert("from".into(), from.into());
        }
        let operations = sequence(self.value, &["to"]);
        let mut to = Vec::with_capacity(operations.len());
        let mut any = operations.is_empty();
        for operation in operations {
            let fields = at(operation, &["operation"]).and_then(Value::as_mapping).cloned().unwrap_or_default();
            if let Some(fields) = map_ports(fields, "ports", "notPorts", app) {
                any |= fields.is_empty();
                to.push(entry("operation", fields));
            }
        }
        match (any, to.is_empty()) {
            (false, true) => return None,
            (false, false) => drop(rule.insert("to".into(), to.into())),
            (true, _) => {}
        }
        let mut when: Vec<Value> = Vec::new();
        for condition in sequence(self.value, &["when"]) {
            if self.is_exemption(condition) || (!tokens && key(condition).starts_with("request.auth.")) {
                continue;
            }
            let mut fields = condition.as_mapping().cloned().unwrap_or_default();
            if key(condition) == "destination.port" {
                fields = map_ports(fields, "values", "notValues", app)?;
                if fields.get("values").is_none() && fields.get("notValues").is_none() {
                    continue;
                }
            }
            when.push(fields.into());
        }
        if !when.is_empty() {
            rule.insert("when".into(), when.into());
        }
        Some(rule.into())
    }

    /// The rule at the application for requests that the proxies have let through.
    pub fn accepting_proxies(&self, identity: &Identity<'_>) -> Value {
        let mut rule = Mapping::new();
        rule.insert("from".into(), vec![identity.from()].into());
        if let Some(to) = at(self.value, &["to"]) {
            rule.insert("to".into(), to.clone());
        }
        let when = sequence(self.value, &["when"]).iter().filter(|condition| !key(condition).starts_with("source."));
        let when: Vec<Value> = when.cloned().collect();
        if !when.is_empty() {
            rule.insert("when".into(), when.into());
        }
        rule.into()
    }

    /// A condition that this program has added: none of the user's.
    fn is_exemption(&self, condition: &Value) -> bool {
        self.exemptions.contains(condition)
    }

    fn source_field(&self, names: &[&str]) -> Option<Seen> {
        for (position, from) in sequence(self.value, &["from"]).iter().enumerate() {
            for name in names {
                if let Some(first) = sequence(from, &["source", name]).first() {
                    return Some((format!("spec.rules[{}].from[{position}].source.{name}", self.position), text(first)));
                }
            }
        }
        None
    }

    fn operations(&self, names: &[&str]) -> Option<Seen> {
        for (position, to) in sequence(self.value, &["to"]).iter().enumerate() {
            for name in names {
                if let Some(first) = sequence(to, &["operation", name]).first() {
                    return Some((format!("spec.rules[{}].to[{position}].operation.{name}", self.position), text(first)));
                }
            }
        }
        None
    }

    fn condition(&self, wanted: impl Fn(&str) -> bool) -> Option<Seen> {
        let conditions = sequence(self.value, &["when"]).iter().enumerate();
        let (position, found) =
            conditions.into_iter().find(|(_, condition)| wanted(key(condition)) && !self.is_exemption(condition))?;
        Some((format!("spec.rules[{}].when[{position}].key", self.position), key(found).to_string()))
    }
}

/// Attributes of the hop, not of the request: the proxies change them.
fn moved(key: &str) -> bool {
    key == "remote.ip" || key == "connection.sni" || key.to_ascii_lowercase().starts_with("request.headers[x-forwarded-")
}

fn key(condition: &Value) -> &str {
    condition.get("key").and_then(Value::as_str).unwrap_or_default()
}

/// Rewrites ports of the pods to those on which the proxies listen. `None`: nothing matches.
fn map_ports(mut fields: Mapping, wanted: &str, unwanted: &str, app: &App) -> Option<Mapping> {
    for name in [wanted, unwanted] {
        let Some(ports) = fields.get(name).and_then(Value::as_sequence) else { continue };
        let as_text = ports.iter().any(Value::is_string) || wanted == "ports";
        let listen: IndexSet<u16> = ports.iter().filter_map(number).flat_map(|number| app.listens_for(number)).collect();
        if !app.has_room(listen.len()) {
            return None;
        }
        if !ports.is_empty() && listen.is_empty() && name == wanted {
            return None;
        }
        if listen.is_empty() {
            fields.remove(name);
            continue;
        }
        let written = |port: u16| if as_text { Value::from(port.to_string()) } else { Value::from(port) };
        fields.insert(name.into(), listen.into_iter().map(written).collect::<Vec<_>>().into());
    }
    Some(fields)
}

fn number(value: &Value) -> Option<u16> {
    value.as_u64().and_then(|number| u16::try_from(number).ok()).or_else(|| value.as_str()?.parse().ok())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| crate::krm::to_yaml(value, 0).trim_end().to_string(), str::to_string)
}
