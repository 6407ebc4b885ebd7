//! Two builds of the same sources, without any network.

use super::checkout;
use super::command::{PATIENCE, Tools, run as command};
use super::report::Report;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What is built a second time.
const TARGET: &str = "x86_64-unknown-linux-musl";

/// Set where the sources are built a second time in another folder.
const ELSEWHERE: &str = "PROXY_SERVICE_BUILD_ELSEWHERE";

/// Two release builds from nothing, on a slow machine.
const COMPILING: Duration = Duration::from_secs(1800);

/// Builds the release; its folder, if there is one.
pub fn run(tools: &Tools, report: &mut Report) -> Option<PathBuf> {
    let dist = tools.home.join("release-dist");
    let built = build(tools, &dist, &[]);
    if !report.check("release/build.sh makes a release without a network", built) {
        return None;
    }
    report.check("SHA256SUMS names every file and fits", sums(&dist));
    report.check("a second time, with other settings of the user's: the same bytes", again(tools, &dist));
    if std::env::var_os(ELSEWHERE).is_some() {
        report.check("the program built in another folder: the same bytes", elsewhere(tools));
    } else {
        println!("       !!!!!! the program was NOT built once more in another folder, which takes minutes.");
        println!(
            "       !!!!!! .github/workflows/release.yaml does it before each release: {ELSEWHERE}=1 cargo test --test release"
        );
    }
    report.check("a folder that is no release is not replaced", foreign(tools));
    Some(dist)
}

/// In a network namespace of its own, in which not even loopback is up.
fn build(tools: &Tools, dist: &Path, settings: &[(&str, &str)]) -> Result<(), String> {
    let root = command(Command::new("id").arg("-u"), None, PATIENCE)?.stdout.trim() == "0";
    let mut build = tools.command("unshare", Path::new("/nonexistent"));
    build.arg(if root { "-n" } else { "-rn" }).arg(checkout().join("release/build.sh")).arg(dist);
    // Where the checkout is no git checkout, it has no date.
    build.env("SOURCE_DATE_EPOCH", "1700000000").env("CARGO_TARGET_DIR", tools.home.join("release-target"));
    build.envs(settings.iter().copied());
    command(&mut build, None, COMPILING)?.succeeded().map(drop)
}

fn sums(dist: &Path) -> Result<(), String> {
    let mut check = Command::new("sha256sum");
    check.current_dir(dist).args(["--check", "--strict", "SHA256SUMS"]);
    let checked = command(&mut check, None, PATIENCE)?.succeeded()?.lines().count();
    let files = fs::read_dir(dist).map_err(|error| error.to_string())?.count();
    if checked > 0 && checked + 1 == files { Ok(()) } else { Err(format!("{checked} sums for {files} files")) }
}

/// What the Dockerfile's first stage copies, elsewhere, with a target folder and a home of Cargo's elsewhere
/// too. The program for one architecture is enough: the other one has the same flags, and a build takes
/// minutes.
fn elsewhere(tools: &Tools) -> Result<(), String> {
    let home = tools.home.join("release-again");
    let script = "rm -rf \"$1/source\" \"$1/cargo-home\"; mkdir -p \"$1/source\" \"$1/cargo-home\"
        awk '/^FROM scratch/ { exit } /^COPY / { $1 = \"\"; print }' Dockerfile | while read -r line; do
            names=($line)
            to=$1/source/${names[-1]}
            unset 'names[-1]'
            for name in \"${names[@]}\"; do
                grep -qxE \"!${name%%/*}(/.*)?\" .dockerignore || { echo \"$name is not in .dockerignore\"; exit 1; }
            done
            [[ $to != */ ]] || mkdir -p \"$to\"
            cp -R \"${names[@]}\" \"$to\"
        done
        ln -s \"${CARGO_HOME:-$HOME/.cargo}/registry\" \"$1/cargo-home/registry\"";
    let mut copy = Command::new("bash");
    copy.current_dir(checkout()).args(["-ec", script, "copy"]).arg(&home);
    command(&mut copy, None, PATIENCE)?.succeeded()?;
    let mut build = Command::new(home.join("source/release/binary.sh"));
    build.arg(TARGET).arg(home.join("target")).env("CARGO_HOME", home.join("cargo-home"));
    command(&mut build, None, COMPILING)?.succeeded()?;
    let read = |folder: &str| {
        let program = tools.home.join(folder).join(TARGET).join("release/proxy-service");
        fs::read(&program).map_err(|error| format!("{}: {error}", program.display()))
    };
    if read("release-target")? == read("release-again/target")? { Ok(()) } else { Err("the programs differ".into()) }
}

/// The archives once more, by somebody with other settings.
fn again(tools: &Tools, dist: &Path) -> Result<(), String> {
    let second = tools.home.join("release-again/dist");
    build(tools, &second, &[("TZ", "Asia/Tokyo"), ("LC_ALL", "C.UTF-8"), ("GZIP", "-1"), ("RUSTFLAGS", "-g")])?;
    let read = |folder: &Path| fs::read_to_string(folder.join("SHA256SUMS")).map_err(|error| error.to_string());
    let (first, second) = (read(dist)?, read(&second)?);
    if first == second { Ok(()) } else { Err(format!("{first}\n{second}")) }
}

fn foreign(tools: &Tools) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let precious = folder.path().join("precious");
    fs::write(&precious, "kept").map_err(|error| error.to_string())?;
    match build(tools, folder.path(), &[]) {
        Err(why) if why.contains("is there and no release") && precious.exists() => Ok(()),
        other => Err(format!("{other:?}")),
    }
}
