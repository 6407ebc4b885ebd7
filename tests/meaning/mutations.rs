//! The judge's self-test: what was rendered is broken in one way after the other, `mutations.yaml`,
//! and the judge must find each.

use crate::compose::compose;
use crate::documents::{self, kind, name};
use crate::examine::{Subject, compare, examine};
use crate::judge_is_missing;
use crate::render::Rendered;
use crate::tables::{Combination, Tables};
use serde::Deserialize;
use serde_json::Value;

/// A way to break manifests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Mutation {
    /// What is rendered before it is broken.
    of: Combination,
    /// The objects: their kind, and of their name what a pattern with `*` at its end or start says.
    kind: String,
    #[serde(default = "any")]
    name: String,
    /// Leaves the objects out.
    #[serde(default)]
    delete: bool,
    /// Removes the field of this name, wherever it is in them.
    remove: Option<String>,
    /// Each value that equals `from` becomes `to`.
    from: Option<Value>,
    to: Option<Value>,
    /// The field of a decision that must differ.
    finds: String,
}

fn any() -> String {
    "*".to_owned()
}

impl Mutation {
    fn means(&self, document: &Value) -> bool {
        let name = name(document);
        let matches = match (self.name.strip_prefix('*'), self.name.strip_suffix('*')) {
            (Some(end), _) => name.ends_with(end),
            (_, Some(start)) => name.starts_with(start),
            _ => name == self.name,
        };
        kind(document) == self.kind && matches
    }

    fn apply(&self, documents: &[Value]) -> Vec<Value> {
        let kept = documents.iter().filter(|document| !(self.delete && self.means(document)));
        kept.map(|document| if self.means(document) { self.edit(document) } else { document.clone() }).collect()
    }

    fn edit(&self, value: &Value) -> Value {
        if let (Some(from), Some(to)) = (&self.from, &self.to)
            && value == from
        {
            return to.clone();
        }
        match value {
            Value::Array(items) => items.iter().map(|item| self.edit(item)).collect(),
            Value::Object(fields) => {
                let kept = fields.iter().filter(|(key, _)| self.remove.as_ref() != Some(key));
                Value::Object(kept.map(|(key, value)| (key.clone(), self.edit(value))).collect())
            }
            other => other.clone(),
        }
    }
}

#[test]
fn the_judge_finds_what_is_broken() {
    if judge_is_missing() {
        return;
    }
    let tables = Tables::read();
    let mutations: Vec<Mutation> = documents::typed(&crate::folder().join("mutations.yaml"));
    assert!(mutations.len() >= 10);
    let subjects: Vec<Subject> = mutations.iter().map(|mutation| compose(&tables, &mutation.of)).collect();
    let whole = examine(&subjects);
    let mut broken: Vec<Rendered> = Vec::new();
    for (number, (mutation, verdict)) in mutations.iter().zip(&whole).enumerate() {
        assert!(!verdict.rendered.refused(), "mutation {number}: {:?} is refused:\n{:?}", mutation.of, verdict.rendered.findings);
        let documents = documents::parse(&verdict.rendered.output).expect("the binary writes YAML");
        let changed = mutation.apply(&documents);
        assert_ne!(changed, documents, "mutation {number} of {:?} ({}) changes nothing", mutation.of, mutation.kind);
        broken.push(Rendered { output: documents::write(&changed), ..verdict.rendered.clone() });
    }
    let inputs = subjects.iter().map(|subject| documents::write(&subject.documents)).collect();
    let mut missed = Vec::new();
    for (number, (mutation, verdict)) in mutations.iter().zip(compare(&subjects, inputs, broken)).enumerate() {
        let (before, after) = (whole[number].differing(), verdict.differing());
        if before.contains(&mutation.finds) || !after.contains(&mutation.finds) {
            missed.push(format!(
                "mutation {number} ({} of {:?}): {} is due, found is {after:?}",
                mutation.kind, mutation.of, mutation.finds
            ));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
