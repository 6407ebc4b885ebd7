//! `init`: the first ProxyServices of a folder.

use super::allow::Allow;
use super::sources::{Source, kustomization_of};
use super::{Exit, new_files, report, sources, stdout};
use crate::findings::Code;
use crate::init::{Form, Layer, Manifest, Plan, Request, Verdict, plan, resources};
use crate::krm::{Documents, Finding, Findings, visible};
use anyhow::{Context, Result};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Write what a first interception needs, beside the manifests of a folder.
///
/// Looks at every Service that the folder holds, or that its kustomization builds, and writes
/// proxyservices.yaml and the folder proxy-service/, a Component that runs the function, and
/// kustomization.yaml where there is none. Nothing is overwritten or edited: for a kustomization
/// that exists, the lines to add are printed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 written, 1 findings, 2 wrong usage.\n\n\
    Examples:\n  proxy-service init --dry-run app/\n  proxy-service init app/ --service cart --service catalogue\n  \
    proxy-service init --label --container overlays/prod")]
pub struct Init {
    /// The folder.
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Intercept this Service; may be repeated. Default: every Service that can be.
    #[arg(long = "service", value_name = "[NAMESPACE/]NAME")]
    services: Vec<String>,
    /// Intercept Services by a label, which their owners set.
    #[arg(long, value_name = "KEY=VALUE", num_args = 0..=1, require_equals = true,
          default_missing_value = "msvcbench.io/intercept=true", value_parser = label)]
    label: Option<(String, String)>,
    /// Run the function as a container, instead of the program on PATH.
    #[arg(long)]
    container: bool,
    /// Look into the folders of a folder without kustomization too.
    #[arg(short = 'R', long)]
    recursive: bool,
    #[command(flatten)]
    allow: Allow,
    /// Print what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Init {
    /// Runs the command.
    ///
    /// # Errors
    /// The files or the output cannot be written.
    pub fn run(self) -> Result<Exit> {
        if !self.folder.is_dir() {
            report::wrong_usage(&format!("\"{}\" is not a folder; name the folder of the manifests", self.folder.display()));
            return Ok(Exit::Trouble);
        }
        if !self.dry_run {
            stdout::check()?;
            new_files::recover(&self.folder);
        }
        let layer = match kustomization_of(&self.folder) {
            None => Layer::New { resources: Vec::new() },
            Some(file) => {
                let text = sources::peek(&file).unwrap_or_default();
                Layer::existing(&text, runs_function(&self.folder, &text))
            }
        };
        let (new, function) = (matches!(layer, Layer::New { .. }), layer.has_function());
        let planned = refuse_existing(&self.folder, &layer).and_then(|()| self.plan(layer));
        let plan = match planned {
            Ok(plan) => plan,
            Err(findings) => {
                report::findings(&findings);
                return Ok(Exit::Findings);
            }
        };
        if self.dry_run {
            stdout::output(&self.preview(&plan, new, function))?;
        } else {
            new_files::create(&self.folder, &plan.files)?;
            let said = stdout::output(&self.written(&plan, new, function));
            said.context("the files are written, and what to do with them could not be said")?;
        }
        report::findings(&plan.findings);
        Ok(Exit::Success)
    }

    fn plan(&self, layer: Layer) -> Result<Plan, Findings> {
        let new = matches!(layer, Layer::New { .. });
        let sources = match new {
            true => sources::read(std::slice::from_ref(&self.folder), self.recursive)?,
            false => vec![sources::build(&self.folder, &self.allow.functions())?],
        };
        let manifests: Vec<Manifest<'_>> = sources.iter().map(|Source { name, text }| Manifest { name, text }).collect();
        let (taken, left_out) = if new { resources(&manifests)? } else { (vec![0], Findings::default()) };
        let manifests: Vec<Manifest<'_>> = taken.into_iter().map(|position| manifests[position]).collect();
        let layer = match new {
            true => Layer::New { resources: manifests.iter().map(|manifest| inside(&self.folder, manifest.name)).collect() },
            false => layer,
        };
        let form = if self.container { Form::Container } else { Form::Exec };
        let label = self.label.as_ref().map(|(key, value)| (key.as_str(), value.as_str()));
        let request = Request { services: &self.services, label, form, layer };
        let planned = plan(&manifests, &request);
        let mut findings = left_out;
        match planned {
            Ok(mut plan) => {
                findings.extend(plan.findings);
                plan.findings = findings;
                Ok(plan)
            }
            Err(found) => {
                findings.extend(found);
                Err(findings)
            }
        }
    }

    /// The files as a stream of documents, and what would be said, as comments.
    fn preview(&self, plan: &Plan, new: bool, function: bool) -> String {
        let mut text = String::new();
        for file in &plan.files {
            let _ = write!(text, "# {}\n{}---\n", shown(&self.folder.join(file.path)), file.text);
        }
        for line in self.next_steps(plan, new, function).lines() {
            let _ = writeln!(text, "# {line}");
        }
        text
    }

    fn written(&self, plan: &Plan, new: bool, function: bool) -> String {
        let mut text = String::new();
        for file in &plan.files {
            let _ = writeln!(text, "wrote {}", shown(&self.folder.join(file.path)));
        }
        text + &self.next_steps(plan, new, function)
    }

    fn next_steps(&self, plan: &Plan, new: bool, function: bool) -> String {
        let mut text = String::new();
        let folder = quoted(&self.folder.display().to_string());
        if let Some((key, value)) = &self.label {
            let _ = writeln!(text, "label the Services to intercept: `{key}: \"{value}\"` in their metadata.labels");
        } else {
            let taken = plan.candidates.iter().filter(|candidate| candidate.verdict == Verdict::Taken);
            let names: Vec<String> = taken.map(|candidate| visible(&candidate.name)).collect();
            let _ = match names[..] {
                [] => writeln!(text, "nothing is intercepted yet: choose in proxyservices.yaml"),
                _ => writeln!(text, "intercepted when you build: {}", names.join(", ")),
            };
        }
        let add = "add to the kustomization:\n  resources:\n  - proxyservices.yaml\n";
        let run = format!("cd {folder} && kustomize edit add resource proxyservices.yaml");
        if function {
            let _ = writeln!(text, "{add}or run: ({run})");
        } else if !new {
            let add = format!("{add}  components:\n  - proxy-service\n");
            let _ = writeln!(text, "{add}or run: ({run} && kustomize edit add component proxy-service)");
        }
        let exec = if self.container { "" } else { " --enable-exec" };
        let _ = writeln!(text, "build: kustomize build --enable-alpha-plugins{exec} {folder}");
        text
    }
}

/// Whether a Component of the kustomization declares the function: then a second one is not needed.
fn runs_function(folder: &Path, kustomization: &str) -> bool {
    let value: serde_yaml::Value = crate::krm::read_value(kustomization).unwrap_or_default();
    let components = value.get("components").and_then(serde_yaml::Value::as_sequence).into_iter().flatten();
    let declares = |source: &Source| {
        let mut documents = Documents::default();
        documents.read(&source.name, &source.text).is_ok() && !documents.function_configs().is_empty()
    };
    components
        .filter_map(|component| Some(folder.join(component.as_str()?)).filter(|folder| folder.is_dir()))
        .filter_map(|component| sources::read(&[component], false).ok())
        .any(|sources| sources.iter().any(declares))
}

/// A finding for each file that is there already.
fn refuse_existing(folder: &Path, layer: &Layer) -> Result<(), Findings> {
    let mut findings = Findings::default();
    for path in layer.paths() {
        let path = folder.join(path);
        if path.symlink_metadata().is_ok() {
            let message = format!("\"{}\" exists already, and `init` overwrites nothing", path.display());
            let remedy = "rename or remove it; or add ProxyServices to what is there by hand";
            findings.push(Finding::error(Code::FileExists, message, remedy));
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

/// The path from the folder, with `/` as kustomize writes it.
fn inside(folder: &Path, name: &str) -> String {
    let path = Path::new(name);
    let path = path.strip_prefix(folder).unwrap_or(path);
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn shown(path: &Path) -> String {
    visible(&path.display().to_string())
}

/// A word for a shell; where something in it acts, for one that knows `$'…'`.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%".contains(c);
    // A folder called `-x` is no option.
    let word = if word.starts_with('-') { &format!("./{word}") } else { word };
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_string();
    }
    if visible(word) == word {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let byte = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b"/._- ".contains(&byte) => char::from(byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    };
    format!("$'{}'", word.bytes().map(byte).collect::<String>())
}

/// `KEY=VALUE`, by Kubernetes' rules for labels.
fn label(text: &str) -> Result<(String, String), String> {
    let word = |word: &str| {
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        word.len() <= 63
            && ends(word.chars().next())
            && ends(word.chars().last())
            && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    let domain = |domain: &str| {
        let part = |part: &str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
                && !part.starts_with('-')
                && !part.ends_with('-')
        };
        domain.len() <= 253 && domain.split('.').all(part)
    };
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    let named = key.split_once('/').map_or(word(key), |(prefix, name)| domain(prefix) && word(name));
    if !named {
        return Err(format!("\"{key}\" cannot be the key of a label"));
    }
    if !value.is_empty() && !word(value) {
        return Err(format!("\"{value}\" cannot be the value of a label"));
    }
    Ok((key.to_string(), value.to_string()))
}
