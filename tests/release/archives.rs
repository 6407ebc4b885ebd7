//! What the archives hold, and what it does: unpacked and run as a user would.

use super::checkout;
use super::command::{Done, PATIENCE, Tools, run as command};
use super::report::Report;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the program may weigh, and what it may weigh to download.
const STORED: u64 = 6_000_000;
const PULLED: u64 = 2_500_000;

const EXAMPLE: &str = "kustomization-examples/sock-shop/overlays/prod";
const MANIFESTS: [&str; 3] =
    ["render", "kustomization-examples/quickstart/hello.yaml", "kustomization-examples/quickstart/proxyservice.yaml"];

/// Its name in an archive's, and that of its machine in `readelf -h`.
const PLATFORMS: [(&str, &str); 2] = [("linux-amd64", "X86-64"), ("linux-arm64", "AArch64")];

pub fn name(platform: &str) -> String {
    format!("proxy-service-{}-{platform}", env!("CARGO_PKG_VERSION"))
}

pub fn run(tools: &Tools, dist: &Path, report: &mut Report) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |platform: &str| folder.path().join(name(platform));
    for kind in ["linux-amd64", "linux-arm64", "functions"] {
        report.check(&format!("{kind}: the archive has one folder, of its name"), unpack(dist, kind, folder.path()));
    }
    for (platform, machine) in PLATFORMS {
        let program = at(platform).join("proxy-service");
        report.check(&format!("{platform}: complete"), complete(&at(platform)));
        report.check(&format!("{platform}: a static program, without paths of this machine"), is_static(&program, machine));
        report.check(&format!("{platform}: tells its version"), told(run_on(tools, platform, &program, &["--version"])));
        report.check(&format!("{platform}: small"), light(&program, report));
    }
    let rendered =
        |platform: &str| run_on(tools, platform, &at(platform).join("proxy-service"), &MANIFESTS).and_then(Done::succeeded);
    let same = match (rendered("linux-amd64"), rendered("linux-arm64")) {
        (Ok(one), Ok(other)) if one == other && one.contains("kind: VirtualService") => Ok(()),
        other => Err(format!("{other:?}")),
    };
    report.check("both render the quickstart to the same bytes", same);
    report.check("the real kustomize runs what was unpacked", in_kustomize(tools, &at("linux-amd64"), &at("functions")));
}

fn unpack(dist: &Path, kind: &str, to: &Path) -> Result<(), String> {
    let archive = dist.join(format!("{}.tar.gz", name(kind)));
    let mut list = Command::new("tar");
    let names = command(list.arg("-tzf").arg(&archive), None, PATIENCE)?.succeeded()?;
    if let Some(outside) = names.lines().find(|entry| !entry.starts_with(&format!("{}/", name(kind)))) {
        return Err(format!("it would unpack {outside}"));
    }
    let mut tar = Command::new("tar");
    command(tar.arg("-xzf").arg(&archive).arg("-C").arg(to), None, PATIENCE)?.succeeded().map(drop)
}

/// With manual pages and completions.
fn complete(folder: &Path) -> Result<(), String> {
    let mut wanted = vec!["proxy-service", "LICENSE", "README.md", "THIRD-PARTY-LICENSES.txt"];
    wanted.extend(["man/man1/proxy-service.1", "man/man1/proxy-service-render.1"]);
    wanted.extend(["completions/proxy-service.bash", "completions/_proxy-service", "completions/proxy-service.fish"]);
    let empty = |path: PathBuf| fs::metadata(path).map_or(true, |metadata| metadata.len() == 0);
    let missing: Vec<_> = wanted.into_iter().filter(|file| empty(folder.join(file))).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("missing: {missing:?}")) }
}

fn is_static(program: &Path, machine: &str) -> Result<(), String> {
    let mut readelf = Command::new("readelf");
    let headers = command(readelf.args(["-hldW"]).arg(program), None, PATIENCE)?.succeeded()?;
    if headers.contains("INTERP") || headers.contains("(NEEDED)") || !headers.contains(machine) {
        return Err(headers);
    }
    let bytes = fs::read(program).map_err(|error| error.to_string())?;
    let home = std::env::var("HOME").unwrap_or_default();
    let places = [checkout().display().to_string(), format!("{home}/.cargo"), format!("{home}/.cache")];
    let found: Vec<_> =
        places.iter().filter(|place| bytes.windows(place.len()).any(|window| window == place.as_bytes())).collect();
    if found.is_empty() { Ok(()) } else { Err(format!("it holds {found:?}")) }
}

fn light(program: &Path, report: &Report) -> Result<(), String> {
    let stored = fs::metadata(program).map_or(0, |metadata| metadata.len());
    let mut gzip = Command::new("sh");
    gzip.args(["-c", "gzip -9c \"$1\" | wc -c", "sh"]).arg(program);
    let pulled: u64 = command(&mut gzip, None, PATIENCE)?.succeeded()?.trim().parse().map_err(|error| format!("{error}"))?;
    report.note(&format!("{stored} bytes, {pulled} compressed"));
    let small = (1..=STORED).contains(&stored) && (1..=PULLED).contains(&pulled);
    if small { Ok(()) } else { Err(format!("the limits are {STORED} and {PULLED}")) }
}

fn told(said: Result<Done, String>) -> Result<(), String> {
    let said = said?.succeeded()?;
    if said == format!("proxy-service {}\n", env!("CARGO_PKG_VERSION")) { Ok(()) } else { Err(said) }
}

/// Runs the program, in the checkout; the one for arm64 on an emulated processor.
fn run_on(tools: &Tools, platform: &str, program: &Path, arguments: &[&str]) -> Result<Done, String> {
    let mut started = match platform {
        "linux-arm64" => Command::new(tools.path("qemu-aarch64")),
        _ => Command::new("env"),
    };
    command(started.current_dir(checkout()).arg(program).args(arguments), None, PATIENCE)
}

/// The released functions beside the examples, the released program on PATH.
fn in_kustomize(tools: &Tools, program: &Path, functions: &Path) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut copy = Command::new("cp");
    copy.arg("-R").arg(checkout().join("kustomization-examples")).arg(folder.path());
    command(&mut copy, None, PATIENCE)?.succeeded()?;
    std::os::unix::fs::symlink(functions, folder.path().join("functions")).map_err(|error| error.to_string())?;
    let example = folder.path().join(EXAMPLE);
    let mut kustomize = tools.command(tools.path("kustomize"), program);
    kustomize.args(["build", "--enable-alpha-plugins", "--enable-exec"]).arg(&example);
    let built = command(&mut kustomize, None, PATIENCE)?.succeeded()?;
    let expected = fs::read_to_string(example.join("expected/build.yaml")).map_err(|error| error.to_string())?;
    if built == expected { Ok(()) } else { Err(format!("{} bytes instead of {}", built.len(), expected.len())) }
}
