//! A build that cannot be right fails, says why, and prints nothing to apply.

use super::command::Tools;
use super::report::Report;
use super::workspace::{Form, Workspace};

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata: {name: carts}
spec:
  selector: {app: carts}
  ports: [{name: http, port: 80}]
";

/// A spelling mistake, for which there is a finding with a proposal.
const PROXY_SERVICE: &str = "\
apiVersion: msvcbench.io/v1alpha1
kind: ProxyService
metadata: {name: carts}
spec: {serviceName: cart}
";

pub fn exec(tools: &Tools, report: &mut Report) {
    report.check("exec: a ProxyService without its Service fails the build", refused(tools, Form::Exec));
    report.check("exec: without --enable-exec the ProxyService is left over", left_over(tools));
    report.check("exec: without --enable-alpha-plugins the build fails", not_enabled(tools));
}

pub fn container(tools: &Tools, report: &mut Report) {
    report.check("container: a ProxyService without its Service fails the build", refused(tools, Form::Container));
}

fn broken(form: Form) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("app/app.yaml", &format!("{SERVICE}---\n{PROXY_SERVICE}"));
    workspace.kustomization("app", &format!("resources: [app.yaml]\ncomponents: [../functions/{}]\n", form.folder()));
    workspace
}

fn refused(tools: &Tools, form: Form) -> Result<(), String> {
    let done = tools.build(&broken(form).path("app"), form.options())?;
    let finding = done.stderr.lines().find(|line| line.starts_with("error PS"));
    match finding {
        Some(line) if line.contains("carts ProxyService spec.serviceName") && line.contains("did you mean \"carts\"?") => {}
        _ => return Err(format!("the finding is not on stderr:\n{}", done.stderr)),
    }
    if done.status.success() {
        return Err("kustomize reports success".into());
    }
    if done.stdout.is_empty() { Ok(()) } else { Err(format!("there is something to apply:\n{}", done.stdout)) }
}

/// kustomize says nothing; the resource that nobody knows is what tells.
fn left_over(tools: &Tools) -> Result<(), String> {
    let manifests = tools.build(&broken(Form::Exec).path("app"), &[])?.succeeded()?;
    if manifests.contains("kind: ProxyService\n") { Ok(()) } else { Err(manifests) }
}

fn not_enabled(tools: &Tools) -> Result<(), String> {
    let workspace = broken(Form::Exec);
    let mut kustomize = tools.command(tools.path("kustomize"), super::command::program_folder());
    let done = super::command::run(kustomize.arg("build").arg(workspace.path("app")), None, super::command::PATIENCE)?;
    if !done.status.success() && done.stdout.is_empty() { Ok(()) } else { Err(done.stdout) }
}
