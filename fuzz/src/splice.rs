//! Mutations that know documents and lines: without them nearly every change of a byte makes YAML
//! that no parser takes.

use crate::BETWEEN;
use libfuzzer_sys::fuzzer_mutate;

/// xorshift64: the same seed gives the same mutation.
struct Random(u64);

impl Random {
    fn new(seed: u32) -> Self {
        Random(0x2545_f491_4f6c_dd1d ^ (u64::from(seed) << 17 | 1))
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).expect("below a usize")
    }
}

/// The documents of a text, each with the marker line before it.
fn documents(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut offset) = (0, 0);
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if offset > start && (bare == "---" || bare == BETWEEN) {
            parts.push(&text[start..offset]);
            start = offset;
        }
        offset += line.len();
    }
    parts.push(&text[start..]);
    parts
}

/// Documents of one input, with some of another between them.
#[must_use]
pub fn crossover(one: &[u8], other: &[u8], out: &mut [u8], seed: u32) -> usize {
    let mut random = Random::new(seed);
    let (one, other) = (String::from_utf8_lossy(one), String::from_utf8_lossy(other));
    let (mut parts, others) = (documents(&one), documents(&other));
    for _ in 0..=random.below(3) {
        let (at, taken) = (random.below(parts.len() + 1), others[random.below(others.len())]);
        match random.below(2) {
            0 if at < parts.len() => parts[at] = taken,
            _ => parts.insert(at, taken),
        }
    }
    write(&joined(&parts), out)
}

/// Takes, doubles, moves or mixes whole lines or documents; every second time what libFuzzer does.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = Random::new(seed);
    let Some(text) = std::str::from_utf8(&data[..size]).ok().filter(|text| !text.is_empty() && random.below(2) == 0) else {
        return fuzzer_mutate(data, size, max_size);
    };
    let by_lines = random.below(3) > 0;
    let mut parts: Vec<&str> = if by_lines { text.split_inclusive('\n').collect() } else { documents(text) };
    let (from, to) = (random.below(parts.len()), random.below(parts.len()));
    let mixed;
    match random.below(5) {
        0 => drop(parts.remove(from)),
        1 => parts.insert(to, parts[from]),
        2 => parts.swap(from, to),
        3 => {
            let part = parts.remove(from);
            parts.insert(to.min(parts.len()), part);
        }
        // A value under another key, with the indentation of that key.
        _ => {
            let (key, value) = (parts[to].split_once(": "), parts[from].split_once(": "));
            mixed = key.zip(value).map_or_else(String::new, |((key, _), (_, value))| format!("{key}: {value}"));
            if !mixed.is_empty() {
                parts[to] = &mixed;
            }
        }
    }
    let text = joined(&parts);
    write(&text, &mut data[..max_size])
}

fn joined(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        let starts = part.starts_with("---") || part.starts_with(BETWEEN);
        if starts && !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(part);
    }
    text
}

/// As much of the text as there is room for.
fn write(text: &str, out: &mut [u8]) -> usize {
    let size = text.floor_char_boundary(out.len());
    out[..size].copy_from_slice(&text.as_bytes()[..size]);
    size
}

/// Gives the target both, and makes a run with a seed repeatable: maps with random keys would count
/// other steps in each run, and libFuzzer would keep other inputs. std and the crates below ask the C
/// library for randomness, which is this function where the program has it.
#[macro_export]
macro_rules! splicing {
    () => {
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::splice::mutate(data, size, max_size, seed)
        });
        libfuzzer_sys::fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
            $crate::splice::crossover(one, other, out, seed)
        });

        #[unsafe(no_mangle)]
        extern "C" fn getrandom(buffer: *mut u8, length: usize, _: u32) -> isize {
            // SAFETY: getrandom(2): the caller owns `length` bytes from `buffer` on.
            unsafe { buffer.write_bytes(7, length) };
            length.try_into().expect("a length")
        }
    };
}
