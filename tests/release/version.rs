//! One version: that of Cargo.toml, and `release/version.sh` sets it wherever it stands.

use super::checkout;
use super::command::{PATIENCE, PROGRAM, run as command};
use super::report::Report;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const IMAGE: &str = "ghcr.io/proxy-service/proxy-service:";

/// What holds the version, besides the image's tag wherever it is named.
const PLACES: [(&str, &str); 5] = [
    ("Cargo.toml", "\nversion = \"{}\"\n"),
    ("Cargo.toml", "proxy-service-lib = { path = \"src\", version = \"{}\" }"),
    ("src/Cargo.toml", "proxy-service-krm = { path = \"krm\", version = \"{}\" }"),
    ("Dockerfile", "\nARG VERSION={}\n"),
    ("functions/helm/plugin.yaml", "\nversion: {}\n"),
];

pub fn run(report: &mut Report) {
    let version = env!("CARGO_PKG_VERSION");
    report.check("the version is the same everywhere", agree(checkout(), version));
    report.check("the program tells its version", told(version));
    let changed = copy().and_then(|folder| set(folder.path(), "7.8.9-rc.1").and_then(|()| agree(folder.path(), "7.8.9-rc.1")));
    report.check("release/version.sh sets it everywhere", changed);
    for wrong in ["v1.0.0", "1.0", "1.0.0 ", "latest", ""] {
        let untouched = copy().and_then(|folder| match set(folder.path(), wrong) {
            Ok(()) => Err("it was taken".into()),
            Err(_) => agree(folder.path(), version),
        });
        report.check(&format!("release/version.sh refuses \"{wrong}\""), untouched);
    }
}

fn told(version: &str) -> Result<(), String> {
    let said = command(Command::new(PROGRAM).arg("--version"), None, PATIENCE)?.succeeded()?;
    if said == format!("proxy-service {version}\n") { Ok(()) } else { Err(said) }
}

fn agree(root: &Path, version: &str) -> Result<(), String> {
    let mut wrong = Vec::new();
    for (place, line) in PLACES {
        let text = fs::read_to_string(root.join(place)).map_err(|error| format!("{place}: {error}"))?;
        if !text.contains(&line.replace("{}", version)) {
            wrong.push(place.to_string());
        }
    }
    // Cargo says whether its lock file fits.
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root).args(["metadata", "--locked", "--offline", "--format-version=1"]);
    command(&mut cargo, None, PATIENCE)?.succeeded().map_err(|why| format!("Cargo.lock: {why}"))?;
    let named = images(root);
    if named.len() < 2 {
        return Err(format!("only {named:?} name the image"));
    }
    wrong.extend(named.into_iter().filter(|(_, tag)| tag != version).map(|(file, tag)| format!("{file}: {IMAGE}{tag}")));
    if wrong.is_empty() { Ok(()) } else { Err(format!("not {version}: {}", wrong.join(", "))) }
}

/// Every image of ours that a user reads about or loads: the file and the tag.
fn images(root: &Path) -> Vec<(String, String)> {
    let mut open: Vec<PathBuf> = ["README.md", "docs", "functions", "kustomization-examples"].map(|name| root.join(name)).into();
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()));
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        for after in text.split(IMAGE).skip(1) {
            let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).unwrap_or(after.len());
            // A full stop ends a sentence.
            let tag = after[..end].trim_end_matches('.');
            if tag.starts_with(|c: char| c.is_ascii_digit()) {
                found.push((path.strip_prefix(root).unwrap_or(&path).display().to_string(), tag.to_string()));
            }
        }
    }
    found.sort();
    found
}

/// The files that the script changes, and those that Cargo wants to see.
fn copy() -> Result<tempfile::TempDir, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut copy = Command::new("bash");
    copy.current_dir(checkout()).args([
        "-ec",
        "cp -R Cargo.toml Cargo.lock Dockerfile README.md docs functions kustomization-examples release src tests fuzz \"$1\"",
        "copy",
    ]);
    command(copy.arg(folder.path()), None, PATIENCE)?.succeeded()?;
    Ok(folder)
}

fn set(root: &Path, version: &str) -> Result<(), String> {
    command(Command::new(root.join("release/version.sh")).arg(version), None, PATIENCE)?.succeeded().map(drop)
}
