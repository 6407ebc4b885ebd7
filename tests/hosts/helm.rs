//! Both versions of Helm with the chart `functions/helm/example`: the post-renderer, and a real release.

use super::command::{PATIENCE, Tools, program_folder, run};
use super::objects::{coherent, same};
use super::report::Report;
use super::workspace::checkout;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Twenty commands of helm, and an API server.
const RELEASES: Duration = Duration::from_secs(180);

const HELM_4: [&str; 2] = ["--post-renderer", "proxy-service"];
const HELM_3: [&str; 6] = ["--post-renderer", "proxy-service", "--post-renderer-args", "render", "--post-renderer-args", "-"];
const INTERCEPT: [&str; 2] = ["--set", "intercept.enabled=true"];

pub fn template(tools: &Tools, helm: &str, report: &mut Report) {
    let options: &[&str] = if helm == "helm" { &HELM_4 } else { &HELM_3 };
    let rendered = of_chart(tools, helm, &INTERCEPT, options);
    let piped = of_chart(tools, helm, &INTERCEPT, &[]).and_then(|manifests| {
        let mut render = Command::new(super::command::PROGRAM);
        run(render.args(["render", "-"]), Some(&manifests), PATIENCE)?.succeeded()
    });
    let both = rendered.clone().and_then(|rendered| Ok((rendered, piped?)));
    report.check(&format!("{helm}: names and labels hold together"), rendered.and_then(|text| coherent(&text)));
    let agree = both.and_then(|(rendered, piped)| {
        if rendered.contains("kind: ProxyService") || !rendered.contains("kind: VirtualService") {
            return Err(rendered);
        }
        same(&piped, &rendered)
    });
    report.check(&format!("{helm}: the post-renderer gives what `helm template | proxy-service render -` gives"), agree);
    let plain = of_chart(tools, helm, &[], &[]).and_then(|plain| same(&plain, &of_chart(tools, helm, &[], options)?));
    report.check(&format!("{helm}: without a ProxyService the chart stays as it is"), plain);
}

/// `helm template` of the example, hooks and all.
fn of_chart(tools: &Tools, helm: &str, values: &[&str], options: &[&str]) -> Result<String, String> {
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let functions = checkout().join("functions");
    let mut command = tools.command(tools.path(helm), program_folder());
    for variable in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HELM_PLUGINS"] {
        command.env(variable, home.path());
    }
    if helm == "helm" {
        command.env("HELM_PLUGINS", &functions);
    }
    command.args(["template", "shop", "--namespace", "shop"]).arg(functions.join("helm/example")).args(values).args(options);
    run(&mut command, None, PATIENCE)?.succeeded()
}

/// Install, upgrade, roll back and uninstall on a real API server (`tests/evidence/api-server/helm.go`).
pub fn releases(tools: &Tools, report: &mut Report) {
    let functions: PathBuf = checkout().join("functions");
    let mut prove = tools.command(tools.path("api-server"), program_folder());
    prove.arg("--tools").arg(&tools.home).arg("--helm").arg(functions).arg(program_folder());
    let proved = run(&mut prove, None, RELEASES);
    for line in proved.iter().flat_map(|done| done.stdout.lines()).filter(|line| line.starts_with("FAIL")) {
        report.check(line, Err(String::new()));
    }
    let proved = proved.and_then(super::command::Done::succeeded).and_then(|text| match text.lines().last() {
        Some("20 passed, 0 failed") => Ok(()),
        other => Err(format!("{other:?}")),
    });
    report.check("both helms switch an interception on and off; the front keeps its address", proved);
}
