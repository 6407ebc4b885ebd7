//! Every folder of `tests/diff/cases/` is a case: what the program says in each format of its
//! `before.yaml` and `after.yaml`. `PROXY_SERVICE_UPDATE=1` writes it anew.

use crate::program::{checkout, diff, expect, stderr, stdout, updating};
use proxy_service::diff::json::schema;
use std::fs;
use std::path::PathBuf;

pub fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<_> =
        fs::read_dir(checkout().join("tests/diff/cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

#[test]
fn every_case_is_as_expected_in_every_format() {
    let schema = jsonschema::validator_for(&schema()).unwrap();
    for case in cases() {
        let same = case.ends_with("nothing-but-order");
        for (format, file) in [("text", "expected.txt"), ("markdown", "expected.md"), ("json", "expected.json")] {
            let run = || diff().current_dir(&case).args(["before.yaml", "after.yaml", "--format", format]).output().unwrap();
            let output = run();
            assert_eq!(output.status.code(), Some(i32::from(!same)), "{}: {}", case.display(), stderr(&output));
            assert_eq!(stderr(&output), "", "{}", case.display());
            assert_eq!(output, run(), "two runs differ");
            let text = stdout(&output);
            expect(&case.join(file), &text);
            if format == "json" {
                let json = serde_json::from_str(&text).unwrap();
                schema.validate(&json).unwrap_or_else(|error| panic!("{}: {error}", case.display()));
            }
        }
    }
}

#[test]
fn the_schema_is_that_of_the_types() {
    let file = checkout().join("functions/schema/diff.schema.json");
    let text = format!("{:#}\n", schema());
    if updating() {
        fs::write(&file, &text).unwrap();
    }
    assert!(fs::read_to_string(file).unwrap_or_default() == text, "functions/schema/diff.schema.json is not that of the types");
}

#[test]
fn no_value_of_a_secret_is_in_any_output() {
    let case = checkout().join("tests/diff/cases/secrets");
    let sources: String = ["before.yaml", "after.yaml"].map(|file| fs::read_to_string(case.join(file)).unwrap()).concat();
    let encoded = sources.split(|c: char| !c.is_ascii_alphanumeric() && c != '=').filter(|word| word.starts_with("VE9QU0V"));
    let secrets: Vec<&str> = encoded.chain(["TOPSECRET"]).collect();
    assert!(secrets.len() > 3);
    for [before, after] in
        [["before.yaml", "after.yaml"], ["after.yaml", "before.yaml"], ["before.yaml", "/dev/null"], ["/dev/null", "after.yaml"]]
    {
        for format in ["text", "markdown", "json"] {
            let output = diff().current_dir(&case).args([before, after, "--format", format]).output().unwrap();
            assert_eq!(output.status.code(), Some(1));
            let said = stdout(&output) + &stderr(&output);
            assert!(said.contains("hidden"), "{said}");
            for secret in &secrets {
                assert!(!said.contains(secret), "{secret} is in {said}");
            }
        }
    }
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let case = checkout().join("tests/diff/cases/switched-on");
    let run = |arguments: &[&str]| {
        stdout(&diff().current_dir(&case).args(["before.yaml", "after.yaml"]).args(arguments).output().unwrap())
    };
    let (plain, colored) = (run(&[]), run(&["--color", "always"]));
    assert!(!plain.contains('\u{1b}') && colored.contains("\u{1b}[32m"), "{colored}");
    assert_eq!(run(&["--color", "never"]), plain);
    for format in ["markdown", "json"] {
        assert!(!run(&["--color", "always", "--format", format]).contains('\u{1b}'));
    }
}
