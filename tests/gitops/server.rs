//! Argo CD's own plugin server with the kit's plugin.

use super::command::{Done, PATIENCE, Tools, run};
use super::generate::{Sidecar, until};
use super::kit::plugin_of_the_kit;
use super::objects::same;
use super::report::Report;
use super::workspace::{Form, Workspace, checkout};
use std::fs;
use std::process::{Child, Command, Stdio};

/// The plugin's name in an Application.
const PLUGIN: &str = "proxy-service-v1";

/// The server, as the sidecar's container starts it; ended when dropped.
struct Server {
    sidecar: Sidecar,
    process: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn suite(tools: &Tools, report: &mut Report) {
    let repository = Workspace::with_examples(Form::Exec);
    for exec in [false, true] {
        let kit = if exec { "the plugin of the kit with --enable-exec" } else { "the plugin of the kit" };
        let started = start(tools, exec);
        let server = match started {
            Ok(server) => server,
            Err(why) => {
                report.check(&format!("argocd-cmp-server: starts with {kit}"), Err(why));
                continue;
            }
        };
        report.check(&format!("argocd-cmp-server: starts with {kit}"), Ok(()));
        // Behind the build, outer layers do not reach what is generated.
        let layers: &[(&str, &str)] = if exec { &[("sock-shop", "overlays/prod"), ("sock-shop", "overlays/dev")] } else { &[] };
        for (path, parameters) in [("quickstart", ""), ("sock-shop", "base")].iter().chain(layers) {
            let name = format!("argocd-cmp-server: {kit}: {path} {parameters}: the objects of `kustomize build`");
            report.check(&name, generates(tools, &server, &repository, path, parameters));
        }
        report.check(
            &format!("argocd-cmp-server: {kit}: what the user interface shows of a failure"),
            fails(tools, &server, &repository, exec),
        );
        report.check(
            &format!("argocd-cmp-server: {kit}: announces the parameters that the program knows"),
            announces(tools, &server, &repository),
        );
    }
}

fn start(tools: &Tools, exec: bool) -> Result<Server, String> {
    let sidecar = Sidecar::new(tools)?;
    let home = &sidecar.home;
    let program = home.program("argocd", &fs::canonicalize(tools.path("argocd")).map_err(|error| error.to_string())?);
    let config = home.readable("config");
    let mut plugin = plugin_of_the_kit(tools)?;
    if exec {
        plugin = plugin.replace("[proxy-service, argocd, generate]", "[proxy-service, argocd, generate, --enable-exec]");
    }
    if plugin.contains("generate, --enable-exec]") != exec {
        return Err("the kit's command is another one".into());
    }
    fs::write(config.join("plugin.yaml"), plugin).map_err(|error| error.to_string())?;
    let (plugins, work) = (home.writable("plugins"), home.writable("work"));
    let mut command = Command::new(program);
    sidecar.environment(&mut command).arg("serve").arg("--config-dir-path").arg(&config);
    command.env("ARGOCD_PLUGINSOCKFILEPATH", &plugins).env("ARGOCD_CMP_WORKDIR", &work);
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let process = command.spawn().map_err(|error| error.to_string())?;
    let server = Server { sidecar, process };
    let socket = plugins.join(format!("{PLUGIN}.sock"));
    until(|| socket.exists().then_some(())).ok_or(format!("there is no {PLUGIN}.sock"))?;
    Ok(server)
}

/// What the repo-server asks, with the variables that it sends.
fn ask(tools: &Tools, server: &Server, what: &str, repository: &Workspace, path: &str, parameters: &str) -> Result<Done, String> {
    let root = repository.path("functions").parent().expect("inside").to_path_buf();
    let mut command = Command::new(tools.path("argocd"));
    command.args([what, PLUGIN]).arg(root).arg(format!("kustomization-examples/{path}"));
    command.args(["ARGOCD_APP_NAME=shop", "ARGOCD_APP_NAMESPACE=shop", "KUBE_VERSION=1.36.3", "KUBE_API_VERSIONS=v1,apps/v1"]);
    command.arg(format!("ARGOCD_APP_PARAMETERS={parameters}"));
    command.env("ARGOCD_PLUGINSOCKFILEPATH", server.sidecar.home.path("plugins"));
    run(&mut command, None, PATIENCE)
}

fn generates(tools: &Tools, server: &Server, repository: &Workspace, path: &str, overlay: &str) -> Result<(), String> {
    let (parameters, example) = match overlay {
        "" => ("null".to_string(), path.to_string()),
        _ => (format!(r#"[{{"name":"overlay","string":"{overlay}"}}]"#), format!("{path}/{overlay}")),
    };
    let made = ask(tools, server, "generate", repository, path, &parameters)?.succeeded()?;
    let file = checkout().join("kustomization-examples").join(example).join("expected/build.yaml");
    same(&fs::read_to_string(file).map_err(|error| error.to_string())?, &made)
}

fn fails(tools: &Tools, server: &Server, repository: &Workspace, exec: bool) -> Result<(), String> {
    let file = "kustomization-examples/wrong/proxyservice.yaml";
    let text = fs::read_to_string(checkout().join("kustomization-examples/quickstart/proxyservice.yaml"));
    repository.write(file, &text.map_err(|error| error.to_string())?.replace("serviceName", "serviceNam"));
    repository
        .kustomization("kustomization-examples/wrong", "resources: [proxyservice.yaml]\ncomponents: [../../functions/exec]\n");
    let done = ask(tools, server, "generate", repository, "wrong", "null")?;
    let said = done.stderr.trim();
    // gRPC's head, the command line, the status, then stderr.
    let option = if exec { " --enable-exec" } else { "" };
    let head = format!(
        "rpc error: code = Unknown desc = error generating manifests: `proxy-service argocd generate{option}` failed exit status 1: error PS004 hello ProxyService spec.serviceNam: "
    );
    let last = if exec { "`kustomize build .` failed: exit status: 1" } else { "(kustomize build .)" };
    let good = said.starts_with(&head) && said.lines().count() <= 30 && said.ends_with(last);
    if good && !done.status.success() { Ok(()) } else { Err(said.to_string()) }
}

fn announces(tools: &Tools, server: &Server, repository: &Workspace) -> Result<(), String> {
    let said = ask(tools, server, "parameters", repository, "quickstart", "null")?.succeeded()?;
    let announced: serde_json::Value = serde_json::from_str(&said).map_err(|error| error.to_string())?;
    let names: Vec<&str> = announced.as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
    let wrong = r#"[{"name":"?"}]"#;
    let known = ask(tools, server, "generate", repository, "quickstart", wrong)?.stderr;
    let known = known.split("use one of ").nth(1).and_then(|rest| rest.split(", or").next()).unwrap_or_default().to_string();
    if known == names.join(", ") { Ok(()) } else { Err(format!("announced: {names:?}; known: {known}")) }
}
