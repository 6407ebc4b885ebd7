//! Builds a kustomization with the kustomize on PATH, and with no other program than those of the stand-in.

use super::file::decode;
use super::{Source, unreadable};
use crate::cli::layers::{Copy, Layers};
use crate::cli::progress::Progress;
use crate::cli::stand_in::{Allowed, Function, Group, Image, Policy, Refusal, StandIn, option_in};
use crate::findings::Code;
use crate::krm::{Finding, Findings};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Output;

/// How to build.
#[derive(Debug)]
pub struct Build<'b> {
    /// The folder of the kustomization.
    pub folder: &'b Path,
    /// What becomes of our function, where the kustomization has it.
    pub function: Function,
    /// Which other functions run.
    pub allowed: Allowed,
    /// Whether Helm charts are rendered. In kustomize alpha plugins switch them on
    /// (`types.EnabledPluginConfig`), so the stand-in has to refuse them.
    pub charts: bool,
    /// Further options of `kustomize build`.
    pub flags: &'b [&'static str],
    /// Whether `kubectl kustomize` will do where there is no kustomize.
    pub kubectl: bool,
}

/// What kustomize made of it.
#[derive(Debug)]
pub struct Built {
    /// The manifests.
    pub source: Source,
    /// What kustomize and the function said on stderr.
    pub said: String,
}

/// Why there are no manifests.
#[derive(Debug)]
pub enum Failure {
    /// kustomize was not run, or asked for what it does not get.
    Findings(Findings),
    /// It failed.
    Kustomize {
        /// What ran.
        name: String,
        /// How it ended.
        status: String,
        /// What it, and the function, said on stderr.
        said: String,
    },
}

impl From<Finding> for Failure {
    fn from(finding: Finding) -> Self {
        Failure::Findings(finding.into())
    }
}

impl From<Failure> for Findings {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Findings(findings) => findings,
            Failure::Kustomize { name, said, .. } => {
                let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
                let message = format!("`{name}` failed: {}", said.join("; "));
                Finding::error(Code::UnreadableInput, message, "correct the kustomization").into()
            }
        }
    }
}

/// Which functions run, as the user's command line has it.
#[derive(Debug, Clone, Default)]
pub struct Functions {
    /// Whether ours runs where the kustomizations have it, and not behind the build.
    pub in_place: bool,
    /// Those that run beside it.
    pub allowed: Vec<Image>,
    /// Whether Helm charts are rendered.
    pub charts: bool,
}

/// What a folder's kustomization makes: by `kustomize`, else `kubectl kustomize`.
///
/// # Errors
/// Neither is on PATH, the build fails, or a function is not allowed.
pub fn build(folder: &Path, functions: &Functions) -> Result<Source, Findings> {
    let function = if functions.in_place { Function::InPlace } else { Function::PassThrough };
    let allowed = Allowed::Images(functions.allowed.clone());
    let built = run(&Build { folder, function, allowed, charts: functions.charts, flags: &[], kubectl: true })?;
    Ok(built.source)
}

/// Runs the kustomize on PATH.
///
/// # Errors
/// There is none, it fails, or the kustomization asks for a program that does not run.
pub fn run(build: &Build<'_>) -> Result<Built, Failure> {
    let layers = Layers::of(build.folder, build.flags.contains(&"--load-restrictor=LoadRestrictionsNone"));
    let findings = refused(&layers, &build.allowed);
    if findings.has_errors() {
        return Err(Failure::Findings(findings));
    }
    let room = |error| no_room(&error);
    let mut stand_in = StandIn::new().map_err(room)?;
    let copied = build.function == Function::InPlace || build.charts && layers.charts;
    let copy = if copied { Copy::of(&layers, &stand_in.room()).map_err(room)? } else { None };
    let charts = build.charts.then(|| stand_in.room());
    stand_in.allow(&Policy { function: build.function, allowed: build.allowed.clone(), charts }).map_err(room)?;
    let folder = copy.as_ref().map_or_else(|| target(build.folder), |copy| copy.folder().to_path_buf());
    let (name, output) = attempt(build, &stand_in, &folder)?;
    let translated = |text: String| copy.as_ref().map_or(text.clone(), |copy| copy.translated(&text));
    let said = translated(String::from_utf8_lossy(&output.stderr).into_owned());
    let refusals = stand_in.refusals();
    if !refusals.is_empty() {
        return Err(Failure::Findings(located(refusals, &layers, &translated)));
    }
    if !output.status.success() {
        return Err(Failure::Kustomize { name, status: output.status.to_string(), said });
    }
    Ok(Built { source: Source { text: decode(output.stdout, &name)?, name }, said })
}

/// What can be seen before anything runs: there it has a file.
fn refused(layers: &Layers, allowed: &Allowed) -> Findings {
    let mut findings = Findings::default();
    for function in &layers.functions {
        if let Err(finding) = function.judge(allowed) {
            findings.push(finding);
        }
    }
    for (file, entry) in &layers.elsewhere {
        if let Some(refusal) = option_in(entry) {
            findings.push(refusal.finding(Some(file)));
        }
    }
    findings
}

/// What a program of the stand-in refused, in the folder where it was started.
fn located(refusals: Vec<Refusal>, layers: &Layers, translated: &impl Fn(String) -> String) -> Findings {
    let mut findings = Findings::default();
    for refusal in refusals {
        let declared = layers.functions.iter().find(|function| Some(&function.object) == refusal.object());
        let folder = refusal.folder().map(|folder| PathBuf::from(translated(folder.to_string())));
        findings.push(refusal.finding(declared.map(|function| function.file.as_path()).or(folder.as_deref())));
    }
    findings
}

/// The first of the programs that there is.
fn attempt(build: &Build<'_>, stand_in: &StandIn, folder: &Path) -> Result<(String, Output), Failure> {
    let programs: &[(&str, &str)] = &[("kustomize", "build"), ("kubectl", "kustomize")];
    let programs = if build.kubectl { programs } else { &programs[..1] };
    for (program, sub_command) in programs {
        let Some(file) = stand_in.find(program) else { continue };
        let mut command = stand_in.command(&file);
        // Alpha plugins are functions: containers, which are the stand-in. Programs are not run without
        // `--enable-exec`, which never stands here. Behind `--` nothing is an option.
        command.args([sub_command, "--enable-alpha-plugins"]).args(build.flags).arg("--").arg(folder);
        let name = format!("{program} {sub_command} {}", build.folder.display());
        let progress = Progress::of(&name);
        let output = Group::output(&mut command);
        drop(progress);
        return output.map(|output| (name, output)).map_err(|error| unreadable(program, &error).into());
    }
    let (message, remedy) = match build.kubectl {
        true => (
            format!("neither kustomize nor kubectl is on PATH to build \"{}\"", build.folder.display()),
            "install one of them, or pipe: `… | proxy-service render -`",
        ),
        false => (
            "`kustomize` is not on PATH".to_string(),
            "use an image that has it for the plugin's container, such as Argo CD's own",
        ),
    };
    Err(Finding::error(Code::UnreadableInput, message, remedy).into())
}

/// A folder is named absolutely: kustomize takes `github.com/a/b`, `git@a:b/c` and the like for a remote base
/// even where there is such a folder.
fn target(folder: &Path) -> PathBuf {
    std::path::absolute(folder).unwrap_or_else(|_| folder.into())
}

fn no_room(error: &io::Error) -> Finding {
    let message = format!("the kustomization could not be prepared for the build: {error}");
    Finding::error(Code::UnreadableInput, message, "make room in the temporary folder (TMPDIR; in a pod, an emptyDir at /tmp)")
}
