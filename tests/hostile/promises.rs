//! The page of promises (docs/security.md): each has a number, words and tests that exist.

use std::path::Path;

const PAGE: &str = include_str!("../../docs/security.md");

/// The rows of the table of promises: number, promise, tests.
fn rows() -> Vec<(usize, &'static str, Vec<&'static str>)> {
    let table = PAGE.split("\n## Promises\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let cells = rows.map(|row| row.split(" | ").collect::<Vec<_>>());
    let numbered = cells.filter_map(|cells| Some((cells[0].parse().ok()?, cells[1], cells[2])));
    numbered.map(|(number, promise, tests)| (number, promise, tests.split('`').skip(1).step_by(2).collect())).collect()
}

#[test]
fn every_promise_names_tests_that_exist() {
    let rows = rows();
    assert!(rows.len() >= 18, "{} promises", rows.len());
    for (number, promise, tests) in &rows {
        assert!(!tests.is_empty(), "{number} {promise}: nothing tries it");
        for test in tests {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(test);
            assert!(file.is_file(), "{number} {promise}: there is no {test}");
        }
    }
}

#[test]
fn every_promise_has_its_words() {
    let numbers: Vec<usize> = rows().iter().map(|(number, ..)| *number).collect();
    assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>());
    let explained: Vec<usize> =
        PAGE.lines().filter_map(|line| line.strip_prefix("### ")?.split_once(". ")?.0.parse().ok()).collect();
    assert_eq!(explained, numbers, "a paragraph for each promise, in their order");
}

#[test]
fn github_finds_the_page() {
    let pointer = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/SECURITY.md");
    let text = std::fs::read_to_string(pointer).unwrap();
    assert!(text.contains("](../docs/security.md)"), "{text}");
}
