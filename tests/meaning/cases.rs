//! `cases/NAME/`: `before.yaml`, `requests.yaml` (else those of every combination) and `expected`:
//!
//! - `same`: it is rendered, and nothing differs;
//! - `said`: it is refused, or what differs is said by a warning;
//! - codes: each of them is found, and what differs is said.

use crate::compose;
use crate::documents::{self, replace};
use crate::examine::{Said, Subject, Verdict, examine};
use crate::known::{Known, Today, update};
use crate::{folder, judge_is_missing};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[test]
fn cases_are_as_expected() {
    if judge_is_missing() {
        return;
    }
    let (known, said) = (Known::read(), Said::read());
    let root = folder().join("cases");
    let mut names: Vec<String> = fs::read_dir(&root)
        .expect("there are cases")
        .map(|entry| entry.expect("the folder can be read").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let subjects: Vec<Subject> = names.iter().map(|name| subject(&root.join(name))).collect();
    let verdicts = examine(&subjects);
    let mut wrong = Vec::new();
    let mut all = BTreeMap::new();
    for (name, verdict) in names.iter().zip(&verdicts) {
        let expected = fs::read_to_string(root.join(name).join("expected")).expect("each case has `expected`");
        let (today, listed) = (fault(&expected, verdict, &known, &said), known.cases.get(name).cloned().unwrap_or_default());
        if today != listed && !(update() && today.is_part_of(&listed)) {
            let shown = verdict.show(&today.differs);
            wrong.push(format!("{name}: {} is due; wrong is {today:?}, known is {listed:?}\n{shown}", expected.trim()));
        }
        all.insert(name.clone(), today);
    }
    let missing: Vec<&String> = known.cases.keys().filter(|name| !names.contains(name)).collect();
    assert!(missing.is_empty(), "known.yaml has cases that are not there: {missing:?}");
    if update() {
        Known::shrink(|known| {
            for (name, listed) in &mut known.cases {
                if all[name].is_part_of(listed) {
                    *listed = all[name].clone();
                }
            }
            known.cases.retain(|_, today| *today != Today::default());
        });
    }
    let right = all.values().filter(|today| **today == Today::default()).count();
    println!("{} cases, {right} of them as they should be", names.len());
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

fn subject(case: &Path) -> Subject {
    let mut all = compose::base();
    for document in documents::read(&case.join("before.yaml")) {
        replace(&mut all, document);
    }
    let requests = case.join("requests.yaml");
    let requests = if requests.exists() { documents::typed(&requests) } else { compose::requests() };
    Subject { documents: all, requests }
}

/// What is wrong, by the words of `expected`.
fn fault(expected: &str, verdict: &Verdict, known: &Known, said: &Said) -> Today {
    let mut today = Today { differs: known.beyond(verdict, said), ..Today::default() };
    let (errors, warnings) = (verdict.rendered.codes(true), verdict.rendered.codes(false));
    for word in expected.split_whitespace() {
        match word {
            "same" => today.refused = errors.clone(),
            "said" => {}
            code => {
                if !errors.iter().chain(&warnings).any(|found| found == code) {
                    today.lacks.push(code.to_owned());
                }
            }
        }
    }
    today
}
