//! Which known name was probably meant.

use crate::sequence::align;
use similar::DiffOp;

/// The candidates most like `word`, at most `count`, the best first: those whose characters in common, in
/// their order, are at least the share `least` of all characters (Python's `difflib.get_close_matches`).
#[must_use]
pub fn closest<'a>(word: &str, candidates: &[&'a str], count: usize, least: f32) -> Vec<&'a str> {
    let word: Vec<char> = word.chars().collect();
    let likeness = |candidate: &&'a str| {
        let candidate_characters: Vec<char> = candidate.chars().collect();
        let all = word.len() + candidate_characters.len();
        let common: usize = align(&word, &candidate_characters).iter().map(equal).sum();
        let share = if all == 0 { 1.0 } else { 2.0 * common as f32 / all as f32 };
        (share >= least).then_some((share, *candidate))
    };
    let mut found: Vec<(f32, &str)> = candidates.iter().filter_map(likeness).collect();
    found.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    found.into_iter().take(count).map(|(_, candidate)| candidate).collect()
}

fn equal(operation: &DiffOp) -> usize {
    match operation {
        DiffOp::Equal { len, .. } => *len,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_comes_first_and_strangers_do_not_come() {
        let known = ["labels", "annotations", "label", "cart"];
        assert_eq!(closest("lables", &known, 3, 0.6), ["labels", "label"]);
        assert_eq!(closest("lables", &known, 1, 0.6), ["labels"]);
        assert!(closest("zzz", &known, 3, 0.6).is_empty());
    }
}
