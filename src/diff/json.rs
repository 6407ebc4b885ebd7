//! The difference for programs: `functions/schema/diff.schema.json` is the schema of it.

use super::{Change, Diff, Edit, Effect, HiddenEdit, Meaning, ObjectChange, Step, What};
use crate::krm::{to_json, to_yaml, visible_json};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;
use serde_yaml::Value;
use std::collections::BTreeMap;

/// The number of this shape. A field may come; where one goes or changes its meaning, the number
/// grows.
const VERSION: u32 = 1;

/// The difference between two sets of manifests, as `proxy-service diff --format json` writes it.
#[derive(Debug, Serialize, JsonSchema)]
struct Document {
    /// The number of this shape. New fields do not change it.
    version: u32,
    /// What is compared: a path, or a path at a git ref.
    before: String,
    /// What it is compared with.
    after: String,
    /// What else a reader has to know.
    notes: Vec<String>,
    /// How many objects change.
    summary: Summary,
    /// What it means for the Services that are or were intercepted.
    meaning: Vec<Front>,
    /// Every object that changes, by namespace, name and kind.
    objects: Vec<Object>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Summary {
    /// Objects that are new.
    added: usize,
    /// Objects that go.
    removed: usize,
    /// Objects of which fields change.
    changed: usize,
    /// Objects that stay as they are.
    unchanged: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Front {
    /// Namespace of the Service; empty where the manifests set none.
    namespace: String,
    /// Name of the Service that clients call.
    service: String,
    /// What happens to its traffic.
    effect: Effect,
    /// All of it in words, names in backticks.
    sentences: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Object {
    api_version: String,
    kind: String,
    /// Empty where the manifests set none.
    namespace: String,
    name: String,
    /// What becomes of it.
    change: Kind,
    /// All of an object that is added or removed. Values of Secrets are `(value hidden)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Json>,
    /// What changes of an object that stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field>,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Added,
    Removed,
    Changed,
    /// The items of a list whose order counts.
    Reordered,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Field {
    /// Where, for people: `spec.ports[port=80,protocol=TCP].targetPort`.
    path: String,
    /// The steps of the path.
    steps: Vec<JsonStep>,
    /// What becomes of it.
    change: Kind,
    /// Whether the values are those of a Secret, and so left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    hidden: bool,
    /// The value now; the keys of the items for `reordered`.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Json>,
    /// The value to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Json>,
}

/// One step down into an object.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum JsonStep {
    /// To a field of a mapping.
    Field(String),
    /// To the item of a list whose keys have these values.
    Item(BTreeMap<String, String>),
    /// To the item of a list at an index: before the change, after it, or both.
    Index {
        #[serde(skip_serializing_if = "Option::is_none")]
        before: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<usize>,
    },
}

/// The difference as JSON, with a line break at the end.
#[must_use]
pub fn write(diff: &Diff) -> String {
    let (added, removed, changed) = diff.counts();
    let document = Document {
        version: VERSION,
        before: diff.sides.before.clone(),
        after: diff.sides.after.clone(),
        notes: diff.notes.clone(),
        summary: Summary { added, removed, changed, unchanged: diff.same },
        meaning: diff.meanings.iter().map(front).collect(),
        objects: diff.objects.iter().map(object).collect(),
    };
    let text = serde_json::to_string_pretty(&document).expect("strings, numbers and lists");
    visible_json(&format!("{text}\n"))
}

/// The JSON Schema of what [`write()`] gives.
#[must_use]
pub fn schema() -> Json {
    schemars::schema_for!(Document).to_value()
}

fn front(meaning: &Meaning) -> Front {
    Front {
        namespace: meaning.namespace.clone(),
        service: meaning.front_name.clone(),
        effect: meaning.effect,
        sentences: meaning.sentences.clone(),
    }
}

fn object(object: &ObjectChange) -> Object {
    let (change, value, fields) = match &object.what {
        What::Added(value) => (Kind::Added, Some(json(value)), Vec::new()),
        What::Removed(value) => (Kind::Removed, Some(json(value)), Vec::new()),
        What::Changed(changes) => (Kind::Changed, None, changes.iter().map(field).collect()),
    };
    Object {
        api_version: object.api_version.clone(),
        kind: object.key.kind.clone(),
        namespace: object.key.namespace.clone(),
        name: object.key.name.clone(),
        change,
        object: value,
        fields,
    }
}

fn field(change: &Change) -> Field {
    let order = |steps: &[Step]| steps.iter().map(|step| Json::from(step.to_string())).collect::<Vec<_>>().into();
    let (kind, hidden, before, after) = match &change.edit {
        Edit::Added(value) => (Kind::Added, false, None, Some(json(value))),
        Edit::Removed(value) => (Kind::Removed, false, Some(json(value)), None),
        Edit::Replaced { before, after } => (Kind::Changed, false, Some(json(before)), Some(json(after))),
        Edit::Reordered { before, after } => (Kind::Reordered, false, Some(order(before)), Some(order(after))),
        Edit::Hidden(HiddenEdit::Added) => (Kind::Added, true, None, None),
        Edit::Hidden(HiddenEdit::Removed) => (Kind::Removed, true, None, None),
        Edit::Hidden(HiddenEdit::Changed) => (Kind::Changed, true, None, None),
    };
    let steps = change.path.0.iter().map(json_step).collect();
    Field { path: change.path.to_string(), steps, change: kind, hidden, before, after }
}

fn json_step(step: &Step) -> JsonStep {
    match step {
        Step::Field(name) => JsonStep::Field(name.clone()),
        Step::Item(keys) => JsonStep::Item(keys.iter().cloned().collect()),
        Step::At { before, after } => JsonStep::Index { before: *before, after: *after },
    }
}

/// What JSON cannot hold (a key that is no string) is its YAML as text.
fn json(value: &Value) -> Json {
    to_json(value).unwrap_or_else(|_| Json::from(to_yaml(value, 0)))
}
