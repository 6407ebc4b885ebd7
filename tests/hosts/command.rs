//! Runs the real tools, each for a bounded time.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_proxy-service");

/// No build of an example takes more than a few seconds.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Where the tools are.
pub struct Tools {
    /// The folder of all of them.
    pub home: PathBuf,
}

/// What a command did.
pub struct Done {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Tools {
    /// `$PROXY_SERVICE_TOOLS`, as `tests/tools/install.sh` has it.
    pub fn find() -> Self {
        let fallback = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/proxy-service-tools");
        Tools { home: std::env::var_os("PROXY_SERVICE_TOOLS").map_or_else(fallback, PathBuf::from) }
    }

    pub fn have(&self, tool: &str) -> bool {
        self.path(tool).exists()
    }

    pub fn path(&self, tool: &str) -> PathBuf {
        self.home.join("bin").join(tool)
    }

    /// A command that finds the tools and `first` before everything else.
    pub fn command(&self, program: impl AsRef<Path>, first: &Path) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env("PATH", self.search_path(first));
        command
    }

    fn search_path(&self, first: &Path) -> OsString {
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let folders = [first.to_path_buf(), self.home.join("bin")].into_iter().chain(std::env::split_paths(&inherited));
        std::env::join_paths(folders).expect("no folder has a colon in its name")
    }

    /// `kustomize build --enable-alpha-plugins OPTIONS DIR`, the program under test on PATH.
    pub fn build(&self, folder: &Path, options: &[&str]) -> Result<Done, String> {
        self.build_with("kustomize", folder, options)
    }

    /// The same with another kustomize of the tools.
    pub fn build_with(&self, kustomize: &str, folder: &Path, options: &[&str]) -> Result<Done, String> {
        let mut command = self.command(self.path(kustomize), program_folder());
        command.args(["build", "--enable-alpha-plugins"]).args(options).arg(folder);
        run(&mut command, None, PATIENCE)
    }
}

/// The folder of the program under test.
pub fn program_folder() -> &'static Path {
    Path::new(PROGRAM).parent().expect("a file is in a folder")
}

impl Done {
    /// Stdout of a command that succeeded.
    pub fn succeeded(self) -> Result<String, String> {
        if self.status.success() { Ok(self.stdout) } else { Err(format!("{}\n{}", self.status, self.stderr)) }
    }
}

/// Runs a command. Its output goes through files, so that it never waits for a reader.
pub fn run(command: &mut Command, input: Option<&str>, patience: Duration) -> Result<Done, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = |name: &str| folder.path().join(name);
    fs::write(file("in"), input.unwrap_or_default()).map_err(|error| error.to_string())?;
    let stdin = File::open(file("in")).map_err(|error| error.to_string())?;
    let stdout = File::create(file("out")).map_err(|error| error.to_string())?;
    let stderr = File::create(file("err")).map_err(|error| error.to_string())?;
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::from(stdin))
        .stdout(stdout)
        .stderr(stderr)
        .spawn()
        .map_err(|error| format!("{command:?} did not start: {error}"))?;
    let status = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None if started.elapsed() > patience => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{command:?} did not end within {} s", patience.as_secs()));
            }
            None => sleep(Duration::from_millis(5)),
        }
    };
    let text = |name: &str| fs::read(file(name)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    Ok(Done { status, stdout: text("out"), stderr: text("err") })
}
