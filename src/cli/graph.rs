//! `graph`: the paths of requests as a picture, before and after.

use super::allow::AllowInPlace;
use super::files::replace_file;
use super::{Exit, report, sources, stdout};
use crate::findings::Code;
use crate::graph::{Format, Picture, Selection, chains, draw};
use crate::krm::{Finding, Findings};
use crate::spelling;
use anyhow::Result;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Draw the paths of requests: clients, Service, proxies, target, pods.
///
/// ProxyServices among the manifests are rendered, and the picture shows what they change: the
/// paths before and after. With --before it shows what is different from those manifests.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 drawn, 1 findings, 2 wrong usage.\n\n\
    Examples:\n  proxy-service graph overlays/prod -o paths.html\n  \
    proxy-service graph rendered.yaml --before deployed.yaml\n  \
    proxy-service graph app/ --service shop/cart --format dot | dot -Tpng -o cart.png")]
pub struct Graph {
    /// Files, folders (*.yaml, *.yml, *.json; a kustomization is built), or - for stdin.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// What was there before: a file, a folder, a kustomization, or -.
    #[arg(long, value_name = "PATH")]
    before: Option<PathBuf>,
    /// Look into the folders of a folder too.
    #[arg(short = 'R', long)]
    recursive: bool,
    #[command(flatten)]
    allow: AllowInPlace,
    /// How the picture is written; without it, what the ending of FILE says, else mermaid.
    #[arg(short = 'f', long, value_name = "FORMAT")]
    format: Option<Name>,
    /// Draw only this Service.
    #[arg(long, value_name = "[NAMESPACE/]NAME")]
    service: Option<String>,
    /// Draw Services without proxies too.
    #[arg(long, conflicts_with = "service")]
    all: bool,
    /// Write to FILE instead of stdout; it is replaced as a whole or not at all.
    #[arg(short = 'o', long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Name {
    Mermaid,
    Dot,
    Svg,
    Html,
}

impl Graph {
    /// Runs the command.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn run(self) -> Result<Exit> {
        if self.paths.iter().chain(&self.before).filter(|path| *path == Path::new("-")).count() > 1 {
            report::wrong_usage("stdin can be read once: `-` stands there twice; write one of them to a file");
            return Ok(Exit::Trouble);
        }
        if self.allow.enable_exec && self.paths.iter().any(|path| path == Path::new("-")) {
            report::wrong_usage("`--enable-exec` builds folders; what comes on stdin is built already");
            return Ok(Exit::Trouble);
        }
        let Some(format) = self.format() else {
            let file = self.output.as_deref().unwrap_or(Path::new(""));
            let formats = "FILE.mmd, FILE.dot, FILE.svg, FILE.html";
            report::wrong_usage(&format!("\"{}\" does not tell the format: add --format, or name it {formats}", file.display()));
            return Ok(Exit::Trouble);
        };
        let picture = match self.picture() {
            Ok(picture) => picture,
            Err(findings) => {
                report::findings(&findings);
                return Ok(Exit::Findings);
            }
        };
        let text = draw(&picture, format);
        match &self.output {
            Some(file) => replace_file(file, &text)?,
            None => stdout::output(&text)?,
        }
        report::note(&self.remark(&picture));
        Ok(Exit::Success)
    }

    fn format(&self) -> Option<Format> {
        if let Some(name) = self.format {
            return Some(match name {
                Name::Mermaid => Format::Mermaid,
                Name::Dot => Format::Dot,
                Name::Svg => Format::Svg,
                Name::Html => Format::Html,
            });
        }
        let Some(file) = &self.output else { return Some(Format::Mermaid) };
        match file.extension().and_then(OsStr::to_str)?.to_ascii_lowercase().as_str() {
            "mmd" | "mermaid" => Some(Format::Mermaid),
            "dot" | "gv" => Some(Format::Dot),
            "svg" => Some(Format::Svg),
            "html" | "htm" => Some(Format::Html),
            _ => None,
        }
    }

    fn picture(&self) -> Result<Picture, Findings> {
        let functions = self.allow.functions();
        let sides = sources::sides(&self.paths, self.recursive, &functions)?;
        let before = match &self.before {
            None => sides.before,
            Some(path) => Some(sources::applied(path, self.recursive, &functions)?),
        };
        let before = before.as_ref().map(chains);
        let after = chains(&sides.after);
        let whole = Picture::of(before.as_deref(), &after, &Selection::All);
        let selection = match &self.service {
            Some(asked) => find(asked, &whole)?,
            None if self.all => Selection::All,
            None => Selection::Proxied,
        };
        let picture = Picture::of(before.as_deref(), &after, &selection);
        if picture.paths.is_empty() {
            return Err(nothing(whole.services).into());
        }
        Ok(picture)
    }

    fn remark(&self, picture: &Picture) -> String {
        let left_out = picture.services - picture.paths.len();
        if left_out == 0 || self.service.is_some() {
            return String::new();
        }
        format!("note: {}; --all draws them too", picture.summary())
    }
}

/// The Service that was asked for, by name alone where only one has it.
fn find(asked: &str, picture: &Picture) -> Result<Selection, Findings> {
    let full = |path: &crate::graph::Path| match path.namespace.as_str() {
        "" => path.name.clone(),
        namespace => format!("{namespace}/{}", path.name),
    };
    let found: Vec<_> = picture.paths.iter().filter(|path| full(path) == asked || path.name == asked).collect();
    let exact = found.iter().find(|path| full(path) == asked);
    let names: Vec<String> = match (exact, &found[..]) {
        (Some(path), _) | (None, [path]) => return Ok(Selection::One(path.namespace.clone(), path.name.clone())),
        (None, []) => {
            let names: Vec<String> = picture.paths.iter().map(full).collect();
            let candidates: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut near: Vec<String> = spelling::closest(asked, &candidates, 3, 0.5).into_iter().map(str::to_string).collect();
            // With a namespace before it the same name is far away.
            let bare: Vec<&str> = picture.paths.iter().map(|path| path.name.as_str()).collect();
            let name = asked.rsplit('/').next().unwrap_or(asked);
            for close in spelling::closest(name, &bare, 3, 0.6) {
                let same = picture.paths.iter().filter(|path| path.name == close).map(full);
                near.extend(same.collect::<Vec<_>>());
            }
            let mut unique = Vec::new();
            for name in near {
                if !unique.contains(&name) && unique.len() < 3 {
                    unique.push(name);
                }
            }
            unique
        }
        (None, several) => several.iter().map(|path| full(path)).collect(),
    };
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let (message, remedy) = match (found.len(), quoted.is_empty()) {
        (0, true) => {
            (format!("there is no Service \"{asked}\" to draw"), "leave --service out to see which there are".to_string())
        }
        (0, false) => (format!("there is no Service \"{asked}\" to draw"), format!("the nearest: {}", quoted.join(", "))),
        _ => (format!("there are several Services \"{asked}\""), format!("name one with its namespace: {}", quoted.join(", "))),
    };
    Err(Finding::error(Code::NotInThePicture, message, remedy).into())
}

fn nothing(services: usize) -> Finding {
    let (message, remedy) = match services {
        0 => ("there is no Service to draw".to_string(), "name the files in which the Services stand"),
        1 => ("no proxies stand before the Service".to_string(), "draw it without, with --all, or add its ProxyService"),
        _ => (
            format!("no proxies stand before any of the {services} Services"),
            "draw them without, with --all, or add a ProxyService",
        ),
    };
    Finding::error(Code::NothingToDraw, message, remedy)
}
