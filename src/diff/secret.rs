//! Values that nobody may see: those of Secrets, wherever a Secret stands.
//!
//! What may be seen of a Secret is a list: its type, names, labels, and the names of its keys and
//! annotations. Whatever else it holds, under whatever name, is hidden.

use super::HIDDEN;
use serde_json::Value as Json;
use serde_yaml::{Mapping, Value};

/// What may be seen at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// All of it.
    Open,
    /// The annotations of an object that is no Secret: some hold a copy of one.
    Annotations,
    /// One of them.
    Annotation,
    /// A Secret, or an item of a `SecretList`, which says so once for all.
    Secret,
    /// The items of a `SecretList`.
    Secrets,
    /// The metadata of a Secret.
    Metadata,
    /// The labels of a Secret.
    Labels,
    /// A single value of a Secret that may be seen.
    Word,
    /// The fields that hold the values of a Secret: their names only.
    Names,
    /// Nothing.
    Hidden,
}

/// Whether this is a Secret, of whatever group, or would be one but for its spelling. They stand in
/// other objects too: in templates, in wrappers of other controllers.
pub fn is_secret(mapping: &Mapping) -> bool {
    kind_is(mapping, "secret")
}

fn is_list_of_secrets(mapping: &Mapping) -> bool {
    kind_is(mapping, "secretlist")
}

fn kind_is(mapping: &Mapping, kind: &str) -> bool {
    let found = mapping.get("kind").and_then(Value::as_str);
    found.is_some_and(|found| found.trim().eq_ignore_ascii_case(kind))
}

impl Sight {
    /// What may be seen of a mapping's fields: a Secret stays one wherever it stands.
    pub fn of(self, mapping: &Mapping) -> Self {
        match self {
            Sight::Open | Sight::Annotations | Sight::Annotation if is_secret(mapping) => Sight::Secret,
            Sight::Open | Sight::Annotations | Sight::Annotation if is_list_of_secrets(mapping) => Sight::Secrets,
            // No text, so no annotation.
            Sight::Annotation => Sight::Open,
            sight => sight,
        }
    }

    /// What may be seen of a field; `self` is what [`Sight::of`] says of one of the mappings compared.
    pub fn field(self, name: &str) -> Self {
        match (self, name) {
            (Sight::Open, "annotations") => Sight::Annotations,
            (Sight::Open, _) => Sight::Open,
            (Sight::Annotations, _) => Sight::Annotation,
            (Sight::Secrets, "items") => Sight::Secret,
            (Sight::Secrets | Sight::Secret, "apiVersion" | "kind" | "type" | "immutable") => Sight::Word,
            (Sight::Secrets | Sight::Secret, "metadata") => Sight::Metadata,
            (Sight::Secrets | Sight::Secret, "data" | "stringData") => Sight::Names,
            (Sight::Metadata, "name" | "namespace" | "generateName" | "creationTimestamp") => Sight::Word,
            (Sight::Metadata, "labels") => Sight::Labels,
            (Sight::Metadata, "annotations") => Sight::Names,
            (Sight::Labels, _) => Sight::Word,
            _ => Sight::Hidden,
        }
    }

    /// Whether nothing of a mapping at this place must be shown, not even the names in it.
    pub fn hides_mappings(self) -> bool {
        matches!(self, Sight::Hidden | Sight::Word)
    }

    /// Whether a value at this place must not be shown.
    pub fn hides(self, value: &Value) -> bool {
        if value.is_mapping() {
            return self.hides_mappings();
        }
        match self {
            Sight::Hidden => true,
            // A mapping belongs here; anything else is a value.
            Sight::Metadata | Sight::Labels | Sight::Names => !value.is_null(),
            Sight::Secret | Sight::Secrets => !value.is_sequence() && !value.is_null(),
            Sight::Word => value.is_sequence(),
            Sight::Annotation => value.as_str().is_some_and(holds_a_secret),
            Sight::Open | Sight::Annotations => false,
        }
    }
}

/// Whether an annotation may hold a Secret: `kubectl.kubernetes.io/last-applied-configuration` has the
/// object once more as JSON, `objectset.rio.cattle.io/applied` as gzip in base64, others alike. What
/// cannot be looked into may be one.
fn holds_a_secret(text: &str) -> bool {
    let words = text.to_ascii_lowercase();
    if words.contains("secret") && words.contains("kind") {
        return true;
    }
    if text.trim_start().starts_with(['{', '[']) {
        // JSON may write a letter as a number.
        return serde_json::from_str(text).map_or(true, |value| has_a_secret(&value));
    }
    is_packed(text)
}

fn has_a_secret(value: &Json) -> bool {
    match value {
        Json::Object(fields) => fields.iter().any(|(name, value)| match value {
            Json::String(kind) if name == "kind" => kind.trim().to_ascii_lowercase().starts_with("secret"),
            value => has_a_secret(value),
        }),
        Json::Array(items) => items.iter().any(has_a_secret),
        Json::String(text) => holds_a_secret(text),
        _ => false,
    }
}

/// base64 of gzip (`1f 8b 08`), of zip (`PK\x03\x04`), of zstd (`28 b5 2f fd`), or of the beginning of
/// an object: `{"`, `apiVersion`, `kind:`, `---`.
fn is_packed(text: &str) -> bool {
    const BEGINNINGS: [&str; 8] = ["H4sI", "UEsDB", "KLUv/", "KLUv_", "eyJ", "YXBpVmVyc2lvb", "a2luZD", "LS0t"];
    BEGINNINGS.iter().any(|beginning| text.trim_start().starts_with(beginning))
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
            let sight = sight.of(mapping);
            let fields = mapping.iter().map(|(key, value)| {
                let sight = sight.field(key.as_str().unwrap_or_default());
                (key.clone(), redacted_at(value, sight))
            });
            Value::Mapping(fields.collect())
        }
        Value::Sequence(items) => Value::Sequence(items.iter().map(|item| redacted_at(item, sight)).collect()),
        Value::Tagged(tagged) => redacted_at(&tagged.value, sight),
        scalar => scalar.clone(),
    }
}
