//! The image that `functions/container` names, built without any base image.

use super::command::{PATIENCE, Tools, run};
use super::report::Report;
use super::workspace::checkout;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A release build from nothing, on a slow machine.
const COMPILING: Duration = Duration::from_secs(900);

/// What an image may weigh: as it is stored, and as it is pulled.
const STORED: u64 = 6_000_000;
const PULLED: u64 = 2_500_000;

/// Builds the image; whether it is there.
pub fn build(tools: &Tools, report: &mut Report) -> bool {
    let Some(name) = declared() else {
        return report.check("functions/container names an image", Err("its function.yaml has no `image:`".into()));
    };
    let version = name.rsplit_once(':').map(|(_, tag)| tag.to_string());
    let same = if version.as_deref() == Some(env!("CARGO_PKG_VERSION")) { Ok(()) } else { Err(format!("it names {name}")) };
    report.check("functions/container names this version", same);
    let built = compile(tools).and_then(|binary| image(tools, &binary, &name).map(|()| binary));
    let binary = built.as_ref().ok().cloned();
    if !report.check("the Dockerfile makes the image from a static binary", built.map(drop)) {
        return false;
    }
    report.check("the image is a scratch image for nobody, with its labels", inspect(tools, &name));
    if let Some(binary) = binary {
        weigh(&binary, report);
        report.check("the image installs its program, as another user and without a shell", install(tools, &name, &binary));
    }
    true
}

/// The image in the function declaration.
pub fn declared() -> Option<String> {
    let text = fs::read_to_string(checkout().join("functions/container/function.yaml")).ok()?;
    text.lines().find_map(|line| line.trim().strip_prefix("image: ")).map(str::to_string)
}

/// The binary that is released, as the Dockerfile builds it. Its target folder is kept, and shared with
/// `tests/release.rs`.
pub fn compile(tools: &Tools) -> Result<PathBuf, String> {
    let mut build = Command::new(checkout().join("release/binary.sh"));
    build.arg(format!("{}-unknown-linux-musl", std::env::consts::ARCH)).arg(tools.home.join("release-target"));
    run(&mut build, None, COMPILING)?.succeeded().map(|path| PathBuf::from(path.trim_end()))
}

fn image(tools: &Tools, binary: &Path, name: &str) -> Result<(), String> {
    let stage = tempfile::tempdir().map_err(|error| error.to_string())?;
    let out = stage.path().join("out");
    fs::create_dir(&out).map_err(|error| error.to_string())?;
    fs::copy(binary, out.join("proxy-service")).map_err(|error| error.to_string())?;
    // Else the image of every run would stay, without a name.
    let mut remove = tools.command(tools.path("docker"), Path::new("."));
    let _ = run(remove.args(["image", "rm", "--force", name]), None, PATIENCE);
    let mut docker = tools.command(tools.path("docker"), Path::new("."));
    docker.current_dir(checkout()).args(["build", "--layers=false", "--network=none", "--pull=never", "--tag", name]);
    docker.arg(format!("--build-context=builder={}", stage.path().display())).arg(".");
    run(&mut docker, None, PATIENCE)?.succeeded().map(drop)
}

fn inspect(tools: &Tools, name: &str) -> Result<(), String> {
    let mut docker = tools.command(tools.path("docker"), Path::new("."));
    docker.args(["image", "inspect", "--format", "{{json .Config}}", name]);
    let config = run(&mut docker, None, PATIENCE)?.succeeded()?;
    let wanted = [
        r#""User":"65534:65534""#.to_string(),
        r#""Entrypoint":["/proxy-service"]"#.into(),
        format!(r#""org.opencontainers.image.version":"{}""#, env!("CARGO_PKG_VERSION")),
        r#""org.opencontainers.image.licenses":"Apache-2.0""#.into(),
        r#""org.opencontainers.image.source":""#.into(),
    ];
    let missing: Vec<_> = wanted.iter().filter(|part| !config.contains(part.as_str())).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("{missing:?} missing in {config}")) }
}

/// As Argo CD's init container runs it (functions/argocd/binary).
fn install(tools: &Tools, name: &str, binary: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).map_err(|error| error.to_string())?;
    let mut docker = tools.command(tools.path("docker"), Path::new("."));
    docker.args(["run", "--rm", "--network=none", "--read-only", "--cap-drop=all", "--user=999"]);
    docker.arg(format!("--volume={}:/install", folder.path().display())).args([name, "install", "/install"]);
    run(&mut docker, None, PATIENCE)?.succeeded()?;
    let installed = folder.path().join("proxy-service");
    let mode = fs::metadata(&installed).map_err(|error| error.to_string())?.permissions().mode() & 0o777;
    let same = fs::read(&installed).ok() == fs::read(binary).ok();
    if same && mode == 0o755 { Ok(()) } else { Err(format!("it is another file, or its mode is {mode:o}")) }
}

/// The binary is all there is in the image but for one line of /etc/passwd.
fn weigh(binary: &Path, report: &mut Report) {
    let stored = fs::metadata(binary).map_or(0, |metadata| metadata.len());
    let mut gzip = Command::new("sh");
    gzip.args(["-c", "gzip -9c \"$1\" | wc -c", "sh"]).arg(binary);
    let pulled = run(&mut gzip, None, PATIENCE).ok().and_then(|done| done.stdout.trim().parse::<u64>().ok()).unwrap_or(0);
    report.note(&format!("the binary: {stored} bytes, {pulled} compressed"));
    let light = stored <= STORED && pulled <= PULLED;
    report.check("the image is small", if light { Ok(()) } else { Err(format!("the limits are {STORED} and {PULLED}")) });
}
