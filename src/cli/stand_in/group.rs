//! A program in a group of its own, which ends with everything that it started.
//!
//! Argo CD's plugin server ends the group of a plugin's command when it takes too long, and nothing else;
//! CI ends a job's first process. So another process of this program stands between: it starts kustomize, and
//! when kustomize ends, or the process that wants kustomize's output is gone, however that came, it kills what
//! is left.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// The beginning of the names of containers, and of the files that note them.
pub(in crate::cli) const CONTAINER: &str = "proxy-service-function-";

/// Runs a command of [`super::StandIn::command`].
pub struct Group;

impl Group {
    /// Its output. It ends when this process does: the pipe to its stdin closes then.
    ///
    /// # Errors
    /// It could not be started.
    pub fn output(command: &mut Command) -> io::Result<Output> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let alive = child.stdin.take();
        let output = child.wait_with_output();
        drop(alive);
        output
    }
}

/// What runs, and whether nobody waits for it any more.
type State = Arc<Mutex<(own::Members, bool)>>;

/// Runs the program, stdout and stderr as they are. How it ended, and whether nobody waits for it.
pub(in crate::cli) fn run(program: &OsStr, arguments: &[OsString]) -> io::Result<(ExitCode, bool)> {
    own::session();
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    let state: State = Arc::new(Mutex::new((own::Members::start(&mut command)?, false)));
    let watched = Arc::clone(&state);
    std::thread::Builder::new().spawn(move || {
        // Nothing is ever written: it reads until the other end is gone.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let mut state = watched.lock().unwrap_or_else(PoisonError::into_inner);
        state.1 = true;
        state.0.kill();
    })?;
    own::wait(&state);
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.0.kill();
    let status = state.0.reap()?;
    own::end_orphans();
    Ok((code(status), state.1))
}

/// As shells have it: 128 and the signal's number.
fn code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let code = status.code().or(signal.map(|signal| 128 + signal)).and_then(|code| u8::try_from(code).ok());
    ExitCode::from(code.unwrap_or(1))
}

/// The containers of allowed functions that have not ended: with Docker they are no children of anybody
/// here.
pub(in crate::cli) fn containers(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.starts_with(CONTAINER)).collect()
}

#[cfg(unix)]
mod own {
    use super::{Child, Command, ExitStatus, PoisonError, State, io};
    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
    use std::os::unix::process::CommandExt;

    /// A session without a terminal: signals of the terminal do not come, and a program that would ask at
    /// the terminal (ssh for a passphrase) fails instead of stopping as a background process. Orphans of
    /// all that is started here become children of this process, also those with a session of their own.
    pub fn session() {
        let _ = rustix::process::setsid();
        #[cfg(target_os = "linux")]
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    }

    /// A process and its group.
    pub struct Members {
        leader: Child,
        reaped: bool,
    }

    impl Members {
        pub fn start(command: &mut Command) -> io::Result<Self> {
            Ok(Members { leader: command.process_group(0).spawn()?, reaped: false })
        }

        fn leader(&self) -> Pid {
            Pid::from_child(&self.leader)
        }

        /// Kills the whole group. As long as its leader is not reaped, no other group has its number.
        pub fn kill(&self) {
            if !self.reaped {
                let _ = kill_process_group(self.leader(), Signal::KILL);
            }
        }

        pub fn reap(&mut self) -> io::Result<ExitStatus> {
            self.reaped = true;
            self.leader.wait()
        }
    }

    /// Until the leader has ended; it is not reaped, so that its number stays its own.
    pub fn wait(state: &State) {
        let leader = state.lock().unwrap_or_else(PoisonError::into_inner).0.leader();
        while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(leader), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {}
    }

    #[cfg(not(target_os = "linux"))]
    pub fn end_orphans() {}

    /// Kills the children that this process has inherited, and theirs, until there are none.
    #[cfg(target_os = "linux")]
    pub fn end_orphans() {
        use rustix::process::{WaitOptions, getpid, kill_process, wait};
        use std::time::{Duration, Instant};
        let parent = format!(" {} ", getpid().as_raw_nonzero());
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(5) {
            match wait(WaitOptions::NOHANG) {
                Err(rustix::io::Errno::INTR) | Ok(Some(_)) => {}
                // No child is left.
                Err(_) => return,
                Ok(None) => {
                    for pid in children_of(&parent) {
                        let _ = kill_process(pid, Signal::KILL);
                    }
                    std::thread::sleep(Duration::from_millis(2));
                }
            }
        }
    }

    /// proc(5): `PID (NAME) STATE PPID …`, and NAME may hold anything.
    #[cfg(target_os = "linux")]
    fn children_of(parent: &str) -> Vec<Pid> {
        let processes = std::fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
        let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        let is_child = |pid: &i32| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit_once(')').is_some_and(|(_, rest)| rest.get(2..).is_some_and(|rest| rest.starts_with(parent)))
        };
        pids.filter(is_child).filter_map(Pid::from_raw).collect()
    }
}

#[cfg(not(unix))]
mod own {
    use super::{Child, Command, ExitStatus, PoisonError, State, io};

    pub fn session() {}

    /// A process. What it started is not known here.
    pub struct Members(Child);

    impl Members {
        pub fn start(command: &mut Command) -> io::Result<Self> {
            command.spawn().map(Members)
        }

        pub fn kill(&mut self) {
            let _ = self.0.kill();
        }

        pub fn reap(&mut self) -> io::Result<ExitStatus> {
            self.0.wait()
        }
    }

    pub fn wait(state: &State) {
        let ended = || state.lock().unwrap_or_else(PoisonError::into_inner).0.0.try_wait();
        while let Ok(None) = ended() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    pub fn end_orphans() {}
}
