//! What GitOps hosts do with this program and with the kits in `functions/`: Argo CD's own plugin
//! server and health checks, the real kustomize and API server.
//!
//! The tools are those of `tests/tools/install.sh`. Where one is missing its suites are left out,
//! loudly; with `PROXY_SERVICE_HOSTS=required` that is a failure.

#[path = "hosts/command.rs"]
#[allow(dead_code)]
mod command;
#[path = "gitops/flux.rs"]
mod flux;
#[path = "gitops/generate.rs"]
mod generate;
#[path = "gitops/health.rs"]
mod health;
#[path = "gitops/install.rs"]
mod install;
#[path = "gitops/kit.rs"]
mod kit;
#[path = "hosts/objects.rs"]
#[allow(dead_code)]
mod objects;
#[path = "gitops/parameters.rs"]
mod parameters;
#[path = "hosts/report.rs"]
mod report;
#[path = "gitops/server.rs"]
mod server;
#[path = "gitops/user.rs"]
mod user;
#[path = "gitops/workflow.rs"]
mod workflow;
#[path = "hosts/workspace.rs"]
#[allow(dead_code)]
mod workspace;

use command::Tools;
use report::Report;

fn main() {
    let tools = Tools::find();
    let required = std::env::var_os("PROXY_SERVICE_HOSTS").is_some_and(|value| value == "required");
    let mut report = Report::new(required);
    user::announce(&report);
    install::suite(&mut report);
    parameters::suite(&mut report);
    if !tools.have("kustomize") {
        report.left_out("kustomize", "the plugin's command, Argo CD's kit");
        std::process::exit(report.finish());
    }
    // The longest one goes beside the others.
    let walk = match ["flux", "kube-apiserver", "etcd"].into_iter().find(|tool| !tools.have(tool)) {
        Some(missing) => {
            report.left_out(missing, "Flux's way through a cutover");
            None
        }
        None => Some(std::thread::spawn(|| flux::walk(&Tools::find()))),
    };
    generate::suite(&tools, &mut report);
    flux::suite(&tools, &mut report);
    workflow::suite(&tools, &mut report);
    match ["argocd", "api-server", "kube-apiserver", "etcd"].into_iter().find(|tool| !tools.have(tool)) {
        Some(missing) => report.left_out(missing, "Argo CD's plugin server, its health checks, the kit on an API server"),
        None => {
            server::suite(&tools, &mut report);
            health::suite(&tools, &mut report);
            kit::suite(&tools, &mut report);
        }
    }
    for (name, outcome) in walk.into_iter().flat_map(|walk| walk.join().expect("it does not panic")) {
        report.check(name, outcome);
    }
    std::process::exit(report.finish());
}
