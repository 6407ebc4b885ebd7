//! Everything that is displayed: whatever an input says, a terminal is not moved and a log gets no
//! command.

use super::hostile::{CHARACTERS, COMMANDS, Scene, scenes};
use crate::shell::{bash, have, said, succeeds};
use proxy_service::krm::acts;
use std::fs;
use std::process::Output;

/// Every command and format, and whether stdout is text to be displayed; manifests are not.
const DISPLAYS: [(&str, bool); 17] = [
    ("render after.yaml", false),
    ("flux after.yaml -o out --name app", true),
    ("validate after.yaml", true),
    ("validate after.yaml --format json", true),
    ("validate after.yaml --format junit", true),
    ("validate after.yaml --format sarif", true),
    ("validate after.yaml --format github", true),
    ("validate after.yaml --format sarif -o report", true),
    ("diff before.yaml after.yaml", true),
    ("diff before.yaml after.yaml --color always", true),
    ("diff before.yaml after.yaml --format markdown --graph", true),
    ("diff before.yaml after.yaml --format json", true),
    ("graph after.yaml --before before.yaml --all --format mermaid", true),
    ("graph after.yaml --before before.yaml --all --format dot", true),
    ("graph after.yaml --before before.yaml --all --format svg", true),
    ("graph after.yaml --before before.yaml --all --format html", true),
    ("--color always render after.yaml", false),
];

/// What this program's own colours are made of.
fn without_colours(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        match after.split_once('m') {
            Some((numbers, after)) if numbers.chars().all(|c| c.is_ascii_digit() || c == ';') && numbers.len() < 6 => {
                rest = after
            }
            _ => {
                out.push_str("\u{1b}[");
                rest = after;
            }
        }
    }
    out + rest
}

/// Nothing in a displayed text acts.
fn check(what: &str, text: &str) {
    let text = if what.contains("--color always") { without_colours(text) } else { text.to_string() };
    for line in text.split('\n') {
        // The selector of a picture's variant is no command, behind a picture.
        let acting: Vec<char> = line.chars().filter(|c| acts(*c) && *c != '\t').collect();
        assert!(acting.is_empty(), "{what}: {acting:?} in {line:?}");
        assert!(!line.contains("##["), "{what}: {line:?}");
        assert!(!line.contains("##vso["), "{what}: {line:?}");
        let ours = what.contains("--format github") && (line.starts_with("::error ") || line.starts_with("::warning "));
        assert!(ours || !line.trim_start().starts_with("::"), "{what}: {line:?}");
    }
}

fn shown(what: &str, output: &Output, stdout: bool) {
    assert!(!said(output).contains("panicked"), "{what}: {}", said(output));
    check(&format!("{what}, stderr"), std::str::from_utf8(&output.stderr).unwrap());
    if stdout {
        check(&format!("{what}, stdout"), std::str::from_utf8(&output.stdout).unwrap());
    }
}

fn texts() -> impl Iterator<Item = String> {
    let alone = COMMANDS.iter().map(|text| (*text).to_string());
    [CHARACTERS.to_string(), format!("::a{CHARACTERS}")].into_iter().chain(alone)
}

#[test]
fn no_format_of_any_command_displays_a_text_that_acts() {
    let folder = tempfile::tempdir().unwrap();
    let mut displayed = 0;
    for Scene { name, before, after } in scenes(&texts().collect::<Vec<_>>()) {
        fs::write(folder.path().join("before.yaml"), before).unwrap();
        fs::write(folder.path().join("after.yaml"), after).unwrap();
        // One shell for all: a process each costs more than the program.
        let runs: String = DISPLAYS
            .iter()
            .enumerate()
            .map(|(number, (command, _))| format!("$P {command} >{number}.out 2>{number}.err; echo $? >{number}.code\n"))
            .collect();
        succeeds(folder.path(), &format!("rm -rf out; {runs}true"));
        let file = |name: String| fs::read_to_string(folder.path().join(name)).unwrap();
        for (number, (command, stdout)) in DISPLAYS.iter().enumerate() {
            let what = format!("{name}: {command}");
            let (out, err) = (file(format!("{number}.out")), file(format!("{number}.err")));
            assert!(matches!(file(format!("{number}.code")).trim(), "0" | "1" | "2"), "{what}: {err}");
            check(&what, &err);
            if *stdout {
                check(&what, &out);
            }
            displayed += usize::from(out.contains("stop-commands") || err.contains("stop-commands"));
        }
    }
    // Else nothing was shown, and nothing was tried.
    assert!(displayed > 50, "{displayed}");
}

#[test]
fn every_finding_is_one_line_or_one_command() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = 0;
    for Scene { name, after, .. } in scenes(&texts().collect::<Vec<_>>()) {
        fs::write(folder.path().join("after.yaml"), after).unwrap();
        let json: serde_json::Value =
            serde_json::from_slice(&bash(folder.path(), "$P validate after.yaml --format json").stdout).unwrap();
        let findings = json["findings"].as_array().unwrap().len();
        let lines = String::from_utf8(bash(folder.path(), "$P validate after.yaml --format github").stdout).unwrap();
        let commands = lines.lines().filter(|line| line.starts_with("::")).count();
        assert_eq!((commands, lines.lines().count()), (findings, findings + 1), "{name}: {lines}");
        all += findings;
    }
    assert!(all > 50, "{all}");
}

/// Names of files and folders, words of the command line, and what the environment says.
#[test]
fn words_and_names_of_files_do_not_act_either() {
    let folder = tempfile::tempdir().unwrap();
    let service =
        "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{name: http, port: 80}], selector: {app: cart}}\n";
    for text in texts() {
        // A file's name has no NUL and no slash.
        let name: String = text.chars().filter(|c| !matches!(c, '\0' | '/')).collect();
        let inner = folder.path().join(&name);
        fs::create_dir_all(&inner).unwrap();
        fs::write(inner.join("service.yaml"), service).unwrap();
        fs::write(inner.join(format!("{name}.yaml")), "kind: Service\n").unwrap();
        let word = format!("'{}'", name.replace('\'', r"'\''"));
        for (line, stdout) in [
            (format!("$P render {word}"), true),
            (format!("$P validate {word}"), true),
            (format!("$P diff {word} /dev/null"), true),
            (format!("$P diff /dev/null {word}/service.yaml --title {word} --format markdown"), true),
            (format!("$P diff /dev/null {word}/service.yaml"), true),
            (format!("$P diff --git {word} ."), true),
            (format!("$P graph {word}/service.yaml --service {word}"), true),
            (format!("$P graph {word} -o {word}"), true),
            (format!("$P render -o {word} {word}/service.yaml"), true),
            (format!("$P flux -k {word} -o {word} --name {word}"), true),
            (format!("$P flux {word} -o out --name a --source {word} --path {word}"), true),
            (format!("$P init --dry-run {word}"), true),
            (format!("rm {word}/[!s]*; $P init --dry-run {word} --service {word}"), true),
            (format!("$P init {word}"), true),
            (format!("$P init {word} --label={word}"), true),
            (format!("$P install {word}; rm -rf {word}/proxy-service"), true),
            (format!("$P install {word}-missing"), true),
            (format!("$P explain {word}"), true),
            (format!("$P {word}"), true),
            (format!("$P render {word} --no-such={word}"), true),
            (format!("$P render --format {word}"), true),
            (format!("$P validate --format {word}"), true),
            (format!("$P schema {word}"), true),
            (format!("$P --color {word}"), true),
            (format!("ARGOCD_ENV_OVERLAY={word} ARGOCD_APP_PARAMETERS={word} $P argocd generate"), true),
            (format!("ARGOCD_ENV_OVERLAY={word} ARGOCD_ENV_RECURSE={word} $P argocd generate"), true),
            (format!("cd {word} && $P argocd generate"), false),
        ] {
            shown(&line.replace(&word, &format!("{name:?}")), &bash(folder.path(), &line), stdout);
        }
        fs::remove_dir_all(&inner).unwrap();
    }
}

/// What other programs say: kustomize's errors have names of files and texts out of them.
#[test]
fn what_kustomize_and_git_say_does_not_act() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("app")).unwrap();
    fs::create_dir_all(folder.path().join("bin")).unwrap();
    fs::write(folder.path().join("app/kustomization.yaml"), "resources: []\n").unwrap();
    // A repository is found by its files; only then git is asked.
    assert!(bash(folder.path(), "git init --quiet").status.success());
    for text in texts() {
        fs::write(folder.path().join("said"), format!("Error: {text}\n{text}\r\n  {text}")).unwrap();
        let stand_in = "printf '#!/bin/sh\\ncat said ../said >&2 2>/dev/null\\nexit 1\\n' | tee bin/kustomize bin/git >/dev/null; chmod +x bin/*; PATH=$PWD/bin:$PATH";
        for line in [
            "$P render -k app",
            "$P diff app /dev/null",
            "$P diff app /dev/null --enable-exec",
            "$P diff --git HEAD app",
            "$P graph app",
            "$P flux -k app -o out --name a",
            "$P init app",
            "cd app && $P argocd generate",
            "cd app && $P argocd generate --no-exec",
        ] {
            let output = bash(folder.path(), &format!("{stand_in}; {line}"));
            assert!(output.status.code().is_some_and(|code| code > 0), "{line}: {}", said(&output));
            assert!(said(&output).contains("Error: "), "{line} passes it on: {}", said(&output));
            shown(&format!("{text:?}: {line}"), &output, true);
        }
    }
}

/// What looks like a line of this program's is one.
#[test]
fn a_word_of_the_command_line_begins_no_line() {
    let folder = tempfile::tempdir().unwrap();
    for line in [
        "$P $'a\\nforged'",
        "$P render --$'a\\nforged'",
        "$P schema $'a\\nforged'",
        "$P explain $'a\\nforged'",
        "$P render $'a\\nforged'",
    ] {
        let output = bash(folder.path(), line);
        assert!(output.status.code().is_some_and(|code| code > 0), "{line}: {}", said(&output));
        assert!(said(&output).contains("a\\nforged"), "{line}: {}", said(&output));
    }
}

#[test]
fn the_real_kustomize_does_not_act() {
    if !have("kustomize") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("app")).unwrap();
    for text in texts() {
        let kustomization = serde_json::json!({"resources": [text], "namePrefix": text});
        fs::write(folder.path().join("app/kustomization.yaml"), kustomization.to_string()).unwrap();
        for line in [
            "$P render -k app",
            "$P diff app /dev/null --format markdown",
            "$P init app",
            "cd app && $P argocd generate --no-exec",
        ] {
            let output = bash(folder.path(), line);
            assert!(output.status.code().is_some_and(|code| code > 0), "{line}: {}", said(&output));
            shown(&format!("{text:?}: {line}"), &output, true);
        }
    }
}

/// SARIF 2.1.0, 3.11.6: `[text](destination)`, where a backslash stands before each bracket of the text.
#[test]
fn no_message_of_a_sarif_report_has_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let texts = ["[a](https://evil.example)", "[a\\](1)", "[a\\\\](1)", "\\[a](1)", "[[a]](1)", "a](1)", "[a] (1) [b](c"];
    for Scene { name, after, .. } in scenes(&texts.map(str::to_string)) {
        fs::write(folder.path().join("after.yaml"), after).unwrap();
        let report = bash(folder.path(), "$P validate after.yaml --format sarif").stdout;
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        for result in report["runs"][0]["results"].as_array().unwrap() {
            let message = result["message"]["text"].as_str().unwrap();
            assert!(!has_link(message), "{name}: {message}");
        }
    }
    assert!(has_link("a [b](c) d") && has_link("[a\\]b\\\\](1)") && !has_link("[a\\](1)") && !has_link("spec.ports[0] (a)"));
}

/// Reads a message as the grammar has it.
fn has_link(message: &str) -> bool {
    let characters: Vec<char> = message.chars().collect();
    (0..characters.len()).filter(|at| characters[*at] == '[' && (*at == 0 || characters[at - 1] != '\\')).any(|start| {
        let mut at = start + 1;
        while at < characters.len() {
            match characters[at] {
                '\\' if matches!(characters.get(at + 1), Some('\\' | '[' | ']')) => at += 2,
                '\\' | '[' => return false,
                ']' => return characters.get(at + 1) == Some(&'(') && characters[at..].contains(&')'),
                _ => at += 1,
            }
        }
        false
    })
}
