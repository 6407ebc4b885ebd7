//! Values by a path of keys, and small values.

use serde_yaml::{Mapping, Value};

/// Labels as YAML.
pub fn mapping<'l>(labels: impl IntoIterator<Item = (&'l String, &'l String)>) -> Mapping {
    labels.into_iter().map(|(key, value)| (Value::from(key.as_str()), Value::from(value.as_str()))).collect()
}

/// `{key: value}`.
pub fn entry(key: &str, value: impl Into<Value>) -> Value {
    Mapping::from_iter([(Value::from(key), value.into())]).into()
}

/// The elements of a sequence at a path of keys; none where there is no such sequence.
pub fn sequence<'v>(value: &'v Value, path: &[&str]) -> &'v [Value] {
    at(value, path).and_then(Value::as_sequence).map_or(&[], Vec::as_slice)
}

/// The value at a path of keys.
pub fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.as_mapping()?.get(*key)).filter(|value| !value.is_null())
}
