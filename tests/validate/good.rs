//! Nothing that this project renders has an error. Each warning is in `warnings.txt`, with the
//! reason why it is right there.

use super::program::{checkout, findings};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// `kustomization-examples/**/expected/build.yaml` and the golden outputs of runs without an error.
fn rendered() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![checkout().join("kustomization-examples"), checkout().join("testdata")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with("expected/build.yaml") || path.ends_with("expected.yaml") {
                found.push(path);
            }
        }
    }
    found.retain(|path| {
        let said = fs::read_to_string(path.with_file_name("stderr.txt")).unwrap_or_default();
        let empty = fs::read_to_string(path).unwrap().contains("items: []");
        !empty && !said.lines().any(|line| line.starts_with("error "))
    });
    found.sort();
    found
}

fn warnings_file() -> PathBuf {
    checkout().join("tests/validate/warnings.txt")
}

/// The reasons by warning: `PATH CODE OBJECT | REASON`.
fn reasons() -> BTreeMap<String, String> {
    let text = fs::read_to_string(warnings_file()).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| line.split_once(" | ").map(|(warning, why)| (warning.into(), why.into())).expect("`WARNING | REASON`"))
        .collect()
}

#[test]
fn nothing_that_is_rendered_here_has_an_error_and_every_warning_has_its_reason() {
    let (mut errors, mut warnings) = (String::new(), Vec::new());
    let rendered = rendered();
    assert!(rendered.len() > 80, "only {} outputs were found", rendered.len());
    for path in rendered {
        let name = path.strip_prefix(checkout()).unwrap_or(Path::new("")).display().to_string();
        for found in findings(&fs::read_to_string(&path).unwrap()) {
            let line = format!("{name} {} {}", found.code, found.object);
            if found.severity == "error" {
                writeln!(errors, "{line}").unwrap();
            } else {
                warnings.push(line);
            }
        }
    }
    assert!(errors.is_empty(), "errors in good manifests:\n{errors}");
    let known = reasons();
    if std::env::var_os("PROXY_SERVICE_UPDATE").is_some() {
        let reason = |line: &String| known.get(line).map_or("?", String::as_str).to_string();
        let lines: String = warnings.iter().map(|line| format!("{line} | {}\n", reason(line))).collect();
        fs::write(
            warnings_file(),
            format!("# What `validate` warns of in good manifests, and why that is right there.\n{lines}"),
        )
        .unwrap();
        return;
    }
    let new: Vec<_> = warnings.iter().filter(|line| known.get(*line).is_none_or(|why| why == "?")).collect();
    let gone: Vec<_> = known.keys().filter(|line| !warnings.contains(line)).collect();
    assert!(new.is_empty() && gone.is_empty(), "without a reason in warnings.txt: {new:#?}\nnot warned of any more: {gone:#?}");
}
