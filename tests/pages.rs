//! Pages for contributors name files and tests that are there.

use std::fs;
use std::path::Path;

const PAGES: [&str; 2] = ["CONTRIBUTING.md", "docs/architecture.md"];

/// Folders with which a path from the root begins.
const ROOTS: [&str; 9] =
    ["src/", "tests/", "docs/", "functions/", "testdata/", "kustomization-examples/", "release/", "fuzz/", "bench/"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What stands between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The paths in a piece of code, without those that stand for many.
fn paths(code: &str) -> impl Iterator<Item = &str> {
    let words = code.split([' ', '\n']).map(|word| word.trim_end_matches(['.', ',', ':']));
    words.filter(|word| ROOTS.iter().any(|root| word.starts_with(root)) && !word.contains(['<', '…', '*']))
}

#[test]
fn every_path_that_a_page_names_is_there() {
    let mut named = 0;
    for page in PAGES {
        let text = fs::read_to_string(root().join(page)).unwrap();
        for path in quoted(&text).flat_map(paths) {
            assert!(root().join(path).exists(), "{page} names {path}, which is not there");
            named += 1;
        }
    }
    assert!(named > 80, "only {named} paths were found");
}

#[test]
fn every_test_that_a_page_names_is_there() {
    let mut named = 0;
    for page in PAGES {
        let text = fs::read_to_string(root().join(page)).unwrap();
        for name in text.split("--test ").skip(1).filter_map(|rest| rest.split([' ', '`', '\n', ';', ')']).next()) {
            let known = root().join(format!("tests/{name}.rs")).exists() || root().join(format!("tests/{name}/main.rs")).exists();
            assert!(known, "{page} names the test {name}, which is not there");
            named += 1;
        }
    }
    assert!(named > 8, "only {named} tests were found");
}
