//! The image of a release, as an OCI archive, and the kit that names it by its digest.

use super::archives::name;
use super::command::{PATIENCE, run as command};
use super::report::Report;
use serde_json::Value as Json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const IMAGE: &str = "ghcr.io/proxy-service/proxy-service";

pub fn run(dist: &Path, report: &mut Report) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let layout = unpacked(&dist.join(format!("{}.tar", name("image"))), &folder.path().join("layout"));
    report.check("image: every blob has the digest by which it is named", layout.clone().and_then(|layout| blobs(&layout)));
    let named = layout.clone().and_then(|layout| named(dist, &layout));
    report.check("image: its name has the digest of the archive's index", named.clone().map(drop));
    for (platform, architecture) in [("linux-amd64", "amd64"), ("linux-arm64", "arm64")] {
        let same = layout.clone().and_then(|layout| holds(dist, &layout, platform, architecture));
        report.check(&format!("image: {platform}: the released program and nothing else, as nobody"), same);
    }
    let kit = named.and_then(|named| kit(dist, &folder.path().join("kit"), &named));
    report.check("kit: every image of ours has the digest, every download the checksum", kit);
}

fn unpacked(archive: &Path, to: &Path) -> Result<PathBuf, String> {
    fs::create_dir_all(to).map_err(|error| error.to_string())?;
    let mut tar = Command::new("tar");
    command(tar.arg("-xf").arg(archive).arg("-C").arg(to), None, PATIENCE)?.succeeded()?;
    Ok(to.to_path_buf())
}

fn json(file: &Path) -> Result<Json, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

fn sha256(file: &Path) -> Result<String, String> {
    let line = command(Command::new("sha256sum").arg(file), None, PATIENCE)?.succeeded()?;
    Ok(format!("sha256:{}", line.split(' ').next().unwrap_or_default()))
}

/// The file of a descriptor, which must have its size too.
fn blob(layout: &Path, descriptor: &Json) -> Result<PathBuf, String> {
    let digest = descriptor["digest"].as_str().ok_or(format!("no digest in {descriptor}"))?;
    let file = layout.join("blobs").join(digest.replace(':', "/"));
    let size = fs::metadata(&file).map_err(|error| format!("{}: {error}", file.display()))?.len();
    if descriptor["size"] == size { Ok(file) } else { Err(format!("{size} bytes: {descriptor}")) }
}

fn blobs(layout: &Path) -> Result<(), String> {
    let folder = layout.join("blobs/sha256");
    let files: Vec<_> =
        fs::read_dir(folder).map_err(|error| error.to_string())?.map(|entry| entry.expect("a file").path()).collect();
    for file in &files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if sha256(file)? != format!("sha256:{name}") {
            return Err(format!("{name} holds something else"));
        }
    }
    // An index, and for each architecture a manifest, a configuration and a layer.
    if files.len() == 7 { Ok(()) } else { Err(format!("{} blobs", files.len())) }
}

/// `IMAGE:VERSION@DIGEST`, as a user writes it.
fn named(dist: &Path, layout: &Path) -> Result<String, String> {
    let file = dist.join(format!("{}.txt", name("image")));
    let line = fs::read_to_string(&file).map_err(|error| error.to_string())?;
    let index = json(&layout.join("index.json"))?;
    let digest = index["manifests"][0]["digest"].as_str().unwrap_or_default();
    let due = format!("{IMAGE}:{}@{digest}\n", env!("CARGO_PKG_VERSION"));
    if line == due { Ok(line.trim().to_string()) } else { Err(format!("{line}, not {due}")) }
}

fn holds(dist: &Path, layout: &Path, platform: &str, architecture: &str) -> Result<(), String> {
    let index = json(&blob(layout, &json(&layout.join("index.json"))?["manifests"][0])?)?;
    let of = |manifest: &&Json| manifest["platform"]["architecture"] == architecture && manifest["platform"]["os"] == "linux";
    let manifest = index["manifests"].as_array().and_then(|all| all.iter().find(of)).ok_or("no manifest")?;
    let manifest = json(&blob(layout, manifest)?)?;
    let config = json(&blob(layout, &manifest["config"])?)?;
    let settings = &config["config"];
    let plain = config["architecture"] == architecture
        && settings["User"] == "65534:65534"
        && settings["Entrypoint"] == serde_json::json!(["/proxy-service"])
        && settings["Labels"]["org.opencontainers.image.version"] == env!("CARGO_PKG_VERSION");
    if !plain {
        return Err(config.to_string());
    }
    let layer = blob(layout, &manifest["layers"][0])?;
    let mut tar = Command::new("tar");
    let listed = command(tar.args(["--list", "--verbose", "--numeric-owner", "-zf"]).arg(&layer), None, PATIENCE)?.succeeded()?;
    let entries: Vec<(&str, &str)> =
        listed.lines().filter_map(|line| Some((line.get(..10)?, line.rsplit(' ').next()?))).collect();
    let due = [("drwxr-xr-x", "etc/"), ("-rw-r--r--", "etc/passwd"), ("-rwxr-xr-x", "proxy-service")];
    if entries != due {
        return Err(listed);
    }
    let script = "cmp <(tar -xzOf \"$1\" proxy-service) <(tar -xzOf \"$2\" \"$3/proxy-service\")";
    let mut compare = Command::new("bash");
    compare.args(["-c", script, "bash"]).arg(layer).arg(dist.join(format!("{}.tar.gz", name(platform)))).arg(name(platform));
    command(&mut compare, None, PATIENCE)?.succeeded().map(drop)
}

/// Nothing in the kit stands for whatever somebody puts behind a tag or an address later.
fn kit(dist: &Path, folder: &Path, named: &str) -> Result<(), String> {
    let kit = unpacked(&dist.join(format!("{}.tar.gz", name("functions"))), folder)?.join(name("functions"));
    let mut find = Command::new("grep");
    find.current_dir(&kit).args(["-rhoE", &format!("{IMAGE}:[0-9][^ `\"]*"), "."]);
    let images = command(&mut find, None, PATIENCE)?.succeeded()?;
    if images.lines().count() < 4 || images.lines().any(|image| image != named) {
        return Err(images);
    }
    let sums = fs::read_to_string(dist.join("SHA256SUMS")).map_err(|error| error.to_string())?;
    let archive = format!("{}.tar.gz", name("linux-amd64"));
    let sum = sums.lines().find_map(|line| line.strip_suffix(&archive)).ok_or("no checksum of the archive")?.trim();
    for file in ["ci/github.yaml", "ci/gitlab.yaml"] {
        let text = fs::read_to_string(kit.join(file)).map_err(|error| error.to_string())?;
        if !text.contains(&format!("PROXY_SERVICE_SHA256: \"{sum}\"")) {
            return Err(format!("{file} has another checksum, or none"));
        }
    }
    Ok(())
}
