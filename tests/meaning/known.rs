//! What is not as it should be yet, `known.yaml`.

use crate::compose::compose;
use crate::examine::{Field, Said, Verdict, examine};
use crate::minimise::is_part;
use crate::tables::{Combination, Tables};
use crate::{documents, folder, judge_is_missing};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Mutex;

/// The list.
#[derive(Debug, PartialEq, Deserialize, Serialize)]
pub struct Known {
    /// Fields that differ behind any proxies.
    pub always: BTreeSet<Field>,
    /// Cases by their names.
    pub cases: BTreeMap<String, Today>,
    /// Combinations of which none of the constructs can be left out. Each explains what those before
    /// it do not.
    pub combinations: Vec<Signature>,
}

/// What is wrong with a case.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Today {
    /// Errors where the meaning could be kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
    /// Codes that are due.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<String>,
    /// What differs without a finding.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub differs: BTreeSet<Field>,
}

/// Fields that differ without a finding wherever all of these constructs are. One of them may be
/// `table/*`: with some entry of the table each of the fields differs.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct Signature {
    pub of: Combination,
    pub fields: BTreeSet<Field>,
}

impl Today {
    /// Whether nothing is wrong that the other does not have.
    pub fn is_part_of(&self, other: &Today) -> bool {
        let codes = |part: &[String], whole: &[String]| part.iter().all(|code| whole.contains(code));
        codes(&self.refused, &other.refused) && codes(&self.lacks, &other.lacks) && self.differs.is_subset(&other.differs)
    }
}

impl Known {
    pub fn read() -> Known {
        documents::typed(&folder().join("known.yaml"))
    }

    /// What differs without a finding, beyond what differs always.
    pub fn beyond(&self, verdict: &Verdict, said: &Said) -> BTreeSet<Field> {
        verdict.silent(said).difference(&self.always).cloned().collect()
    }

    /// Takes away from the file what is right by now. Tests run side by side.
    pub fn shrink(change: impl FnOnce(&mut Known)) {
        static WRITING: Mutex<()> = Mutex::new(());
        let _writing = WRITING.lock().expect("no test panics while it writes");
        let mut known = Known::read();
        change(&mut known);
        let path = folder().join("known.yaml");
        let text = fs::read_to_string(&path).expect("it was read");
        let comment: String = text.lines().take_while(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        fs::write(&path, comment + &serde_yaml::to_string(&known).expect("values can be written"))
            .expect("known.yaml can be written");
    }
}

/// What is left of the fields that differ where the signatures have explained what they can.
pub fn unexplained(signatures: &[Signature], combination: &Combination, mut fields: BTreeSet<Field>) -> BTreeSet<Field> {
    for signature in signatures.iter().filter(|signature| is_part(&signature.of, combination)) {
        fields.retain(|field| !signature.fields.contains(field));
    }
    fields
}

/// Whether the file is to be shrunk.
pub fn update() -> bool {
    std::env::var_os("PROXY_SERVICE_UPDATE").is_some()
}

#[test]
fn what_is_known_to_differ_still_differs() {
    if judge_is_missing() {
        return;
    }
    let (known, said, tables) = (Known::read(), Said::read(), Tables::read());
    let meant: Vec<Vec<Combination>> = known.combinations.iter().map(|signature| tables.meant(&signature.of)).collect();
    let subjects = std::iter::once(&Vec::new())
        .chain(meant.iter().flatten())
        .map(|combination| compose(&tables, combination))
        .collect::<Vec<_>>();
    let mut verdicts = examine(&subjects).into_iter();
    let mut wrong = Vec::new();
    let plain = verdicts.next().expect("a verdict for each");
    let always = plain.silent(&said);
    if always != known.always && !(update() && always.is_subset(&known.always)) {
        wrong.push(format!("always differs {always:?}, known is {:?}\n{}", known.always, plain.show(&always)));
    }
    let mut today: Vec<BTreeSet<Field>> = Vec::new();
    for (number, (signature, meant)) in known.combinations.iter().zip(&meant).enumerate() {
        let mut fields = BTreeSet::new();
        for (combination, verdict) in meant.iter().zip(verdicts.by_ref()) {
            let mut own = verdict.silent(&said);
            own.retain(|field| !always.contains(field));
            fields.extend(unexplained(&known.combinations[..number], combination, own));
        }
        if fields != signature.fields && !(update() && fields.is_subset(&signature.fields)) {
            wrong.push(format!("{:?} differs in {fields:?}, known is {:?}", signature.of, signature.fields));
        }
        today.push(fields);
    }
    if update() {
        Known::shrink(|known| {
            known.always.retain(|field| always.contains(field));
            for (signature, fields) in known.combinations.iter_mut().zip(&today) {
                signature.fields.retain(|field| fields.contains(field));
            }
            known.combinations.retain(|signature| !signature.fields.is_empty());
        });
    }
    assert!(
        wrong.is_empty(),
        "known.yaml is not what is (PROXY_SERVICE_UPDATE=1 takes away what is right by now):\n{}",
        wrong.join("\n")
    );
}
