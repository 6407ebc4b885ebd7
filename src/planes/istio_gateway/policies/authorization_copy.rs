//! A rule of an AuthorizationPolicy as it reads at the proxies, and for them.

use super::authorization_rule::Rule;
use super::authorization_value::{accepted, key, number, sources_without_tokens};
use super::identity::Identity;
use crate::neighbours::application::App;
use crate::objects::value::{at, entry, sequence};
use indexmap::IndexSet;
use serde_yaml::{Mapping, Value};

impl Rule<'_> {
    /// The rule at the proxies, `None` where nothing that comes through them can match it.
    /// Without `tokens` those are left to the application's own sidecar.
    pub fn at_proxies(&self, app: &App, tokens: bool) -> Option<Value> {
        let mut rule = Mapping::new();
        let from = if tokens { sequence(self.value, &["from"]).to_vec() } else { sources_without_tokens(self.value) };
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
        if let Value::Mapping(rest) = accepted(self.value) {
            rule.extend(rest);
        }
        rule.into()
    }
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
