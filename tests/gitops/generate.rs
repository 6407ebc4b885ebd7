//! The plugin's command, as the plugin server starts it: as its user, in a copy of the repository,
//! with an environment of its own.

use super::command::{Done, PATIENCE, Tools, run};
use super::install::run_as_init_container;
use super::objects::same;
use super::report::Report;
use super::user::{Home, allow, as_argocd};
use super::workspace::{Form, Workspace, checkout};
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The function where the kustomizations have it.
const EXEC: &[&str] = &["--enable-exec"];

const EXAMPLES: [&str; 6] =
    ["quickstart", "sock-shop/base", "sock-shop/overlays/dev", "sock-shop/overlays/prod", "two-namespaces", "opt-in"];

/// The sidecar: its files and nothing of this machine.
pub struct Sidecar {
    pub home: Home,
}

impl Sidecar {
    /// With the program as the init container installs it.
    pub fn new(tools: &Tools) -> Result<Self, String> {
        let home = Home::new();
        home.program("kustomize", &fs::canonicalize(tools.path("kustomize")).map_err(|error| error.to_string())?);
        let folder = home.writable("install");
        run_as_init_container(&home, &folder)?.succeeded()?;
        home.writable("tmp");
        Ok(Sidecar { home })
    }

    /// Its environment: PATH and TMPDIR.
    pub fn environment<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let path = std::env::join_paths([self.home.path("install"), self.home.path("bin")]).expect("plain names");
        as_argocd(command.env_clear().env("PATH", path).env("TMPDIR", self.home.path("tmp")))
    }

    /// `proxy-service argocd generate OPTIONS` in a folder.
    pub fn generate(&self, folder: &Path, options: &[&str], env: &[(&str, &str)]) -> Result<Done, String> {
        let mut command = Command::new(self.home.path("install/proxy-service"));
        self.environment(&mut command).args(["argocd", "generate"]).args(options).current_dir(folder);
        run(command.envs(env.iter().copied()), None, PATIENCE)
    }
}

pub fn suite(tools: &Tools, report: &mut Report) {
    let sidecar = match Sidecar::new(tools) {
        Ok(sidecar) => sidecar,
        Err(why) => {
            report.check("generate: the sidecar's files", Err(why));
            return;
        }
    };
    for form in [Form::Exec, Form::Container] {
        let copy = copy(form);
        for example in EXAMPLES {
            let name = format!("generate: {example}, {} form: the bytes of `kustomize build`", form.folder());
            report.check(&name, as_built(&sidecar, &copy, example));
        }
    }
    let copy = copy(Form::Exec);
    report.check("generate: with a home that is read-only", read_only_home(&sidecar, &copy));
    report.check("generate: the overlay that a parameter or a variable names", overlay(&sidecar, &copy));
    report.check("generate: by default, and with --no-exec, the function works behind the build", behind(&sidecar, &copy));
    report.check("generate: no program runs that a kustomization names, with --enable-exec neither", foreign(&sidecar, &copy));
    report.check("generate: Helm charts where the plugin's command allows them", charts(tools, &sidecar, &copy));
    report.check("generate: a folder without kustomization, and the folders in it", folder(&sidecar));
    report.check("generate: findings come first and fit a screen", one_screen(&sidecar));
    report.check("generate: a kustomization that does not build", broken(&sidecar));
    report.check("generate: without kustomize", without_kustomize(&sidecar));
    report.check("generate: ended with its group, kustomize ends too", ended());
}

/// The repository's copy, as the plugin server unpacks it: files for its user, none executable.
fn copy(form: Form) -> Workspace {
    let copy = Workspace::with_examples(form);
    allow(copy.path("functions").parent().expect("inside"), 0o755);
    copy
}

fn expected(example: &str) -> String {
    fs::read_to_string(checkout().join("kustomization-examples").join(example).join("expected/build.yaml")).expect("an example")
}

fn example(copy: &Workspace, name: &str) -> PathBuf {
    copy.path("kustomization-examples").join(name)
}

fn equal(due: &str, done: Done) -> Result<(), String> {
    let (said, is) = (done.stderr.clone(), done.succeeded()?);
    if is == due { Ok(()) } else { Err(format!("other bytes:\n{is:.2000}\n{said}")) }
}

fn as_built(sidecar: &Sidecar, copy: &Workspace, name: &str) -> Result<(), String> {
    equal(&expected(name), sidecar.generate(&example(copy, name), EXEC, &[])?)
}

fn read_only_home(sidecar: &Sidecar, copy: &Workspace) -> Result<(), String> {
    let home = sidecar.home.readable("home");
    allow(&home, 0o555);
    let home = home.to_string_lossy().into_owned();
    equal(&expected("quickstart"), sidecar.generate(&example(copy, "quickstart"), EXEC, &[("HOME", &home)])?)
}

fn overlay(sidecar: &Sidecar, copy: &Workspace) -> Result<(), String> {
    let json = r#"[{"name":"overlay","string":"overlays/prod"}]"#;
    for env in [("ARGOCD_APP_PARAMETERS", json), ("ARGOCD_ENV_OVERLAY", "./overlays/prod/")] {
        equal(&expected("sock-shop/overlays/prod"), sidecar.generate(&example(copy, "sock-shop"), EXEC, &[env])?)?;
    }
    Ok(())
}

fn behind(sidecar: &Sidecar, copy: &Workspace) -> Result<(), String> {
    for options in [&[][..], &["--no-exec"]] {
        for name in ["quickstart", "opt-in"] {
            let done = sidecar.generate(&example(copy, name), options, &[])?;
            same(&expected(name), &done.succeeded()?)?;
        }
    }
    let both = sidecar.generate(&example(copy, "quickstart"), &["--no-exec", "--enable-exec"], &[])?;
    if both.status.code() == Some(2) { Ok(()) } else { Err(format!("both options at once: {}", both.status)) }
}

/// A kustomization of a repository, in the folder `evil`, with a function that leaves a mark.
fn foreign(sidecar: &Sidecar, copy: &Workspace) -> Result<(), String> {
    copy.kustomization("evil", "resources: [../kustomization-examples/quickstart/hello.yaml]\ntransformers: [evil.yaml]\n");
    let mark = sidecar.home.path("tmp/mark");
    sidecar.home.script("touch", "#!/bin/sh\n: > \"$1\"\n");
    sidecar.home.script("docker", &format!("#!/bin/sh\n: > {}\n", mark.display()));
    let flags = ["--allow=load-restrictions-none", "--enable-exec"];
    let env = [("ARGOCD_ENV_KUSTOMIZE_FLAGS", "load-restrictions-none")];
    for function in [format!("exec: {{path: touch, args: [\"{}\"]}}", mark.display()), "container: {image: evil}".into()] {
        let head = "apiVersion: v1\nkind: X\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n";
        copy.write("evil/evil.yaml", &format!("{head}      {function}\n"));
        for flags in [&flags[..1], &flags[..]] {
            let done = sidecar.generate(&copy.path("evil"), flags, &env)?;
            let told = done.stderr.starts_with("error PS066 x X: the function is the ") && done.stderr.ends_with("(evil.yaml)\n");
            if mark.exists() || !told || done.status.code() != Some(1) {
                return Err(format!("{function} {flags:?}: {}\n{}", done.status, done.stderr));
            }
        }
        // kustomize alone does run it: what is shown above is not that it could not.
        let mut kustomize = Command::new(sidecar.home.path("bin/kustomize"));
        let options = ["build", "--enable-alpha-plugins", "--enable-exec", "--load-restrictor=LoadRestrictionsNone", "."];
        sidecar.environment(&mut kustomize).args(options).current_dir(copy.path("evil"));
        let _ = run(&mut kustomize, None, PATIENCE)?;
        fs::remove_file(&mark).map_err(|_| format!("{function} does not run at all"))?;
    }
    Ok(())
}

/// A chart beside the Application's folder, by the real Helm.
fn charts(tools: &Tools, sidecar: &Sidecar, copy: &Workspace) -> Result<(), String> {
    let Some(helm) = ["helm-3", "helm"].into_iter().find(|tool| tools.have(tool)) else {
        return if std::env::var_os("PROXY_SERVICE_HOSTS").is_some() { Err("helm is not installed".into()) } else { Ok(()) };
    };
    sidecar.home.program("helm", &fs::canonicalize(tools.path(helm)).map_err(|error| error.to_string())?);
    copy.write("charts/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n");
    copy.write("charts/shop/values.yaml", "colour: blue\n");
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {colour: '{{ .Values.colour }}'}\n";
    copy.write("charts/shop/templates/a.yaml", template);
    copy.kustomization("chart", "helmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: shop, releaseName: shop}]\n");
    let chart = copy.path("chart");
    let (allow, flags) = ("--allow=enable-helm", [("ARGOCD_ENV_KUSTOMIZE_FLAGS", "enable-helm load-restrictions-none")]);
    let done = sidecar.generate(&chart, &[allow, "--allow=load-restrictions-none"], &flags)?;
    if !done.stdout.contains("colour: blue") {
        return Err(format!("{}{}", done.stdout, done.stderr));
    }
    for options in [&[][..], &[allow], EXEC] {
        let done = sidecar.generate(&chart, options, &[])?;
        if !done.stderr.starts_with("error PS068: a kustomization has a Helm chart") {
            return Err(format!("{options:?}: {}{}", done.stdout, done.stderr));
        }
    }
    Ok(())
}

const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{name: http, port: 80}], selector: {app: cart}}\n";
const PROXY_SERVICE: &str =
    "apiVersion: msvcbench.io/v1alpha1\nkind: ProxyService\nmetadata: {name: cart}\nspec: {serviceName: cart}\n";

fn folder(sidecar: &Sidecar) -> Result<(), String> {
    let repository = Workspace::new();
    allow(repository.path("functions").parent().expect("inside"), 0o755);
    repository.write("app/service.yaml", SERVICE);
    repository.write("app/proxies/cart.yaml", PROXY_SERVICE);
    let app = repository.path("app");
    let flat = sidecar.generate(&app, &[], &[])?.succeeded()?;
    let deep =
        sidecar.generate(&app, &[], &[("ARGOCD_APP_PARAMETERS", r#"[{"name":"recurse","string":"true"}]"#)])?.succeeded()?;
    match (flat == SERVICE, deep.contains("name: cart-ep")) {
        (true, true) => Ok(()),
        _ => Err(format!("flat:\n{flat}\ndeep:\n{deep}")),
    }
}

/// A hundred ProxyServices with the same slip; the last thing said is what failed.
fn one_screen(sidecar: &Sidecar) -> Result<(), String> {
    let repository = copy(Form::Exec);
    let wrong: String = (0..100)
        .map(|n| {
            PROXY_SERVICE.replace("name: cart}", &format!("name: cart-{n}}}")).replace("serviceName", "serviceNam") + "---\n"
        })
        .collect();
    repository.write("app/app.yaml", &format!("{SERVICE}---\n{wrong}"));
    repository.kustomization("app", "resources: [app.yaml]\ncomponents: [../functions/exec]\n");
    let done = sidecar.generate(&repository.path("app"), EXEC, &[])?;
    let lines: Vec<&str> = done.stderr.lines().collect();
    let first = lines.first().copied().unwrap_or_default();
    let last = lines.last().copied().unwrap_or_default();
    let good = first.starts_with("error PS004 cart-0 ProxyService spec.serviceNam: ")
        && lines.len() <= 25
        && done.stderr.len() < 8_000
        && done.stderr.contains("more lines; build where you work to see all")
        && last == "`kustomize build .` failed: exit status: 1";
    if good && done.status.code() == Some(1) && done.stdout.is_empty() {
        Ok(())
    } else {
        Err(format!("{}\n{}", done.status, done.stderr))
    }
}

fn broken(sidecar: &Sidecar) -> Result<(), String> {
    let repository = copy(Form::Exec);
    repository.kustomization("app", "resources: [nowhere.yaml]\n");
    let done = sidecar.generate(&repository.path("app"), &[], &[])?;
    let good = done.stderr.contains("nowhere.yaml") && done.stderr.ends_with("`kustomize build .` failed: exit status: 1\n");
    if good && done.status.code() == Some(1) && done.stdout.is_empty() { Ok(()) } else { Err(done.stderr) }
}

fn without_kustomize(sidecar: &Sidecar) -> Result<(), String> {
    let repository = copy(Form::Exec);
    repository.kustomization("app", "resources: []\n");
    let mut command = Command::new(sidecar.home.path("install/proxy-service"));
    sidecar.environment(&mut command).env("PATH", "/nowhere").args(["argocd", "generate"]).current_dir(repository.path("app"));
    let done = run(&mut command, None, PATIENCE)?;
    let told = done.stderr.starts_with("error PS009: `kustomize` is not on PATH; use an image that has it");
    if told && done.status.code() == Some(1) { Ok(()) } else { Err(done.stderr) }
}

/// The plugin server ends the group of a command that takes too long.
fn ended() -> Result<(), String> {
    let home = Home::new();
    home.script("kustomize", "#!/bin/sh\necho $$ > \"$TMPDIR/pid\"\nexec /bin/sleep 60\n");
    let (install, temporary) = (home.writable("install"), home.writable("tmp"));
    run_as_init_container(&home, &install)?.succeeded()?;
    let sidecar = Sidecar { home };
    fs::write(install.join("kustomization.yaml"), "").map_err(|error| error.to_string())?;
    let mut command = Command::new(install.join("proxy-service"));
    sidecar.environment(&mut command).args(["argocd", "generate"]).current_dir(&install).process_group(0);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(|error| error.to_string())?;
    let pid = until(|| fs::read_to_string(temporary.join("pid")).ok().filter(|pid| pid.ends_with('\n')));
    let _ = Command::new("kill").args(["-TERM", "--", &format!("-{}", child.id())]).status();
    let gone = until(|| child.try_wait().ok().flatten());
    let _ = child.kill();
    let _ = child.wait();
    let pid = pid.ok_or("kustomize was not started")?;
    let stat = || fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
    let over = until(|| stat().map_or(Some(()), |stat| stat.contains(") Z ").then_some(())));
    match (gone, over) {
        (Some(_), Some(())) => Ok(()),
        _ => Err("something of the group is still running".into()),
    }
}

pub fn until<T>(mut try_it: impl FnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    loop {
        if let Some(found) = try_it() {
            return Some(found);
        }
        if started.elapsed() > Duration::from_secs(20) {
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
