//! `-o`: files are replaced, what is no file is written into, and nothing else is touched.

use crate::kit::{REQUEST, SERVICE};
use crate::shell::{bash, said, succeeds};
use std::fs;
use tempfile::TempDir;

/// Every command that writes into a file, and how it ends then.
const COMMANDS: [(&str, i32); 4] = [
    ("render in.yaml", 0),
    ("diff /dev/null in.yaml", 1),
    ("graph in.yaml --all --format dot", 0),
    ("validate rendered.yaml --format junit", 0),
];

/// What is no regular file: its name, how it comes about, the path for `-o`, and what then holds what
/// was written (nothing where that is lost). A new one is a line.
///
/// Devices, and the links of /dev, are copies: a program that replaces them, run by root, must not replace
/// those of this machine.
const STREAMS: [(&str, &str, &str, &str); 13] = [
    ("a device", "mknod -m 666 target c 1 3 2>/dev/null || ln -s /dev/null target", "target", ""),
    ("a link to a device", "mknod -m 666 null c 1 3 2>/dev/null || ln -s /dev/null null; ln -s null target", "target", ""),
    ("a named pipe", "mkfifo target; cat target >got &", "target", "got"),
    ("a link to a named pipe", "mkfifo pipe; ln -s pipe target; cat pipe >got &", "target", "got"),
    ("a link to a link", "mkfifo pipe; ln -s pipe one; ln -s one target; cat pipe >got &", "target", "got"),
    ("as /dev/stdout, a file", "ln -s /proc/self/fd/1 target; exec >got", "target", "got"),
    ("as /dev/stdout, a pipe", "ln -s /proc/self/fd/1 target; exec > >(cat >got)", "target", "got"),
    ("a link to such", "ln -s /proc/self/fd/1 out; ln -s out target; exec >got", "target", "got"),
    ("as /dev/stderr", "ln -s /proc/self/fd/2 target; exec 2>got", "target", "got"),
    ("/dev/fd/3, a file", "exec 3>got", "/dev/fd/3", "got"),
    ("/dev/fd/3, a pipe", "exec 3> >(cat >got)", "/dev/fd/3", "got"),
    ("/proc/self/fd/3", "exec 3>got", "/proc/self/fd/3", "got"),
    ("/proc/thread-self/fd/3", "exec 3>got", "/proc/thread-self/fd/3", "got"),
];

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.yaml"), format!("{SERVICE}---\n{REQUEST}")).unwrap();
    succeeds(folder.path(), "$P render in.yaml >rendered.yaml");
    folder
}

#[test]
fn what_is_no_file_is_written_into() {
    for (command, code) in COMMANDS {
        for (name, setup, target, got) in STREAMS {
            let folder = folder();
            let expected = String::from_utf8(bash(folder.path(), &format!("$P {command}")).stdout).unwrap();
            let kinds = "find . -maxdepth 1 -not -type f -printf '%p %y %l\\n' | sort >";
            let line = format!(
                "{setup}\n{kinds}before; $P {command} -o {target}; echo $? >code; {kinds}after; exec >&- 2>&- 3>&-; wait"
            );
            let output = bash(folder.path(), &line);
            let file = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
            assert_eq!(file("code").trim(), code.to_string(), "{name}, {command}: {}", said(&output));
            assert_eq!(file("before"), file("after"), "{name}, {command}");
            if !got.is_empty() {
                assert!(file(got).contains(&expected), "{name}, {command}: {}{}", file(got), said(&output));
            }
        }
    }
}

/// Shells write to the same descriptor before and after.
#[test]
fn what_others_write_to_a_descriptor_stays() {
    for (line, file) in [
        ("{ echo first; $P render in.yaml -o 1; echo last; } >got", "got"),
        ("{ echo first; $P render in.yaml -o 1; echo last; } >>got", "got"),
        ("{ echo first >&3; $P render in.yaml -o /dev/fd/3; echo last >&3; } 3>got", "got"),
        ("{ echo first >&2; $P render in.yaml -o 2; echo last >&2; } 2>got", "got"),
    ] {
        let folder = folder();
        succeeds(folder.path(), &format!("ln -s /proc/self/fd/1 1; ln -s /proc/self/fd/2 2; {line}"));
        let rendered = fs::read_to_string(folder.path().join("rendered.yaml")).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join(file)).unwrap(), format!("first\n{rendered}last\n"), "{line}");
    }
}

#[test]
fn a_process_substitution_gets_the_output() {
    let folder = folder();
    succeeds(
        folder.path(),
        "$P render in.yaml -o >(cat >got); for _ in $(seq 100); do cmp -s got rendered.yaml && break; sleep 0.1; done",
    );
    assert_eq!(fs::read(folder.path().join("got")).unwrap(), fs::read(folder.path().join("rendered.yaml")).unwrap());
}

#[test]
fn the_file_is_replaced_that_a_link_leads_to_and_the_link_stays() {
    let folder = folder();
    for setup in ["echo old >file; ln -s file link", "mkdir sub; ln -s sub/new link", "ln -s missing link"] {
        succeeds(
            folder.path(),
            &format!("rm -rf link file sub; {setup}; $P render in.yaml -o link; test -L link && cmp link rendered.yaml"),
        );
    }
}

/// A link comes with a checkout: it does not choose which file of the machine is overwritten.
#[test]
fn a_link_that_leads_out_of_its_folder_is_refused() {
    let folder = folder();
    for setup in [
        "ln -s ../outside work/out.yaml",
        "ln -s $PWD/outside work/out.yaml",
        "ln -s work/../outside out; ln -s ../out work/out.yaml",
    ] {
        succeeds(folder.path(), &format!("rm -rf work out; mkdir work; echo precious >outside; {setup}"));
        let output = bash(folder.path(), "cd work && $P render ../in.yaml -o out.yaml");
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains("\"out.yaml\" is a link that leads out of its folder"), "{}", said(&output));
        assert_eq!(fs::read_to_string(folder.path().join("outside")).unwrap(), "precious\n");
    }
}

#[test]
fn what_cannot_be_an_output_is_said_and_stays() {
    let folder = folder();
    for (setup, target, why) in [
        ("mkdir -p sub/inner", "sub", "\"sub\" is a folder; name a file"),
        ("ln -sfn sub link", "link", "\"link\" is a folder; name a file"),
        ("ln -sfn loop loop", "loop", "\"loop\" is a link that leads to itself"),
        ("true", "/proc/out.yaml", "no file can be made in \"/proc\""),
        ("true", "in.yaml/out.yaml", "\"in.yaml/out.yaml\" could not be written; it is as it was"),
    ] {
        let line = format!("{setup}; $P render in.yaml -o {target}");
        let output = bash(folder.path(), &line);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains(why), "{why}: {}", said(&output));
    }
    assert!(folder.path().join("sub/inner").is_dir());
}

#[test]
fn permissions_and_owner_of_a_file_stay() {
    let folder = folder();
    let state = succeeds(
        folder.path(),
        "umask 0; echo old >out; chmod 640 out; chown 1234:1235 out 2>/dev/null; stat -c '%a %u %g' out; $P render in.yaml -o out; stat -c '%a %u %g' out",
    );
    let (before, after) = state.trim().split_once('\n').unwrap();
    assert_eq!(before, after);
}

/// What a killed run left beside the file.
#[test]
fn leftovers_go_and_files_of_a_similar_name_stay() {
    let folder = folder();
    let left = ".proxy-service-0123456789abcdef.tmp";
    succeeds(folder.path(), &format!("echo half >{left}; echo mine >.proxy-service-notes; $P render in.yaml -o out"));
    assert!(!folder.path().join(left).exists() && folder.path().join(".proxy-service-notes").exists());
}
