//! The binary and the judge, on many subjects at a time.

use crate::documents;
use crate::judge::{self, Answer, Case};
use crate::render::{self, Rendered};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Manifests with a ProxyService, and requests.
pub struct Subject {
    pub documents: Vec<Value>,
    pub requests: Vec<Value>,
}

/// What became of a subject.
#[derive(Debug, Default, Clone)]
pub struct Verdict {
    pub rendered: Rendered,
    /// None where the binary refused.
    pub answer: Option<Answer>,
}

/// The name of a field of a decision, as the judge calls it.
pub type Field = String;

/// Counts as a difference: what the judge cannot read is not proven.
pub const NOT_UNDERSTOOD: &str = "what the judge does not understand";

/// For each warning the fields whose meaning it says to be another, `findings.yaml`.
pub struct Said(BTreeMap<String, BTreeSet<Field>>);

impl Said {
    pub fn read() -> Said {
        Said(documents::typed(&crate::folder().join("findings.yaml")))
    }
}

impl Verdict {
    /// The fields that differ.
    pub fn differing(&self) -> BTreeSet<Field> {
        let Some(answer) = &self.answer else { return BTreeSet::new() };
        if !answer.error.is_empty() {
            return BTreeSet::from([NOT_UNDERSTOOD.to_owned()]);
        }
        answer.differences.iter().map(|difference| difference.field.clone()).collect()
    }

    /// The fields that differ without a finding.
    pub fn silent(&self, said: &Said) -> BTreeSet<Field> {
        let mut fields = self.differing();
        for excused in self.rendered.codes(false).iter().filter_map(|code| said.0.get(code)) {
            fields.retain(|field| !excused.contains(field));
        }
        fields
    }

    /// Both decisions where the fields differ, and the findings, to be read.
    pub fn show(&self, fields: &BTreeSet<Field>) -> String {
        let mut text: String = self.rendered.findings.iter().map(|finding| format!("  {}\n", finding.text)).collect();
        if let Some(answer) = &self.answer {
            text += &answer.error;
            text += &answer.show(&fields.iter().cloned().collect::<Vec<_>>());
        }
        text
    }
}

/// Renders each, and has the judge compare what was rendered.
pub fn examine(subjects: &[Subject]) -> Vec<Verdict> {
    let inputs: Vec<String> = subjects.iter().map(|subject| documents::write(&subject.documents)).collect();
    let rendered = render::all(&inputs);
    compare(subjects, inputs, rendered)
}

/// Has the judge compare what was rendered, where it was.
pub fn compare(subjects: &[Subject], inputs: Vec<String>, rendered: Vec<Rendered>) -> Vec<Verdict> {
    let mut cases = Vec::new();
    for (number, ((subject, before), rendered)) in subjects.iter().zip(inputs).zip(&rendered).enumerate() {
        if !rendered.refused() {
            let (name, after) = (number.to_string(), rendered.output.clone());
            cases.push(Case { name, before, after, requests: subject.requests.clone() });
        }
    }
    let mut answers = judge::ask(&cases).into_iter();
    let verdicts = rendered.into_iter().map(|rendered| {
        let answer = if rendered.refused() { None } else { answers.next() };
        Verdict { rendered, answer }
    });
    verdicts.collect()
}
