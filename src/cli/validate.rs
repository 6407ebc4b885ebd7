//! `validate`: whether rendered manifests hold together.

use super::files::replace_file;
use super::{Exit, report, sources, stdout};
use crate::findings::Code;
use crate::krm::{Documents, Finding, Findings};
use crate::rendered::Inventory;
use crate::report::Format;
use crate::validate::{Report, locate, validate};
use anyhow::Result;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use std::path::PathBuf;

/// Check rendered manifests: whether requests would arrive, and pods would run.
///
/// Reads what a build gives, offline, and writes nothing but the report. Nothing is built or
/// rendered first; Kustomizations and function declarations among the files are left out.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 no errors (there may be warnings), 1 errors, 2 the manifests could not be read, the\n\
    report could not be written, or wrong usage.\n\nExamples:\n  \
    kustomize build --enable-alpha-plugins --enable-exec . | proxy-service validate\n  \
    proxy-service validate --strict --format junit -o report.xml rendered/")]
pub struct Validate {
    /// Files, folders (*.yaml, *.yml, *.json), or - for stdin, which is the default.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Look into the folders of a folder too.
    #[arg(short = 'R', long)]
    recursive: bool,
    /// The form of the report.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format_parser())]
    format: Format,
    /// Write the report to FILE, and the findings as text to stderr.
    #[arg(short = 'o', long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Warnings count as errors.
    #[arg(long)]
    strict: bool,
}

fn format_parser() -> impl TypedValueParser<Value = Format> {
    let find = |name: String| Format::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, format)| format);
    PossibleValuesParser::new(Format::ALL.map(|(name, _)| name)).map(move |name| find(name).expect("one of the possible values"))
}

impl Validate {
    /// Runs the command.
    ///
    /// # Errors
    /// None: what goes wrong is told here, because exit code 1 is an answer of this command.
    pub fn run(self) -> Result<Exit> {
        match self.answer() {
            Ok(exit) => Ok(exit),
            Err(error) => {
                report::failure(&error);
                Ok(Exit::Trouble)
            }
        }
    }

    fn answer(&self) -> Result<Exit> {
        let paths = if self.paths.is_empty() { vec![PathBuf::from("-")] } else { self.paths.clone() };
        if self.paths.is_empty() && sources::stdin_is_a_terminal() {
            report::wrong_usage("name files or folders, or pipe manifests in: `kustomize build . | proxy-service validate`");
            return Ok(Exit::Trouble);
        }
        let sources = match sources::read(&paths, self.recursive) {
            Ok(sources) => sources,
            Err(findings) => {
                report::findings(&findings);
                return Ok(Exit::Trouble);
            }
        };
        let mut documents = Documents::default();
        let mut unread = Findings::default();
        for source in &sources {
            if let Err(findings) = documents.read(&source.name, &source.text) {
                unread.extend(findings);
            }
        }
        let inventory = Inventory::of(&documents).unwrap_or_else(|findings| {
            unread.extend(findings);
            Inventory::default()
        });
        let mut report = checked(&inventory, unread);
        report.findings = locate(report.findings, sources.iter().map(|source| (source.name.as_str(), source.text.as_str())));
        if self.strict {
            report = report.strict();
        }
        self.write(&report, &inventory)?;
        Ok(Exit::of(&report.findings))
    }

    fn write(&self, report: &Report, inventory: &Inventory) -> Result<()> {
        let text = self.format.write(report, inventory);
        match &self.output {
            Some(path) => {
                replace_file(path, &text)?;
                report::text(&Format::Text.write(report, inventory));
                Ok(())
            }
            None => stdout::output(&text),
        }
    }
}

/// The checks, unless something could not be read: then everything that refers to it would be
/// told as missing.
fn checked(inventory: &Inventory, unread: Findings) -> Report {
    if !unread.is_empty() {
        return Report { objects: inventory.objects().len(), findings: unread, ..Report::default() };
    }
    if inventory.objects().is_empty() {
        let message = "there are no objects, and an empty output would delete everything where it is applied";
        let remedy = "check the files, or the command before the pipe (`set -o pipefail`)";
        return Report { findings: Finding::error(Code::UnreadableInput, message, remedy).into(), ..Report::default() };
    }
    validate(inventory)
}
