//! `proxy-service install`, as Argo CD's init container runs it.

use super::command::{Done, PATIENCE, PROGRAM, run};
use super::report::Report;
use super::user::{Home, allow, as_argocd, copy_program};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

pub fn run_as_init_container(home: &Home, folder: &Path) -> Result<Done, String> {
    let program = home.program("image", Path::new(PROGRAM));
    let mut command = Command::new(program);
    run(as_argocd(command.env_clear().current_dir("/").arg("install").arg(folder)), None, PATIENCE)
}

pub fn suite(report: &mut Report) {
    let home = &Home::new();
    report.check("install: the program, whole and executable, without environment", installs(home));
    report.check("install: over an older one that is running", replaces(home));
    report.check("install: what cannot be, with the remedy, and nothing written", refuses(home));
    report.check("install: a full disk leaves nothing behind", full_disk(home));
}

fn installs(home: &Home) -> Result<(), String> {
    let folder = home.writable("install");
    run_as_init_container(home, &folder)?.succeeded()?;
    whole(&folder)
}

fn whole(folder: &Path) -> Result<(), String> {
    let file = folder.join("proxy-service");
    let mode = fs::metadata(&file).map_err(|error| error.to_string())?.permissions().mode() & 0o777;
    if mode != 0o755 {
        return Err(format!("its mode is {mode:o}"));
    }
    if fs::read(&file).ok() != fs::read(PROGRAM).ok() {
        return Err("it is another file".into());
    }
    only(folder, &["proxy-service"])
}

fn only(folder: &Path, names: &[&str]) -> Result<(), String> {
    let mut there: Vec<String> = fs::read_dir(folder)
        .map_err(|error| error.to_string())?
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    there.sort();
    if there == names { Ok(()) } else { Err(format!("{} holds {there:?}", folder.display())) }
}

/// The old file must not be opened for writing: a running program cannot be ("text file busy").
fn replaces(home: &Home) -> Result<(), String> {
    let folder = home.writable("again");
    let file = folder.join("proxy-service");
    copy_program(Path::new("/bin/sleep"), &file);
    let mut running = Command::new(&file).arg("60").spawn().map_err(|error| error.to_string())?;
    let installed = run_as_init_container(home, &folder).and_then(Done::succeeded);
    let _ = running.kill();
    let _ = running.wait();
    installed?;
    whole(&folder)
}

fn refuses(home: &Home) -> Result<(), String> {
    let file = home.path("file");
    fs::write(&file, "").map_err(|error| error.to_string())?;
    let (locked, taken) = (home.readable("locked"), home.writable("taken"));
    fs::create_dir(taken.join("proxy-service")).map_err(|error| error.to_string())?;
    allow(&locked, 0o555);
    let cases = [
        (home.path("missing"), "there is no folder", "create it, or mount a volume"),
        (file, "is a file", "name the folder"),
        (locked.clone(), "Permission denied", "make it writable"),
        (taken.clone(), "is a folder, and the program would have its name", "remove it"),
    ];
    for (folder, what, remedy) in cases {
        let done = run_as_init_container(home, &folder)?;
        let told = done.stderr.contains(what) && done.stderr.contains(remedy) && done.stderr.starts_with("error: ");
        if done.status.code() != Some(1) || !told || done.stderr.lines().count() != 1 || !done.stdout.is_empty() {
            return Err(format!("{}: {}\n{}{}", folder.display(), done.status, done.stderr, done.stdout));
        }
    }
    only(&locked, &[])?;
    only(&taken, &["proxy-service"])
}

/// A file system of one megabyte, where this user may mount one.
fn full_disk(home: &Home) -> Result<(), String> {
    let folder = home.writable("small");
    let mount = |program: &str, arguments: &[&str]| run(Command::new(program).args(arguments).arg(&folder), None, PATIENCE);
    let options = ["-t", "tmpfs", "-o", "size=1m,mode=0777", "tmpfs"];
    if !mount("mount", &options).is_ok_and(|done| done.status.success()) {
        println!("!!!!!! a full disk was NOT tried: this user may not mount a file system");
        return Ok(());
    }
    let outcome = run_as_init_container(home, &folder).and_then(|done| {
        let told = done.stderr.contains("No space left") && done.stderr.contains("MB of room");
        if done.status.code() == Some(1) && told { only(&folder, &[]) } else { Err(format!("{}\n{}", done.status, done.stderr)) }
    });
    mount("umount", &[])?.succeeded()?;
    outcome
}
