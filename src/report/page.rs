//! The page of findings, code by code.

use crate::findings::Code;

/// Made from the files of `docs/findings`, one for each code, whose examples the tests run.
const PAGE: &str = include_str!("../../docs/findings.md");

/// The code's section of the page: meaning, cause, example and remedy, in Markdown.
#[must_use]
pub fn section(code: Code) -> &'static str {
    let heading = format!("## {code}\n");
    let after = PAGE.split_once(&heading).map_or("", |(_, after)| after);
    after.split("\n## ").next().unwrap_or_default().trim()
}

/// The cause and the remedy alone.
pub fn paragraphs(code: Code) -> (String, String) {
    let section = section(code);
    let cause = section.split("\n\n").nth(1).filter(|cause| !cause.is_empty()).unwrap_or(code.meaning());
    let remedy = section.split("**Remedy.** ").nth(1).filter(|remedy| !remedy.is_empty()).unwrap_or(code.meaning());
    (cause.trim().to_string(), remedy.trim().to_string())
}
