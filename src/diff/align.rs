//! Which items of two lists, or lines of two texts, are the same.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::HashMap;
use std::hash::Hash;

/// Work beyond which the middle of two long lists is taken for changed as a whole. It is a number
/// and no time: the result is the same on every machine.
const MOST_PAIRS: usize = 16_000_000;

/// The longest common subsequence as operations.
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
    let (old_len, new_len) = (old.len() - tail, new.len() - tail);
    if old_len.saturating_mul(new_len) <= MOST_PAIRS {
        return capture_diff_slices(Algorithm::Myers, &before, &after);
    }
    let equal = |old_index, new_index, len| DiffOp::Equal { old_index, new_index, len };
    let mut operations = vec![
        equal(0, 0, head),
        DiffOp::Replace { old_index: head, old_len, new_index: head, new_len },
        equal(before.len() - tail, after.len() - tail, tail),
    ];
    operations.retain(|operation| !matches!(operation, DiffOp::Equal { len: 0, .. }));
    operations
}
