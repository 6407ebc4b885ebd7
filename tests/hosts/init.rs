//! What `init` writes, in the form with a container. `tests/init.rs` has the form with the program.

use super::command::{PATIENCE, PROGRAM, Tools, program_folder, run};
use super::report::Report;
use super::workspace::{Form, Workspace};

/// The quickstart's Service without its kustomization.
pub fn container(tools: &Tools, report: &mut Report) {
    report.check("init --container: what it writes builds as it is", built(tools));
}

fn built(tools: &Tools) -> Result<(), String> {
    let workspace = Workspace::with_examples(Form::Container);
    let quickstart = workspace.path("kustomization-examples/quickstart");
    for file in ["kustomization.yaml", "proxyservice.yaml", "README.md"] {
        let _ = std::fs::remove_file(quickstart.join(file));
    }
    let _ = std::fs::remove_dir_all(quickstart.join("expected"));
    let mut init = tools.command(PROGRAM, program_folder());
    run(init.args(["init", "--container"]).arg(&quickstart), None, PATIENCE)?.succeeded()?;
    let text = tools.build(&quickstart, Form::Container.options())?.succeeded()?;
    let wanted = ["msvcbench.io/front: hello\n", "name: hello-ep\n", "kind: VirtualService\n"];
    match wanted.iter().find(|part| !text.contains(*part)) {
        None => Ok(()),
        Some(part) => Err(format!("{part:?} is missing in\n{text}")),
    }
}
