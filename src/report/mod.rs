//! Reports of findings, in the forms that people and CI systems read: one file for each.

mod github;
mod json;
mod junit;
mod page;
mod sarif;
mod text;

pub use page::section;

use crate::rendered::Inventory;
use crate::validate::Report;

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A line for each finding, and a last one that counts them.
    Text,
    /// This program's own JSON (docs/validate.md).
    Json,
    /// JUnit XML: a test case for each object.
    Junit,
    /// SARIF 2.1.0 (OASIS), for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions, which annotate the lines of a pull request.
    Github,
}

impl Format {
    /// Every form, by the name that people type.
    pub const ALL: [(&'static str, Format); 5] = [
        ("text", Format::Text),
        ("json", Format::Json),
        ("junit", Format::Junit),
        ("sarif", Format::Sarif),
        ("github", Format::Github),
    ];

    /// The report in this form; it ends with a line break.
    #[must_use]
    pub fn write(self, report: &Report, inventory: &Inventory) -> String {
        match self {
            Format::Text => text::write(report),
            Format::Json => json::write(report),
            Format::Junit => junit::write(report, inventory),
            Format::Sarif => sarif::write(report),
            Format::Github => github::write(report),
        }
    }
}
