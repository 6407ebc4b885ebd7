//! What one document, or many, may cost: time below n^1.3, memory in proportion to the input.
//!
//! `tests/growth.sh` measures it, construct by construct and command by command. What stands here is what
//! comes of inputs that were too much once: what is cut, what is counted and what is refused.

mod faults;
mod names;
mod refusals;
mod streams;

/// So many lines; in them `{i}` is the number of the line.
pub fn lines(count: usize, line: &str) -> String {
    (0..count).map(|number| line.replace("{i}", &number.to_string()) + "\n").collect()
}
