//! Which files are read: those that are named, and of those that are found in a folder the regular ones
//! inside of it.

use crate::kit::{REQUEST, SERVICE};
use crate::shell::{bash, have, said, succeeds};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Stands in a file outside of the folder, and must not be shown.
const PRECIOUS: &str = "PRECIOUS";

/// Every command that reads a folder, and how it ends when it cannot.
const COMMANDS: [(&str, i32); 7] = [
    ("$P render app", 1),
    ("$P validate app", 2),
    ("$P diff app /dev/null", 2),
    ("$P graph app", 1),
    ("$P init --dry-run app", 1),
    ("$P flux app -o out --name a", 1),
    ("cd app && $P argocd generate", 1),
];

/// What does not belong into a folder of manifests: how it gets there, and what is said. A new one is a
/// line.
const ODD: [(&str, &str); 12] = [
    ("ln -s ../outside.yaml app/odd.yaml", "PS077: \"@\" is a link that leads out of the folder"),
    ("ln -s $PWD/outside.yaml app/odd.yaml", "PS077: \"@\" is a link that leads out of the folder"),
    ("ln -s ../one app/odd.yaml; ln -s outside.yaml one", "PS077: \"@\" is a link that leads out of the folder"),
    ("ln -s /dev/zero app/odd.yaml", "PS077: \"@\" is a device"),
    ("ln -s /proc/self/fd/0 app/odd.yaml", "PS077: \"@\" is a device"),
    ("mkfifo app/odd.yaml", "PS077: \"@\" is a named pipe"),
    ("mkfifo pipe; ln -s ../pipe app/odd.yaml", "PS077: \"@\" is a named pipe"),
    ("mkdir folder; ln -s ../folder app/odd.yaml", "PS077: \"@\" is a folder"),
    ("python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"app/odd.yaml\")'", "PS077: \"@\" is a socket"),
    ("ln -s nowhere app/odd.yaml", "PS009: \"@\" could not be read"),
    ("ln -s odd.yaml app/odd.yaml", "PS009: \"@\" could not be read"),
    ("truncate -s 257M app/odd.yaml", "PS078: \"@\" is too large: it has more than 256 MiB"),
];

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("app")).unwrap();
    fs::write(folder.path().join("app/good.yaml"), SERVICE).unwrap();
    fs::write(folder.path().join("outside.yaml"), format!("{}# {PRECIOUS}\n", SERVICE.replace("cart", PRECIOUS))).unwrap();
    folder
}

fn quick(folder: &Path, line: &str) -> std::process::Output {
    let started = Instant::now();
    let output = bash(folder, line);
    assert!(started.elapsed() < Duration::from_secs(60), "{line} took {:?}", started.elapsed());
    output
}

#[test]
fn what_is_no_file_of_a_folder_is_an_error_that_names_it() {
    for (setup, finding) in ODD {
        let folder = folder();
        succeeds(folder.path(), setup);
        for (command, code) in COMMANDS {
            let output = quick(folder.path(), command);
            let text = said(&output);
            assert_eq!(output.status.code(), Some(code), "{setup}: {command}: {text}");
            let name = if command.contains("argocd") { "./odd.yaml" } else { "app/odd.yaml" };
            assert!(text.contains(&finding.replace('@', name)), "{setup}: {command}: {text}");
            assert!(!text.contains(PRECIOUS), "{setup}: {command}: {text}");
        }
    }
}

#[test]
fn every_odd_file_is_told_and_not_the_first_alone() {
    let folder = folder();
    succeeds(folder.path(), "mkfifo app/a.yaml app/b.yaml");
    let text = said(&bash(folder.path(), "$P render app"));
    assert!(text.contains("app/a.yaml") && text.contains("app/b.yaml"), "{text}");
}

#[test]
fn links_that_stay_inside_are_files() {
    for setup in [
        "mkdir app/sub; mv app/good.yaml app/sub/good; ln -s sub/good app/linked.yaml",
        "mv app/good.yaml app/good; ln -s $PWD/app/good app/linked.yaml",
        "mv app/good.yaml good.yaml; ln good.yaml app/linked.yaml",
        "mv app real; ln -s real app",
        "mkdir app/sub; ln -s ../.. app/sub/up",
    ] {
        let folder = folder();
        succeeds(folder.path(), setup);
        assert_eq!(succeeds(folder.path(), "$P render -R app"), SERVICE, "{setup}");
    }
}

/// What a person names may lie anywhere and be anything.
#[test]
fn what_the_command_line_names_is_read() {
    for line in [
        "$P render outside.yaml",
        "ln -s outside.yaml link; $P render link",
        "ln -s $PWD elsewhere; $P render elsewhere/outside.yaml",
        "$P render <(cat outside.yaml)",
        "$P render /dev/stdin <outside.yaml",
        "$P render /dev/fd/7 7<outside.yaml",
        "cat outside.yaml | $P render /dev/stdin",
        "mkfifo pipe; cat outside.yaml >pipe & $P render pipe",
        "$P render - <outside.yaml",
    ] {
        let folder = folder();
        assert!(succeeds(folder.path(), line).contains(PRECIOUS), "{line}");
    }
}

#[test]
fn what_never_ends_is_ended() {
    let folder = folder();
    for (line, code) in [
        ("$P </dev/zero", 1),
        ("$P render /dev/zero", 1),
        ("$P render - </dev/zero", 1),
        ("cat /dev/zero | $P validate", 2),
        ("$P diff /dev/zero app", 2),
        ("$P render <(yes)", 1),
    ] {
        let output = quick(folder.path(), line);
        assert_eq!(output.status.code(), Some(code), "{line}: {}", said(&output));
        assert!(said(&output).contains("error PS078"), "{line}: {}", said(&output));
    }
}

/// The path is named, but what it is comes with the commit.
#[test]
fn a_commit_does_not_lead_out_of_its_checkout() {
    for (setup, path) in [
        ("rm -r app; ln -s ../outside app", "app"),
        ("rm -r app; ln -s $(dirname $PWD)/outside app", "app"),
        ("rm -r app; ln -s .. app", "app/outside"),
        ("rm app/good.yaml; ln -s ../../outside/outside.yaml app/good.yaml", "app/good.yaml"),
        ("ln -s ../../outside/outside.yaml app/more.yaml", "app"),
    ] {
        let folder = folder();
        let start = "mkdir outside repository && mv outside.yaml outside && mv app repository && cd repository && \
            git init -q -b main . && git add . && git commit -q -m first";
        succeeds(folder.path(), start);
        succeeds(folder.path(), &format!("cd repository && {setup}"));
        for range in ["HEAD", "HEAD..HEAD"] {
            if range.contains("..") {
                succeeds(folder.path(), "cd repository && git add -A && git commit -q -m second");
            }
            // The temporary checkout is beside the file too.
            let line = format!("cd repository && TMPDIR=$(dirname $PWD) $P diff --git {range} {path} --format json");
            let output = quick(folder.path(), &line);
            assert_eq!(output.status.code(), Some(2), "{setup}, {range}: {}", said(&output));
            assert!(!said(&output).contains(PRECIOUS), "{setup}, {range}: {}", said(&output));
            let found = ["PS077", "PS009", "PS094", "does not exist"].iter().any(|why| said(&output).contains(why));
            assert!(found, "{setup}, {range}: {}", said(&output));
        }
    }
}

/// `flux` compares with what stands in its folder, where a commit may have put something else.
#[test]
fn the_last_output_of_flux_is_read_inside_of_its_folder() {
    let folder = folder();
    fs::write(folder.path().join("in.yaml"), format!("{SERVICE}---\n{REQUEST}")).unwrap();
    for odd in [
        "ln -s /dev/zero out/app/manifests.yaml",
        "ln -s ../../outside.yaml out/app/manifests.yaml",
        "mkfifo out/app/manifests.yaml",
    ] {
        succeeds(folder.path(), &format!("rm -rf out; $P flux in.yaml -o out --name a; rm out/app/manifests.yaml; {odd}"));
        let output = quick(folder.path(), "$P flux in.yaml -o out --name a");
        assert_eq!(output.status.code(), Some(1), "{odd}: {}", said(&output));
        assert!(said(&output).contains("error PS077") && !said(&output).contains(PRECIOUS), "{odd}: {}", said(&output));
    }
}

/// Questions that are asked of a kustomization's files before kustomize runs: does it run the function?
#[test]
fn a_kustomization_that_names_odd_files_does_not_hang() {
    if !have("kustomize") {
        return;
    }
    for (field, entry) in
        [("components", "pipe"), ("components", "/dev/zero"), ("transformers", "/dev/zero"), ("resources", "/dev/zero")]
    {
        let folder = folder();
        succeeds(
            folder.path(),
            &format!("mkfifo app/pipe; printf 'resources: [good.yaml]\\n{field}: [{entry}]\\n' >app/kustomization.yaml"),
        );
        for command in ["$P init --dry-run app", "$P diff app /dev/null"] {
            // kustomize itself reads a device for ever.
            let output = quick(
                folder.path(),
                &format!(
                    "PATH=$PWD/bin:$PATH; mkdir -p bin; printf '#!/bin/sh\\nexit 1\\n' >bin/kustomize; chmod +x bin/kustomize; {command}"
                ),
            );
            assert!(output.status.code().is_some_and(|code| code > 0), "{field}: {}", said(&output));
        }
    }
}
