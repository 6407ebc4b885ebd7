//! Every folder of `testdata/` is a case: what the real binary makes of its input.
//!
//! `input.yaml` goes to the function on stdin if it is a ResourceList (or says `# function`), else
//! to `render`; a folder `input/` goes to `render`. `expected.yaml` is stdout and `stderr.txt`
//! stderr; a file that is absent stands for nothing. `PROXY_SERVICE_UPDATE=1` writes both anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn main() {
    let update = std::env::var_os("PROXY_SERVICE_UPDATE").is_some();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut cases: Vec<PathBuf> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.is_dir());
    cases.sort();
    assert!(!cases.is_empty(), "{} has no cases", root.display());
    let (mut passed, mut failed) = (0, 0);
    for case in &cases {
        match check(case, update) {
            Ok(()) => passed += 1,
            Err(why) => {
                failed += 1;
                eprintln!("FAILED testdata/{}\n{why}", case.file_name().unwrap().display());
            }
        }
    }
    println!("golden cases: {passed} passed, {failed} failed");
    std::process::exit(i32::from(failed > 0));
}

fn check(case: &Path, update: bool) -> Result<(), String> {
    let output = run(case);
    if output != run(case) {
        return Err("two runs on the same input differ".into());
    }
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    if stderr.contains("panicked") {
        return Err(format!("a panic:\n{stderr}"));
    }
    let wanted = i32::from(stderr.lines().any(|line| line.starts_with("error ")));
    if output.status.code() != Some(wanted) {
        return Err(format!("{} where {wanted} is due, with this on stderr:\n{stderr}", output.status));
    }
    for (file, actual) in [("expected.yaml", stdout), ("stderr.txt", stderr)] {
        let path = case.join(file);
        if update {
            if actual.is_empty() {
                let _ = fs::remove_file(&path);
            } else {
                fs::write(&path, actual).unwrap();
            }
            continue;
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if actual != expected {
            let diff = similar::TextDiff::from_lines(&expected, &actual);
            return Err(diff.unified_diff().header(file, "what the program wrote").to_string());
        }
    }
    Ok(())
}

fn run(case: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxy-service"));
    command.current_dir(case).env_clear();
    let input = case.join("input.yaml");
    if case.join("input").is_dir() {
        return command.args(["render", "input"]).output().unwrap();
    }
    let bytes = fs::read(&input).unwrap_or_else(|error| panic!("{}: {error}", input.display()));
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    if head.contains("ResourceList") || head.contains("# function") {
        return command.stdin(Stdio::from(fs::File::open(&input).unwrap())).output().unwrap();
    }
    command.args(["render", "input.yaml"]).output().unwrap()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("output is UTF-8")
}
