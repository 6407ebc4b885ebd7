//! What Applications say to the plugin: every wrong value is told, by its field.

use super::command::{Done, PATIENCE, PROGRAM, run};
use super::report::Report;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Parameters, variables of `env`, options of the command; the beginning and a part of what is said.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str], &'static str, &'static str);

const WRONG: &[Case] = &[
    ("{", &[], &[], "error PS090: ", "leave it to Argo CD"),
    ("{}", &[], &[], "error PS090: ", "no list"),
    ("[{}]", &[], &[], "error PS090: ", "no name"),
    ("\"overlay\"", &[], &[], "error PS090: ", "no list"),
    (
        r#"[{"name":"overlays","string":"prod"}]"#,
        &[],
        &[],
        "error PS091 spec.source.plugin.parameters[overlays]: ",
        "did you mean \"overlay\"?; use one of overlay, recurse, kustomize-flags",
    ),
    (
        r#"[{"name":"overlay","string":"../../etc"}]"#,
        &[],
        &[],
        "error PS092 spec.source.plugin.parameters[overlay]: the value is \"../../etc\"",
        "leads out of the Application's folder",
    ),
    (r#"[{"name":"overlay","string":"/etc"}]"#, &[], &[], "error PS092 ", "leads out"),
    (r#"[{"name":"overlay","string":"nowhere"}]"#, &[], &[], "error PS092 ", "is not there"),
    (r#"[{"name":"overlay","string":"link"}]"#, &[], &[], "error PS092 ", "is a link that leads out"),
    (r#"[{"name":"overlay","string":"app.yaml"}]"#, &[], &[], "error PS092 ", "is a file"),
    (r#"[{"name":"overlay","array":["a"]}]"#, &[], &[], "error PS092 ", "[\"a\"], not a string"),
    (r#"[{"name":"recurse","string":"yes"}]"#, &[], &[], "error PS092 ", "\"yes\", neither \"true\" nor \"false\""),
    ("", &[("ARGOCD_ENV_OVERLAY", "..")], &[], "error PS092 spec.source.plugin.env[OVERLAY]: ", "leads out"),
    (
        r#"[{"name":"overlay","string":"a"}]"#,
        &[("ARGOCD_ENV_OVERLAY", "b")],
        &[],
        "error PS092 spec.source.plugin.env[OVERLAY]: ",
        "has two values, \"a\" and \"b\"",
    ),
    (
        r#"[{"name":"kustomize-flags","array":["enable-helm"]}]"#,
        &[],
        &[],
        "error PS092 spec.source.plugin.parameters[kustomize-flags]: ",
        "add `--allow=enable-helm` to the plugin's generate command",
    ),
    (
        r#"[{"name":"kustomize-flags","array":["--helm-command=sh"]}]"#,
        &[],
        &["--allow=enable-helm"],
        "error PS092 ",
        "(it allows: enable-helm); remove it; no others than enable-helm, load-restrictions-none can be allowed",
    ),
    ("", &[("ARGOCD_ENV_KUSTOMIZE_FLAGS", "enable-helm; reboot")], &["--allow=enable-helm"], "error PS092 ", "\"enable-helm;\""),
];

pub fn suite(report: &mut Report) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("app.yaml"), SERVICE).expect("a file");
    std::os::unix::fs::symlink("/", folder.path().join("link")).expect("a link");
    let outcome = WRONG.iter().try_for_each(|case| refused(folder.path(), case));
    report.check("parameters: every wrong one is told with its field, its value and the remedy", outcome);
    report.check("parameters: all wrong ones are told at once", at_once(folder.path()));
    report.check("parameters: none at all, in every form in which Argo CD says so", none(folder.path()));
    report.check("parameters: values of any length and any bytes stay on one line", hostile(folder.path()));
}

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{port: 80}]}\n";

fn generate(folder: &Path, json: Option<&str>, env: &[(&str, &str)], options: &[&str]) -> Result<Done, String> {
    let mut command = Command::new(PROGRAM);
    command.args(["argocd", "generate"]).args(options).current_dir(folder).env_clear().envs(env.iter().copied());
    if let Some(json) = json {
        command.env("ARGOCD_APP_PARAMETERS", json);
    }
    run(&mut command, None, PATIENCE)
}

fn refused(folder: &Path, (json, env, options, start, part): &Case) -> Result<(), String> {
    let done = generate(folder, Some(json), env, options)?;
    let one_line = done.stderr.lines().count() == 1;
    if done.status.code() == Some(1)
        && done.stdout.is_empty()
        && one_line
        && done.stderr.starts_with(start)
        && done.stderr.contains(part)
    {
        return Ok(());
    }
    Err(format!("{json} {env:?}: {}\n{}{}\ndue: {start}… {part}", done.status, done.stdout, done.stderr))
}

fn at_once(folder: &Path) -> Result<(), String> {
    let json = r#"[{"name":"x"},{"name":"overlay","string":".."},{"name":"recurse","map":{}}]"#;
    let done = generate(folder, Some(json), &[], &[])?;
    let codes: Vec<&str> = done.stderr.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    if codes == ["PS091", "PS092", "PS092"] { Ok(()) } else { Err(done.stderr) }
}

fn none(folder: &Path) -> Result<(), String> {
    let empty = r#"[{"name":"overlay","string":""},{"name":"recurse","string":"false"},{"name":"kustomize-flags","array":[]}]"#;
    for json in [None, Some(""), Some("null"), Some("[]"), Some(empty)] {
        let text = generate(folder, json, &[("ARGOCD_ENV_OTHER", "$(reboot)"), ("ARGOCD_ENV_OVERLAY", "")], &[])?.succeeded()?;
        if text != SERVICE {
            return Err(format!("{json:?}: {text}"));
        }
    }
    Ok(())
}

fn hostile(folder: &Path) -> Result<(), String> {
    let long = "x".repeat(60_000);
    for value in [long.as_str(), r"a\nb\u001b[31m", r"\u0000", "$(reboot)`reboot`;reboot", "-o/etc/passwd"] {
        for name in ["overlay", "recurse", "kustomize-flags", value] {
            let json = format!(r#"[{{"name":"{name}","string":"{value}"}}]"#);
            let done = generate(folder, Some(&json), &[], &[])?;
            let plain = done.stderr.chars().all(|c| c == '\n' || !c.is_control());
            if done.status.code() != Some(1) || !plain || done.stderr.lines().count() != 1 || done.stderr.len() > 1200 {
                return Err(format!("{name} = {value:.40}: {}\n{:.2000}", done.status, done.stderr));
            }
        }
    }
    Ok(())
}
