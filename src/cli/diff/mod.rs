//! `diff`: what changes between two sets of manifests, and what it means.

mod checkout;
mod git;
mod layers;
mod reading;
mod remover;
mod sides;
mod store;
mod trouble;

use super::allow::AllowInPlace;
use super::files::replace_file;
use super::{Exit, color, report, stdout};
use crate::diff::Diff as Difference;
use crate::{diff, graph};
use anyhow::Result;
use clap::ValueEnum;
use reading::Reading;
use sides::Comparison;
use std::path::PathBuf;

/// Show what changes between two sets of manifests, object by object, and what it means.
///
/// A and B are files, folders or - for stdin. A folder with a kustomization is built, and
/// ProxyServices are rendered, with this version of the program on both sides. Values of Secrets
/// are never shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 no difference, 1 differences, 2 a side cannot be read or built, or wrong usage.\n\n\
    Examples:\n  proxy-service diff deployed.yaml overlays/prod\n  \
    proxy-service diff --git origin/main...HEAD overlays/prod --format markdown --graph -o comment.md\n  \
    proxy-service diff --git HEAD .       # what the uncommitted changes do")]
pub struct Diff {
    /// A and B; with --git the path to build at both refs (default: the current folder).
    #[arg(value_name = "PATH", num_args = 0..=2)]
    paths: Vec<PathBuf>,
    /// Compare two commits: BASE..HEAD, BASE...HEAD (from their merge base), or BASE with the working tree.
    #[arg(long, value_name = "RANGE")]
    git: Option<String>,
    /// Look into the folders of a folder too.
    #[arg(short = 'R', long)]
    recursive: bool,
    #[command(flatten)]
    allow: AllowInPlace,
    /// What is written: text, markdown for a pull-request comment, or json.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// The heading of the comment, and part of its marker.
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// Put a picture of the paths that change into the comment (Mermaid, which GitHub and GitLab draw).
    #[arg(long)]
    graph: bool,
    /// Write to FILE instead of stdout; it is replaced as a whole or not at all.
    #[arg(short = 'o', long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What the difference is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
enum Format {
    Text,
    Markdown,
    Json,
}

impl Diff {
    /// Runs the command. Everything that keeps it from an answer is `Trouble`, not an error: 1 is an
    /// answer.
    ///
    /// # Errors
    /// None.
    pub fn run(self) -> Result<Exit> {
        Ok(self.answer().unwrap_or_else(|error| {
            report::failure(&error);
            Exit::Trouble
        }))
    }

    fn answer(&self) -> Result<Exit> {
        if self.graph && self.format != Format::Markdown {
            return Ok(wrong_usage(
                "`--graph` puts a picture into a comment: add --format markdown, or use `proxy-service graph`",
            ));
        }
        let functions = self.allow.functions();
        let reading = Reading { recursive: self.recursive, functions: &functions };
        let read = match (&self.git, &self.paths[..]) {
            (Some(range), []) => sides::of_commits(range, &PathBuf::from("."), reading),
            (Some(range), [path]) => sides::of_commits(range, path, reading),
            (Some(_), _) => return Ok(wrong_usage("`diff --git RANGE` takes one PATH")),
            (None, [before, after]) if before == after && before.as_os_str() == "-" => {
                return Ok(wrong_usage("only one of A and B can be -, stdin"));
            }
            (None, [before, after]) => sides::of_paths(before, after, reading),
            (None, _) => return Ok(wrong_usage("`diff` takes A and B, or --git RANGE and a PATH")),
        };
        let comparison = match read {
            Ok(comparison) => comparison,
            Err(trouble) => {
                trouble.print();
                return Ok(Exit::Trouble);
            }
        };
        let Comparison { before, after, sides, notes, warnings } = comparison;
        report::findings(&warnings);
        let difference = diff::compare(&before, &after, sides, notes);
        let picture = if self.graph { graph::mermaid(&before, &after) } else { None };
        self.write(&difference, picture.as_deref())?;
        Ok(if difference.is_empty() { Exit::Success } else { Exit::Findings })
    }

    fn write(&self, difference: &Difference, picture: Option<&str>) -> Result<()> {
        let colored = || match self.output {
            Some(_) => color::always(),
            None => stdout::is_colored(),
        };
        let text = match self.format {
            Format::Text => diff::text::write(difference, colored()),
            Format::Markdown => diff::markdown::write(difference, self.title.as_deref(), picture),
            Format::Json => diff::json::write(difference),
        };
        match &self.output {
            Some(file) => replace_file(file, &text),
            None => stdout::output(&text),
        }
    }
}

fn wrong_usage(message: &str) -> Exit {
    report::wrong_usage(message);
    Exit::Trouble
}
