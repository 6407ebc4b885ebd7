//! The bill of materials: valid, and with every crate that the binary is made of.

use super::archives::name;
use super::command::{PATIENCE, Tools, run as command};
use super::report::Report;
use jsonschema::{Retrieve, Uri};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// CycloneDX's schemas, which refer to each other by name.
struct Schemas(PathBuf);

impl Retrieve for Schemas {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Json, Box<dyn Error + Send + Sync>> {
        let file = uri.as_str().rsplit('/').next().unwrap_or_default();
        Ok(serde_json::from_str(&fs::read_to_string(self.0.join(file))?)?)
    }
}

pub fn run(tools: &Tools, dist: &Path, report: &mut Report) {
    for (platform, target) in [("linux-amd64", "x86_64-unknown-linux-musl"), ("linux-arm64", "aarch64-unknown-linux-musl")] {
        let bill = read(&dist.join(format!("{}.cdx.json", name(platform))));
        let checked = bill.clone().and_then(|bill| valid(tools, &bill));
        report.check(&format!("{platform}: the bill of materials is valid CycloneDX 1.5"), checked);
        let checked = bill.clone().and_then(|bill| complete(&bill, target));
        report.check(&format!("{platform}: the bill names every crate that cargo links"), checked);
        let licensed = bill.and_then(|bill| licensed(dist, platform, &bill));
        report.check(&format!("{platform}: THIRD-PARTY-LICENSES.txt names crates of the bill, with their texts"), licensed);
    }
}

fn read(file: &Path) -> Result<Json, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

fn valid(tools: &Tools, bill: &Json) -> Result<(), String> {
    let schemas = tools.home.join("cyclonedx-schema");
    let schema = read(&schemas.join("bom-1.5.SNAPSHOT.schema.json"))?;
    let validator = jsonschema::options().with_retriever(Schemas(schemas)).should_validate_formats(true).build(&schema);
    let validator = validator.map_err(|error| error.to_string())?;
    let mut broken = bill.clone();
    broken["components"][0]["type"] = "something".into();
    if validator.is_valid(&broken) {
        return Err("the schema takes anything".into());
    }
    let errors: Vec<_> = validator.iter_errors(bill).take(5).map(|error| format!("{}: {error}", error.instance_path())).collect();
    let root = bill["metadata"]["component"]["purl"] == format!("pkg:cargo/proxy-service@{}", env!("CARGO_PKG_VERSION"));
    match (errors.is_empty(), root) {
        (true, true) => Ok(()),
        (true, false) => Err(format!("it is about {}", bill["metadata"]["component"])),
        _ => Err(errors.join("\n")),
    }
}

/// `name version` of every component.
fn named(bill: &Json) -> BTreeSet<String> {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_string();
    let components = bill["components"].as_array().into_iter().flatten();
    components.map(|component| format!("{} {}", text(&component["name"]), text(&component["version"]))).collect()
}

/// `cargo tree` knows what is linked; it also lists the macros, which are marked.
fn complete(bill: &Json, target: &str) -> Result<(), String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.current_dir(super::checkout());
    tree.args([
        "tree",
        "--offline",
        "--locked",
        "--edges=normal,no-proc-macro",
        "--prefix=none",
        "--format={p}",
        "--target",
        target,
    ]);
    let lines = command(&mut tree, None, PATIENCE)?.succeeded()?;
    let linked: BTreeSet<String> = lines
        .lines()
        .filter_map(|line| line.split_once(" v"))
        .map(|(name, rest)| format!("{name} {}", rest.split(' ').next().unwrap_or_default()))
        .filter(|name| !name.starts_with("proxy-service "))
        .collect();
    let missing: Vec<_> = linked.difference(&named(bill)).cloned().collect();
    if linked.len() > 20 && missing.is_empty() { Ok(()) } else { Err(format!("of {} missing: {missing:?}", linked.len())) }
}

fn licensed(dist: &Path, platform: &str, bill: &Json) -> Result<(), String> {
    let mut tar = Command::new("tar");
    tar.arg("-xzOf")
        .arg(dist.join(format!("{}.tar.gz", name(platform))))
        .arg(format!("{}/THIRD-PARTY-LICENSES.txt", name(platform)));
    let text = command(&mut tar, None, PATIENCE)?.succeeded()?;
    let listed: BTreeSet<String> = text
        .lines()
        .take_while(|line| !line.starts_with("==="))
        .filter_map(|line| Some(line.split_once(": ")?.0.to_string()))
        .collect();
    let known = named(bill);
    let unknown: Vec<_> = listed.difference(&known).collect();
    let whole = text.contains("Permission is hereby granted, free of charge") && text.contains("Apache License");
    if listed.len() > 20 && unknown.is_empty() && whole {
        Ok(())
    } else {
        Err(format!("{} listed, unknown: {unknown:?}", listed.len()))
    }
}
