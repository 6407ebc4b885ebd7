//! Values that nobody may see: those of Secrets, wherever a Secret stands.

use super::HIDDEN;
use serde_yaml::{Mapping, Value};

/// What may be seen at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// All of it.
    Open,
    /// The metadata of a Secret.
    Metadata,
    /// The annotations of a Secret: `kubectl.kubernetes.io/last-applied-configuration` and its like
    /// hold all of it once more, as JSON.
    Annotations,
    /// That annotation of another object, in which a Secret may stand.
    LastApplied,
    /// The fields that hold the values of a Secret: their names only.
    Names,
    /// Nothing.
    Hidden,
}

/// Whether this is a Secret, of whatever group. They stand in other objects too: in
/// templates, in wrappers of other controllers.
pub fn is_secret(mapping: &Mapping) -> bool {
    mapping.get("kind").and_then(Value::as_str) == Some("Secret")
}

impl Sight {
    /// What may be seen of a field; `secret` says that one of the mappings compared is a Secret.
    pub fn field(self, secret: bool, name: &str) -> Self {
        match (self, name) {
            (Sight::Hidden | Sight::Names, _) => Sight::Hidden,
            (_, "data" | "stringData") if secret => Sight::Names,
            (_, "metadata") if secret => Sight::Metadata,
            (Sight::Metadata, "annotations") => Sight::Annotations,
            (Sight::Metadata | Sight::Annotations, _) => self,
            (Sight::Open | Sight::LastApplied, "kubectl.kubernetes.io/last-applied-configuration") => Sight::LastApplied,
            (Sight::Open | Sight::LastApplied, _) => Sight::Open,
        }
    }

    /// Whether a value at this place must not be shown.
    pub fn hides(self, value: &Value) -> bool {
        match self {
            Sight::Hidden => true,
            // Of a mapping at least the names are shown; anything else there is a value.
            Sight::Names => !value.is_mapping() && !value.is_null(),
            Sight::Annotations => value.as_str().is_some_and(|text| text.contains('{')),
            Sight::LastApplied => value.as_str().is_some_and(|text| text.contains("\"Secret\"")),
            Sight::Open | Sight::Metadata => false,
        }
    }
}

/// The object with every value of a Secret in it hidden.
pub fn redacted(value: &Value) -> Value {
    redacted_at(value, Sight::Open)
}

/// The value as it may be shown at this place.
pub fn redacted_at(value: &Value, sight: Sight) -> Value {
    if sight.hides(value) {
        return Value::from(HIDDEN);
    }
    match value {
        Value::Mapping(mapping) => {
            let secret = is_secret(mapping);
            let fields = mapping.iter().map(|(key, value)| {
                let sight = sight.field(secret, key.as_str().unwrap_or_default());
                (key.clone(), redacted_at(value, sight))
            });
            Value::Mapping(fields.collect())
        }
        Value::Sequence(items) => Value::Sequence(items.iter().map(|item| redacted_at(item, sight)).collect()),
        Value::Tagged(tagged) => redacted_at(&tagged.value, sight),
        scalar => scalar.clone(),
    }
}
