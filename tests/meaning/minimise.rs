//! The fewest constructs that make a field differ.

use crate::compose::compose;
use crate::examine::{Field, Said, Verdict, examine};
use crate::known::{Known, Signature};
use crate::tables::{Combination, Tables};
use std::collections::BTreeSet;

/// A signature, with the verdict that shows it.
pub struct Found {
    pub signature: Signature,
    pub verdict: Verdict,
    /// How many combinations it explains.
    pub count: usize,
}

/// Explains what differs in combinations by as few constructs as possible.
pub fn explain(tables: &Tables, known: &Known, said: &Said, mut failing: Vec<(Combination, BTreeSet<Field>)>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    // Small ones first: they explain the others.
    failing.sort_by_key(|(combination, _)| combination.len());
    for (combination, mut fields) in failing {
        for one in &mut found {
            if is_part(&one.signature.of, &combination) && fields.iter().any(|field| one.signature.fields.contains(field)) {
                fields.retain(|field| !one.signature.fields.contains(field));
                one.count += 1;
            }
        }
        while let Some(field) = fields.pop_first() {
            let (of, verdict) = least(tables, said, combination.clone(), &field);
            let differing = known.beyond(&verdict, said);
            fields.retain(|field| !differing.contains(field));
            found.push(Found { signature: Signature { of, fields: differing }, verdict, count: 1 });
        }
    }
    found
}

/// Whether all of the constructs are among the others; `table/*` is any of its entries.
pub fn is_part(part: &Combination, whole: &Combination) -> bool {
    part.iter().all(|name| match name.strip_suffix('*') {
        Some(table) => whole.iter().any(|other| other.starts_with(table)),
        None => whole.contains(name),
    })
}

/// Drops one construct after the other, as long as the field differs.
fn least(tables: &Tables, said: &Said, mut combination: Combination, field: &Field) -> (Combination, Verdict) {
    let mut verdict = examine(&[compose(tables, &combination)]).remove(0);
    loop {
        let mut candidates: Vec<Combination> = Vec::new();
        for at in 0..combination.len() {
            let mut fewer = combination.clone();
            fewer.remove(at);
            candidates.push(fewer);
        }
        let subjects: Vec<_> = candidates.iter().map(|candidate| compose(tables, candidate)).collect();
        let verdicts = examine(&subjects);
        match verdicts.into_iter().zip(candidates).find(|(verdict, _)| verdict.silent(said).contains(field)) {
            Some((fewer_verdict, fewer)) => (verdict, combination) = (fewer_verdict, fewer),
            None => return (combination, verdict),
        }
    }
}
