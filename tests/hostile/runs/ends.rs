//! Nothing that a build started survives it, however the build ends.

use super::{PROGRAM, SERVICE, Scene};
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A kustomize that leaves processes behind: one of its group, one of a session of its own, and an orphan
/// of that. Then it does what `$HOME/then` says.
const KUSTOMIZE: &str = r#"#!/bin/sh
sleep 300 & echo $! >>"$HOME/pids"
setsid sh -c 'echo $$ >>"$HOME/pids"; exec sleep 300' &
sh -c 'setsid sh -c "echo \$\$ >>$HOME/pids; exec sleep 300" &'
until [ "$(wc -l <"$HOME/pids")" = 3 ]; do :; done
echo $$ >>"$HOME/pids"
. "$HOME/then"
"#;

/// How a build ends: what kustomize does at last, and what becomes of the program meanwhile.
const ENDS: &[(&str, &str, &[&str])] = &[
    ("finished", "cat app/service.yaml", &[]),
    ("failed", "exit 3", &[]),
    ("killed itself", "kill -KILL $$", &[]),
    ("killed", "exec sleep 300", &["kill -KILL PID"]),
    ("terminated", "exec sleep 300", &["kill -TERM PID"]),
    ("interrupted", "exec sleep 300", &["kill -INT PID"]),
    ("killed with its group, as Argo CD does", "exec sleep 300", &["env kill -TERM -- -PID", "env kill -KILL -- -PID"]),
    ("the kustomize alone is killed", "exec sleep 300", &["kill -KILL $(tail -n 1 \"$HOME/pids\")"]),
];

const COMMANDS: &[&[&str]] = &[&["render", "-k", "app"], &["argocd", "generate"], &["argocd", "generate", "--enable-exec"]];

#[test]
fn nothing_that_kustomize_started_survives_the_build() {
    for (name, then, kills) in ENDS {
        for arguments in COMMANDS {
            let scene = Scene::new();
            scene.write("bin/kustomize", KUSTOMIZE);
            scene.write("home/then", &then.replace("app/", "TREE/app/"));
            scene.write("tree/app/service.yaml", SERVICE);
            scene.write("tree/app/kustomization.yaml", "resources: [service.yaml]\n");
            let _left = Left(&scene);
            // A shell without job control has its background commands ignore SIGINT, and these the programs that they start.
            let mut command = scene.command("env", &["--default-signal=INT", PROGRAM]);
            command.args(*arguments);
            command.current_dir(scene.tree(if arguments[0] == "argocd" { "app" } else { "" })).process_group(0);
            let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            until(|| pids(&scene).len() == 4, name, &mut child);
            for kill in *kills {
                let kill = kill.replace("PID", &child.id().to_string());
                let mut kill = scene.command("sh", &["-c", &kill]);
                kill.stderr(Stdio::null()).status().unwrap();
            }
            until(|| false, name, &mut child);
            let left = |scene: &Scene| pids(scene).iter().filter(|pid| runs(pid)).count();
            let started = Instant::now();
            while left(&scene) > 0 && started.elapsed() < Duration::from_secs(30) {
                std::thread::sleep(Duration::from_millis(20));
            }
            let survivors = left(&scene);
            assert_eq!(survivors, 0, "{name}, {arguments:?}: something still runs");
            let folders = || fs::read_dir(scene.at("tmp")).unwrap().count();
            while folders() > 0 && started.elapsed() < Duration::from_secs(30) {
                std::thread::sleep(Duration::from_millis(20));
            }
            assert_eq!(folders(), 0, "{name}, {arguments:?}: a temporary folder is left");
        }
    }
}

/// Ends what has survived, also where the test fails.
struct Left<'s>(&'s Scene);

impl Drop for Left<'_> {
    fn drop(&mut self) {
        for pid in pids(self.0) {
            let _ = Command::new("kill").args(["-KILL", &pid]).stderr(Stdio::null()).status();
        }
    }
}

fn pids(scene: &Scene) -> Vec<String> {
    fs::read_to_string(scene.at("home/pids")).unwrap_or_default().lines().map(str::to_string).collect()
}

fn runs(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// Waits, at the latest until the program has ended.
fn until(condition: impl Fn() -> bool, name: &str, child: &mut Child) {
    let started = Instant::now();
    while !condition() && child.try_wait().unwrap().is_none() {
        if started.elapsed() > Duration::from_secs(30) {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{name}: it does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// With Docker the container is a process of the daemon's.
#[test]
fn a_container_of_an_allowed_function_is_removed_when_the_build_is_killed() {
    if !super::have("kustomize", "the end of a container") {
        return;
    }
    let scene = Scene::new();
    let image = super::allowed::tree(&scene, "");
    scene.write("bin/docker", "#!/bin/sh\necho \"$@\" >>MARK/docker\ncase $1 in run) sleep 300 ;; esac\n");
    let mut command = scene.command(PROGRAM, &["render", "-k", "app", "--allow-function", &image]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let lines = || fs::read_to_string(scene.at("mark/docker")).unwrap_or_default();
    until(|| lines().contains('\n'), "docker run", &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    let started = Instant::now();
    while lines().lines().count() < 2 && started.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let lines = lines();
    let name = lines.split_whitespace().find_map(|word| word.strip_prefix("--name=")).expect("a name");
    assert_eq!(lines.lines().nth(1), Some(&*format!("rm --force {name}")), "{lines}");
}
