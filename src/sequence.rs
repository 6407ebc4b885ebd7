//! Which items of two lists, or lines of two texts, are the same.

use similar::DiffOp;
use similar::algorithms::{Capture, Compact, Replace, myers};
use std::collections::HashMap;
use std::hash::Hash;

/// Work beyond which not all pairs of items are looked at: the search for the longest common subsequence
/// grows with their number. It is a number and no time: the result is the same on every machine.
const MOST_PAIRS: usize = 250_000;

/// What the two have in common, as operations: the longest common subsequence; of long ones that which goes
/// through the items that are there once before and once after (Bram Cohen's patience diff).
pub fn align<T: Hash + Eq>(before: &[T], after: &[T]) -> Vec<DiffOp> {
    let mut numbers: HashMap<&T, usize> = HashMap::new();
    let mut number = |item| {
        let next = numbers.len();
        *numbers.entry(item).or_insert(next)
    };
    let before: Vec<usize> = before.iter().map(&mut number).collect();
    let after: Vec<usize> = after.iter().map(&mut number).collect();
    let head = before.iter().zip(&after).take_while(|(one, other)| one == other).count();
    let (old, new) = (&before[head..], &after[head..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);
    if old.len().saturating_mul(new.len()) <= MOST_PAIRS {
        return in_common(&before, &after);
    }
    let ends = |count: usize, old: usize, new: usize| (0..count).map(move |at| (old + at, new + at));
    let inside = common(old, new, numbers.len()).into_iter().map(|(old, new)| (head + old, head + new));
    let pairs = ends(head, 0, 0).chain(inside).chain(ends(tail, before.len() - tail, after.len() - tail));
    operations(pairs, before.len(), after.len())
}

/// The longest common subsequence. It is `similar::capture_diff_slices` with `Algorithm::Myers`, which brings
/// every other algorithm into the program too.
fn in_common(before: &[usize], after: &[usize]) -> Vec<DiffOp> {
    let mut found = Compact::new(Replace::new(Capture::new()), before, after);
    let Ok(()) = myers::diff(&mut found, before, 0..before.len(), after, 0..after.len());
    found.into_inner().into_inner().into_ops()
}

/// The positions of items in common, in their order on both sides. Items are below `distinct`.
fn common(old: &[usize], new: &[usize], distinct: usize) -> Vec<(usize, usize)> {
    let counted = |items: &[usize]| {
        let mut counts = vec![0_usize; distinct];
        items.iter().for_each(|item| counts[*item] += 1);
        counts
    };
    let (in_old, in_new) = (counted(old), counted(new));
    // What one side alone has is in no common subsequence.
    let shared =
        |items: &[usize], others: &[usize]| -> Vec<usize> { (0..items.len()).filter(|at| others[items[*at]] > 0).collect() };
    let (old_at, new_at) = (shared(old, &in_new), shared(new, &in_old));
    let mut place = vec![0; distinct];
    new_at.iter().enumerate().for_each(|(at, position)| place[new[*position]] = at);
    let single = |item: usize| in_old[item] == 1 && in_new[item] == 1;
    let anchors: Vec<(usize, usize)> =
        (0..old_at.len()).filter(|at| single(old[old_at[*at]])).map(|at| (at, place[old[old_at[at]]])).collect();
    let mut pairs = Vec::new();
    let (mut from_old, mut from_new) = (0, 0);
    for (to_old, to_new) in rising(&anchors).into_iter().chain([(old_at.len(), new_at.len())]) {
        let (one, other) = (&old_at[from_old..to_old], &new_at[from_new..to_new]);
        pairs.extend(between(one, other, old, new));
        if to_old < old_at.len() {
            pairs.push((old_at[to_old], new_at[to_new]));
        }
        (from_old, from_new) = (to_old + 1, to_new + 1);
    }
    pairs
}

/// The same between two anchors, where there are not too many.
fn between(old_at: &[usize], new_at: &[usize], old: &[usize], new: &[usize]) -> Vec<(usize, usize)> {
    if old_at.is_empty() || new_at.is_empty() || old_at.len().saturating_mul(new_at.len()) > MOST_PAIRS {
        return Vec::new();
    }
    let items = |positions: &[usize], all: &[usize]| positions.iter().map(|at| all[*at]).collect::<Vec<_>>();
    let found = in_common(&items(old_at, old), &items(new_at, new));
    let equal = found.into_iter().filter_map(|operation| match operation {
        DiffOp::Equal { old_index, new_index, len } => Some((0..len).map(move |at| (old_index + at, new_index + at))),
        _ => None,
    });
    equal.flatten().map(|(one, other)| (old_at[one], new_at[other])).collect()
}

/// The longest part of pairs, which rise by their first numbers, that rises by their second ones too.
fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The pair with which a rising part of each length ends at the least, and the pair before each.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, (_, second)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *second);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut longest: Vec<_> = std::iter::successors(ends.last().copied(), |at| before[*at]).map(|at| pairs[at]).collect();
    longest.reverse();
    longest
}

/// Pairs of equal items as operations, and what is between them.
fn operations(pairs: impl Iterator<Item = (usize, usize)>, old_end: usize, new_end: usize) -> Vec<DiffOp> {
    let mut operations = Vec::new();
    let (mut old_index, mut new_index) = (0, 0);
    for (old, new) in pairs.chain([(old_end, new_end)]) {
        let (old_len, new_len) = (old - old_index, new - new_index);
        match (old_len, new_len) {
            (0, 0) => {}
            (_, 0) => operations.push(DiffOp::Delete { old_index, old_len, new_index }),
            (0, _) => operations.push(DiffOp::Insert { old_index, new_index, new_len }),
            _ => operations.push(DiffOp::Replace { old_index, old_len, new_index, new_len }),
        }
        if old < old_end {
            match operations.last_mut() {
                Some(DiffOp::Equal { len, .. }) => *len += 1,
                _ => operations.push(DiffOp::Equal { old_index: old, new_index: new, len: 1 }),
            }
        }
        (old_index, new_index) = (old + 1, new + 1);
    }
    operations
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The items of both sides that the operations say are equal, after a check that they cover all.
    fn equal(before: &[usize], after: &[usize]) -> usize {
        let (mut old, mut new, mut equal) = (0, 0, 0);
        for operation in align(before, after) {
            assert_eq!((operation.old_range().start, operation.new_range().start), (old, new), "{operation:?}");
            (old, new) = (operation.old_range().end, operation.new_range().end);
            if let DiffOp::Equal { .. } = operation {
                assert_eq!(before[operation.old_range()], after[operation.new_range()]);
                equal += operation.old_range().len();
            }
        }
        assert_eq!((old, new), (before.len(), after.len()));
        equal
    }

    #[test]
    fn long_lists_keep_what_they_have_in_common() {
        let all: Vec<usize> = (0..20_000).collect();
        let without_some: Vec<usize> = all.iter().copied().filter(|item| item % 7 != 3).collect();
        assert_eq!(equal(&all, &without_some), without_some.len());
        assert_eq!(equal(&without_some, &all), without_some.len());
        // One is new for each that goes.
        let changed: Vec<usize> = all.iter().map(|item| if item % 5 == 0 { item + 100_000 } else { *item }).collect();
        assert_eq!(equal(&all, &changed), 16_000);
        let moved: Vec<usize> = all[5_000..].iter().chain(&all[..5_000]).copied().collect();
        assert_eq!(equal(&all, &moved), 15_000);
        // Nearly each is there often: what is there once leads.
        let repeated =
            |from: usize| (0..20_000).map(|at| if at % 100 == 0 { at } else { (at + from) % 10 + 100_000 }).collect::<Vec<_>>();
        assert_eq!(equal(&repeated(0), &repeated(0)), 20_000);
        assert!(equal(&repeated(0), &repeated(3)) > 15_000);
    }

    #[test]
    fn what_has_nothing_in_common_or_only_another_order_is_told_soon() {
        let all: Vec<usize> = (0..100_000).collect();
        let others: Vec<usize> = (100_000..200_000).collect();
        assert_eq!(equal(&all, &others), 0);
        let turned: Vec<usize> = all.iter().rev().copied().collect();
        assert_eq!(equal(&all, &turned), 1);
        assert_eq!(equal(&vec![1; 100_000], &vec![1; 50_000]), 50_000);
        let (ones, twos): (Vec<usize>, Vec<usize>) =
            ((0..100_000).map(|at| at % 2).collect(), (0..90_001).map(|at| (at + 1) % 2).collect());
        equal(&ones, &twos);
    }

    #[test]
    fn common_items_rise_on_both_sides() {
        // Numbers of a linear congruential generator.
        let mut state = 1_usize;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..200 {
            let distinct = 2 + next(40);
            let before: Vec<usize> = (0..next(60)).map(|_| next(distinct)).collect();
            let after: Vec<usize> = (0..next(60)).map(|_| next(distinct)).collect();
            let pairs = common(&before, &after, distinct);
            assert!(pairs.iter().all(|(old, new)| before[*old] == after[*new]));
            assert!(pairs.is_sorted_by(|one, other| one.0 < other.0 && one.1 < other.1), "{pairs:?}");
            let found = operations(pairs.iter().copied(), before.len(), after.len());
            let equal: usize = found.iter().filter(|op| matches!(op, DiffOp::Equal { .. })).map(|op| op.old_range().len()).sum();
            assert_eq!(equal, pairs.len());
        }
    }
}
