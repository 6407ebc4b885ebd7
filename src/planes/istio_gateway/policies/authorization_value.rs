//! A rule of an AuthorizationPolicy as a value.

use crate::objects::value::{at, sequence};
use serde_yaml::{Mapping, Value};

/// Fields of a source that are about the request's token.
pub const TOKENS: [&str; 2] = ["requestPrincipals", "notRequestPrincipals"];

pub fn key(condition: &Value) -> &str {
    condition.get("key").and_then(Value::as_str).unwrap_or_default()
}

pub fn number(value: &Value) -> Option<u16> {
    value.as_u64().and_then(|number| u16::try_from(number).ok()).or_else(|| value.as_str()?.parse().ok())
}

pub fn sources_without_tokens(rule: &Value) -> Vec<Value> {
    let mut from = sequence(rule, &["from"]).to_vec();
    from.iter_mut().filter_map(|from| from.get_mut("source")?.as_mapping_mut()).for_each(|source| {
        source.retain(|key, _| !key.as_str().is_some_and(|key| TOKENS.contains(&key)));
    });
    // A source of which nothing is left is any caller.
    if from.iter().any(|from| at(from, &["source"]).and_then(Value::as_mapping).is_none_or(Mapping::is_empty)) {
        from.clear();
    }
    from
}

/// What is left of a rule where tokens are not asked for.
pub fn without_tokens(rule: &Value) -> Value {
    let when = sequence(rule, &["when"]).iter().filter(|condition| !key(condition).starts_with("request.auth."));
    let to = sequence(rule, &["to"]).to_vec();
    vec![Value::from(sources_without_tokens(rule)), to.into(), when.cloned().collect::<Vec<_>>().into()].into()
}

/// What a rule asks for beside its caller.
pub fn accepted(rule: &Value) -> Value {
    let mut rest = Mapping::new();
    if let Some(to) = at(rule, &["to"]) {
        rest.insert("to".into(), to.clone());
    }
    let when = sequence(rule, &["when"]).iter().filter(|condition| !key(condition).starts_with("source."));
    let when: Vec<Value> = when.cloned().collect();
    if !when.is_empty() {
        rest.insert("when".into(), when.into());
    }
    rest.into()
}
