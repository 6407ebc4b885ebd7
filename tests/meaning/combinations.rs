//! Each construct by itself, combinations that differed once, and many that chance makes.

use crate::compose::compose;
use crate::examine::{Field, Said, Verdict, examine};
use crate::known::{Known, unexplained};
use crate::minimise::explain;
use crate::random::Random;
use crate::tables::{Combination, Tables};
use crate::{documents, folder, judge_is_missing, setting};
use std::collections::{BTreeMap, BTreeSet};

/// How many are examined at a time.
const CHUNK: usize = 500;

/// How many combinations that differ are made small and shown, at most.
const SHOWN: usize = 60;

#[test]
fn combinations_mean_the_same_or_are_said_not_to() {
    if judge_is_missing() {
        return;
    }
    let (tables, known, said) = (Tables::read(), Known::read(), Said::read());
    let (count, seed) = (setting("PROXY_SERVICE_MEANING", 1000), setting("PROXY_SERVICE_SEED", 1));
    let mut combinations = tables.singles();
    combinations.extend(documents::typed::<Vec<Combination>>(&folder().join("found.yaml")));
    combinations
        .extend((0..count).map(|number| choose(&tables, &mut Random::new(seed.wrapping_mul(1_000_003).wrapping_add(number)))));
    let mut tally = Tally::default();
    let mut failing: Vec<(Combination, BTreeSet<Field>)> = Vec::new();
    for chunk in combinations.chunks(CHUNK) {
        let subjects: Vec<_> = chunk.iter().map(|combination| compose(&tables, combination)).collect();
        for (combination, verdict) in chunk.iter().zip(examine(&subjects)) {
            let fields = unexplained(&known.combinations, combination, known.beyond(&verdict, &said));
            tally.add(&verdict, &fields);
            if combination.len() == 1 && verdict.rendered.refused() {
                println!("{} is refused: {:?}", combination[0], verdict.rendered.codes(true));
            }
            if !fields.is_empty() {
                failing.push((combination.clone(), fields));
            }
        }
        println!("{tally}");
    }
    println!("{count} combinations of seed {seed}, and each construct by itself: {tally}");
    let failures = failing.len();
    failing.truncate(SHOWN);
    let found = explain(&tables, &known, &said, failing);
    for one in &found {
        println!("--- {} combinations differ because of:", one.count);
        println!("- of: {:?}\n  fields: {:?}", one.signature.of, one.signature.fields);
        println!("{}", one.verdict.show(&one.signature.fields));
        println!("{}", manifests(&tables, &one.signature.of));
    }
    assert_eq!(failures, 0, "combinations mean something else without a finding");
    assert!(tally.same * 4 > tally.all, "most are refused: {tally}");
}

/// About half of the tables have their say, few of them twice. A place comes only with its table.
fn choose(tables: &Tables, random: &mut Random) -> Combination {
    let mut combination = Combination::new();
    for (table, entries) in tables.iter() {
        if let Some(placed) = table.strip_suffix("_at")
            && !combination.iter().any(|name| name.starts_with(&format!("{placed}/")))
        {
            continue;
        }
        let seldom = if table.ends_with("_at") || table == "writing" { 4 } else { 2 };
        let picks = usize::from(random.once_in(seldom)) + usize::from(random.once_in(12));
        let mut picked: BTreeSet<String> = (0..picks).map(|_| format!("{table}/{}", random.of(&entries))).collect();
        if table.ends_with("_at") {
            picked = picked.into_iter().take(1).collect();
        }
        combination.extend(picked);
    }
    combination
}

/// The manifests beyond the base.
fn manifests(tables: &Tables, combination: &Combination) -> String {
    let base = crate::compose::base();
    let mut own = compose(tables, combination).documents;
    own.retain(|document| !base.contains(document));
    documents::write(&own)
}

/// How many of what.
#[derive(Default)]
struct Tally {
    all: usize,
    same: usize,
    said: usize,
    differ: usize,
    refused: BTreeMap<String, usize>,
}

impl Tally {
    fn add(&mut self, verdict: &Verdict, unknown: &BTreeSet<Field>) {
        self.all += 1;
        if verdict.rendered.refused() {
            for code in verdict.rendered.codes(true) {
                *self.refused.entry(code).or_default() += 1;
            }
        } else if !unknown.is_empty() {
            self.differ += 1;
        } else if verdict.rendered.findings.is_empty() {
            self.same += 1;
        } else {
            self.said += 1;
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Tally { all, same, said, differ, refused } = self;
        write!(f, "{all} tried, {same} same, {said} with warnings, {differ} differ, refused by {refused:?}")
    }
}
