//! The function inside its hosts: the real kustomize runs it, as a program and as a container.
//!
//! The tools are those of `tests/tools/install.sh`. Where one is missing its suites are left out,
//! loudly; with `PROXY_SERVICE_HOSTS=required` that is a failure. `PROXY_SERVICE_UPDATE=1` writes
//! every `expected/build.yaml` anew.

#[path = "hosts/command.rs"]
mod command;
#[path = "hosts/examples.rs"]
mod examples;
#[path = "hosts/failures.rs"]
mod failures;
#[path = "hosts/helm.rs"]
mod helm;
#[path = "hosts/image.rs"]
mod image;
#[path = "hosts/init.rs"]
mod init;
#[path = "hosts/kpt.rs"]
mod kpt;
#[path = "hosts/layers.rs"]
mod layers;
#[path = "hosts/objects.rs"]
mod objects;
#[path = "hosts/released.rs"]
mod released;
#[path = "hosts/renamed.rs"]
mod renamed;
#[path = "hosts/report.rs"]
mod report;
#[path = "hosts/strings.rs"]
mod strings;
#[path = "hosts/workspace.rs"]
mod workspace;

use command::Tools;
use report::Report;
use workspace::Form;

fn main() {
    let tools = Tools::find();
    let required = std::env::var_os("PROXY_SERVICE_HOSTS").is_some_and(|value| value == "required");
    let mut report = Report::new(required);
    if tools.have("kustomize") {
        examples::exec(&tools, &mut report);
        examples::pipe(&tools, Form::Exec, &mut report);
        layers::run(&tools, &mut report);
        renamed::run(&tools, "kustomize", &mut report);
        strings::run(&tools, "kustomize", &mut report);
        failures::exec(&tools, &mut report);
    } else {
        report.left_out("kustomize", "examples, pipe, layers, failures");
    }
    if tools.have("kustomize-4.5.4") {
        renamed::run(&tools, "kustomize-4.5.4", &mut report);
        strings::run(&tools, "kustomize-4.5.4", &mut report);
    } else {
        report.left_out("kustomize-4.5.4", "layers that rename and tricky strings, with the oldest kustomize");
    }
    if let Some(missing) = ["helm", "helm-3", "api-server"].into_iter().find(|tool| !tools.have(tool)) {
        report.left_out(missing, "post-renderer, releases");
    } else {
        helm::template(&tools, "helm", &mut report);
        helm::template(&tools, "helm-3", &mut report);
        helm::releases(&tools, &mut report);
    }
    if tools.have("kpt") {
        kpt::exec(&tools, &mut report);
    } else {
        // No registry has it for every machine; what it sends is a golden case.
        report.note("!!!!!! the real kpt did NOT run: it is not installed, and tests/tools/install.sh found no package of it");
    }
    if let Some(missing) = ["kustomize", "docker"].into_iter().find(|tool| !tools.have(tool)) {
        report.left_out(missing, "image, examples in containers");
    } else if image::build(&tools, &mut report) {
        examples::container(&tools, &mut report);
        examples::pipe(&tools, Form::Container, &mut report);
        failures::container(&tools, &mut report);
        init::container(&tools, &mut report);
        released::suite(&tools, &mut report);
    }
    std::process::exit(report.finish());
}
