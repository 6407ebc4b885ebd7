//! Nothing stays of a comparison's temporary folder, however the program ends.

use std::path::Path;
use std::process::{Child, Command};

/// Waits for the end of a pipe that nobody but this program holds; then ends the programs of its process
/// group, which would go on to write, and removes the folders. What a terminal's Ctrl-C ends is another
/// group.
///
/// SIGTERM is for the others alone. A program that takes its time to end makes `rm` fail, or fails itself
/// because its folder is gone.
#[cfg(unix)]
const SCRIPT: &str = r#"
trap '' TERM
cat >/dev/null
kill -TERM 0
tries=0
while rm -rf -- "$@" 2>/dev/null; { [ -e "$1" ] || [ -e "$2" ]; } && [ "$tries" -lt 100 ]; do
    tries=$((tries + 1))
    sleep 0.1 2>/dev/null || sleep 1
done
"#;

/// A process that outlives this one for as long as it takes to remove folders.
#[derive(Debug)]
pub struct Remover(Option<Child>);

impl Remover {
    /// Begins to wait.
    #[cfg(unix)]
    pub fn of(folders: [&Path; 2]) -> Self {
        use std::os::unix::process::CommandExt;
        use std::process::Stdio;
        // By its whole name: PATH can begin with a folder of the checkout.
        let mut command = Command::new("/bin/sh");
        let search = crate::cli::search::absolute_folders(&std::env::var_os("PATH").unwrap_or_default());
        command.env("PATH", std::env::join_paths(search).unwrap_or_default());
        command.args(["-c", SCRIPT, "sh"]).args(folders).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Remover(command.spawn().ok())
    }

    /// Nothing waits on this system; the next run removes what this one leaves.
    #[cfg(not(unix))]
    pub fn of(_: [&Path; 2]) -> Self {
        Remover(None)
    }

    /// Lets a program that writes into the folder end with this one.
    pub fn ends(&self, command: &mut Command) {
        #[cfg(unix)]
        if let Some(Ok(group)) = self.0.as_ref().map(|child| i32::try_from(child.id())) {
            std::os::unix::process::CommandExt::process_group(command, group);
        }
        #[cfg(not(unix))]
        let _ = command;
    }
}

impl Drop for Remover {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}
