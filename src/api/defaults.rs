//! The defaults of ProxyServiceConfigs, and which of them apply where.

use super::limits::refuse_too_large;
use super::source::SpecSource;
use crate::findings::Code;
use crate::krm::Finding;
use serde_json::{Map, Value as Json};

/// What a ProxyServiceConfig governs; a later one goes before an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Everything that the function sees: the configuration is a functionConfig.
    Everything,
    /// Everything that the function sees: the configuration is a resource without a namespace.
    Build,
    /// One namespace.
    Namespace(String),
}

impl Scope {
    /// The namespace, where it is about one only.
    pub fn namespace(&self) -> Option<String> {
        match self {
            Scope::Namespace(name) => Some(name.clone()),
            _ => None,
        }
    }

    fn covers(&self, namespace: Option<&str>) -> bool {
        match self {
            Scope::Namespace(name) => namespace == Some(name),
            _ => true,
        }
    }
}

/// The defaults of a build.
#[derive(Debug, Default)]
pub struct Defaults(Vec<(Scope, String, Json)>);

impl Defaults {
    /// Adds those of one configuration.
    ///
    /// # Errors
    /// Another configuration with defaults has the same scope, and neither could go before the other, or they
    /// are too long.
    pub fn add(&mut self, source: &SpecSource, scope: Scope, defaults: Json) -> Result<(), Finding> {
        if defaults.as_object().is_none_or(Map::is_empty) {
            return Ok(());
        }
        refuse_too_large(&defaults).map_err(|finding| source.point(finding, "defaults"))?;
        if let Some((_, other, _)) = self.0.iter().find(|(other, ..)| *other == scope) {
            let finding = Finding::error(
                Code::ConflictingConfigs,
                format!("\"{other}\" governs the same namespaces"),
                "merge the two ProxyServiceConfigs into one, or give each a namespace",
            );
            return Err(source.point(finding, "defaults"));
        }
        self.0.push((scope, source.object().to_string(), defaults));
        self.0.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        Ok(())
    }

    /// The defaults of a namespace.
    pub fn of(&self, namespace: Option<&str>) -> Json {
        let mut merged = Json::Object(Map::new());
        for (_, _, defaults) in self.0.iter().filter(|(scope, ..)| scope.covers(namespace)) {
            merge(&mut merged, defaults.clone());
        }
        merged
    }
}

/// Lays `over` on `base`: objects field by field, everything else as a whole.
pub fn merge(base: &mut Json, over: Json) {
    match (base, over) {
        (Json::Object(base), Json::Object(over)) => {
            for (key, value) in over {
                match base.get_mut(&key) {
                    Some(below) => merge(below, value),
                    None => {
                        base.insert(key, value);
                    }
                }
            }
        }
        (base, over) => *base = over,
    }
}
