//! What a repository's configuration, a commit and the environment can make git start.

use super::{SERVICE, Scene, run};
use std::process::Command;

/// Something that makes git start a program.
struct Setting {
    name: &'static str,
    /// Shell in the checkout that makes it. `$BIN/evil` leaves a mark.
    made: &'static str,
    /// Variables of git's environment.
    env: &'static [(&'static str, &'static str)],
    /// Shell in which git alone starts the program.
    alone: &'static str,
    /// What is compared.
    path: &'static str,
}

/// Without a variable, in `app`.
const fn config(name: &'static str, made: &'static str, alone: &'static str) -> Setting {
    Setting { name, made, env: &[], alone, path: "app" }
}

/// A partial clone that lacks a file of the first commit.
macro_rules! lacking {
    ($remote:literal) => {
        concat!(
            "git config core.repositoryformatversion 1; git config extensions.partialClone origin\n",
            "git config remote.origin.promisor true; git config remote.origin.url nowhere:x\n",
            "blob=$(git rev-parse HEAD^:app/a.yaml); rm -f .git/objects/$(echo $blob | sed 's,..,&/,')\n",
            $remote
        )
    };
}

/// A folder of the commit that git takes for a bare repository.
macro_rules! bare {
    ($config:literal) => {
        concat!(
            "mkdir -p app/bare/objects app/bare/refs app/bare/sub; touch app/bare/objects/x app/bare/refs/x app/bare/sub/x\n",
            "echo 'ref: refs/heads/main' >app/bare/HEAD\n",
            "printf '[core]\\nrepositoryformatversion = 0\\nbare = false\\nworktree = ..\\n' >app/bare/config\n",
            $config,
            "\ngit add -f app/bare; git commit -q -m bare"
        )
    };
}

const FETCH: &str = "git cat-file -p HEAD^:app/a.yaml";
const STATUS: &str = "touch -d yesterday app/a.yaml; git status";
const CHECKOUT: &str = "rm app/a.yaml; git checkout -q app/a.yaml; touch -d yesterday app/a.yaml; git status";

const SETTINGS: &[Setting] = &[
    config("fsmonitor", "git config core.fsmonitor $BIN/evil", STATUS),
    config("hooks", "git config core.hooksPath $BIN/hooks", "git checkout -q HEAD^; git checkout -q main"),
    config("a filter that cleans", "echo '*.yaml filter=e' >.git/info/attributes; git config filter.e.clean $BIN/evil", CHECKOUT),
    config(
        "a filter that smudges",
        "echo '*.yaml filter=e' >.git/info/attributes; git config filter.e.smudge $BIN/evil",
        CHECKOUT,
    ),
    config(
        "a filter that stays",
        "echo '*.yaml filter=e' >.git/info/attributes; git config filter.e.process $BIN/evil",
        CHECKOUT,
    ),
    config(
        "a filter with an equals sign in its name",
        "echo '*.yaml filter=e=f' >.git/info/attributes; git config filter.e=f.clean $BIN/evil; git config filter.e=f.smudge $BIN/evil",
        CHECKOUT,
    ),
    config(
        "a filter in a file of the commit that the configuration includes",
        "printf '[filter \"e\"]\\nclean = %s/evil\\n' $BIN >evil.config; echo '*.yaml filter=e' >.gitattributes; git add .; git commit -q -m x; git config include.path ../evil.config",
        CHECKOUT,
    ),
    config(
        "uploadpack of the remote that a partial clone has",
        lacking!("git config remote.origin.url $PWD; git config remote.origin.uploadpack $BIN/evil"),
        FETCH,
    ),
    config("ssh of that remote", lacking!("git config core.sshCommand $BIN/evil"), FETCH),
    config(
        "ext:: of that remote",
        lacking!("git config remote.origin.url 'ext::evil'; git config protocol.ext.allow always"),
        FETCH,
    ),
    config("a helper for that remote", lacking!("git config remote.origin.vcs evil"), FETCH),
    config(
        "a proxy for that remote",
        lacking!("git config remote.origin.url git://localhost/x; git config core.gitProxy $BIN/evil"),
        FETCH,
    ),
    config("an external diff", "git config diff.external $BIN/evil", "git diff HEAD^"),
    config("textconv", "echo '*.yaml diff=e' >.git/info/attributes; git config diff.e.textconv $BIN/evil", "git diff HEAD^"),
    config("an alias", "git config alias.x '!evil'", "git x"),
    Setting {
        name: "a bare repository in the commit, with fsmonitor",
        made: bare!("printf '[core]\\nfsmonitor = %s/evil\\n' $BIN >>app/bare/config"),
        env: &[],
        alone: "cd app/bare && git status",
        path: "app/bare",
    },
    Setting {
        name: "below a bare repository in the commit",
        made: bare!("printf '[core]\\nfsmonitor = %s/evil\\n' $BIN >>app/bare/config"),
        env: &[],
        alone: "cd app/bare/sub && git status",
        path: "app/bare/sub",
    },
    Setting {
        name: "a bare repository in the commit, which lacks an object",
        made: bare!(
            "printf '[core]\\nrepositoryformatversion = 1\\n[extensions]\\npartialClone = o\\n[remote \"o\"]\\npromisor = true\\nurl = /\\nuploadpack = %s/evil\\n' $BIN >>app/bare/config; echo 0123456789012345678901234567890123456789 >app/bare/HEAD"
        ),
        env: &[],
        alone: "cd app/bare && git log",
        path: "app/bare",
    },
    Setting {
        name: "variables with settings",
        made: "true",
        env: &[("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "core.fsmonitor"), ("GIT_CONFIG_VALUE_0", "evil")],
        alone: STATUS,
        path: "app",
    },
    Setting {
        name: "a variable with the file of settings",
        made: "printf '[core]\\nfsmonitor = evil\\n' >../home/evil.config",
        env: &[("GIT_CONFIG_GLOBAL", "../home/evil.config")],
        alone: STATUS,
        path: "app",
    },
    Setting {
        name: "the user's settings",
        made: "printf '[core]\\nfsmonitor = evil\\nhooksPath = %s/hooks\\n' $BIN >../home/.gitconfig",
        env: &[],
        alone: STATUS,
        path: "app",
    },
    Setting {
        name: "a variable with an external diff",
        made: "true",
        env: &[("GIT_EXTERNAL_DIFF", "evil")],
        alone: "git diff HEAD^",
        path: "app",
    },
    Setting {
        name: "a variable with ssh",
        made: lacking!("true"),
        env: &[("GIT_SSH_COMMAND", "evil")],
        alone: FETCH,
        path: "app",
    },
    Setting {
        name: "a variable with a file for traces",
        made: "true",
        env: &[("GIT_TRACE", "MARK/trace"), ("GIT_TRACE2_EVENT", "MARK/trace2")],
        alone: "git status",
        path: "app",
    },
];

const COMPARISONS: &[&str] = &["HEAD^..HEAD", "HEAD^...HEAD", "HEAD..HEAD", "HEAD^", "HEAD"];

fn scene(setting: &Setting) -> Scene {
    let scene = Scene::new();
    let evil = "#!/bin/sh\ntouch MARK/ran\nexit 1\n";
    for file in ["evil", "git-remote-evil", "hooks/post-checkout", "hooks/post-index-change", "hooks/reference-transaction"] {
        scene.write(&format!("bin/{file}"), evil);
    }
    scene.write("tree/app/a.yaml", SERVICE);
    scene.commit("first");
    scene.write("tree/app/a.yaml", &SERVICE.replace("80", "81"));
    scene.commit("second");
    scene.shell(setting.made).succeeded().unwrap_or_else(|why| panic!("{}: {why}", setting.name));
    scene.marked();
    scene
}

fn with(mut command: Command, scene: &Scene, setting: &Setting) -> Command {
    for (name, value) in setting.env {
        command.env(name, value.replace("MARK", &scene.mark()));
    }
    command.env("MARK", scene.mark()).env("BIN", scene.at("bin"));
    command
}

#[test]
fn nothing_makes_the_git_of_a_comparison_start_a_program() {
    let mut wrong = Vec::new();
    for setting in SETTINGS {
        let alone = scene(setting);
        let mut command = with(alone.command("sh", &["-c", setting.alone]), &alone, setting);
        let done = run(&mut command, None, super::PATIENCE).unwrap();
        if !alone.marked() {
            wrong.push(format!("{} is no way: git alone starts nothing\n{}{}", setting.name, done.stdout, done.stderr));
        }
        let scene = scene(setting);
        scene.shell("touch -d yesterday app/a.yaml").succeeded().unwrap();
        for range in COMPARISONS {
            let mut command = with(scene.command(super::PROGRAM, &["diff", "--git", range, setting.path]), &scene, setting);
            let done = run(&mut command, None, super::PATIENCE).unwrap();
            if scene.marked() {
                wrong.push(format!("{}: `diff --git {range}` starts it", setting.name));
            }
            assert!(matches!(done.status.code(), Some(0..=2)), "{}: {}", setting.name, done.stderr);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_partial_clone_says_what_it_lacks() {
    let setting = config("", lacking!("true"), "");
    let scene = scene(&setting);
    let done = scene.program(&["diff", "--git", "HEAD^..HEAD", "app"]);
    assert_eq!(done.status.code(), Some(2), "{}", done.stdout);
    assert!(done.stderr.contains("with a clone that has all files (without `--filter`)"), "{}", done.stderr);
}

/// CI checks out as another user, and adds the folder to the settings of the user or of the machine.
#[test]
fn a_repository_of_somebody_else_is_read_where_the_user_trusts_it() {
    use std::os::unix::fs::MetadataExt;
    let scene = scene(&config("", "true", ""));
    if scene.at("tree").metadata().unwrap().uid() != 0 {
        println!("safe.directory was NOT tried: only root can give a folder to somebody else");
        return;
    }
    scene.shell("chown -R 12345 .").succeeded().unwrap();
    let diff = || scene.program(&["diff", "--git", "HEAD^..HEAD", "app"]);
    let done = diff();
    assert_eq!(done.status.code(), Some(2));
    assert!(done.stderr.contains("git does not trust the repository of \"app\""), "{}", done.stderr);
    let tree = scene.at("tree").canonicalize().unwrap();
    for settings in [
        format!("[safe]\n\tdirectory = {}\n", tree.display()),
        "[safe]\n\tdirectory = *\n".to_string(),
        "[include]\n\tpath = more\n".to_string(),
    ] {
        scene.write("home/.gitconfig", &settings);
        scene.write("home/more", "[safe]\n\tdirectory = *\n");
        assert_eq!(diff().status.code(), Some(1), "{settings}");
    }
    // Of the repository's own configuration it does not count.
    scene.write("home/.gitconfig", "");
    scene.shell("printf '[safe]\\n\\tdirectory = *\\n' >>.git/config").succeeded().unwrap();
    assert_eq!(diff().status.code(), Some(2));
}
