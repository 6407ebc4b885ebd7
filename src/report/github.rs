//! Workflow commands of GitHub Actions. Escaped as its toolkit does (`packages/core/src/command.ts`).

use super::text::summary;
use crate::krm::{Finding, visible};
use crate::validate::Report;

pub fn write(report: &Report) -> String {
    let mut out: String = report.findings.sorted().into_iter().map(annotation).collect();
    out.push_str(&summary(report));
    out
}

fn annotation(finding: &Finding) -> String {
    let mut properties = Vec::new();
    // What came through a pipe is no file of the repository.
    if let Some((path, _)) = finding.file().filter(|(path, _)| *path != "stdin") {
        properties.push(format!("file={}", property(&visible(path))));
        if let Some(line) = finding.line() {
            properties.push(format!("line={line}"));
        }
    }
    let object = finding.object().map(|object| format!(" {object}")).unwrap_or_default();
    properties.push(format!("title={}", property(&visible(&format!("{}{object}", finding.code())))));
    let field = finding.field().map(|field| format!("{field}: ")).unwrap_or_default();
    let message = format!("{field}{}; {}", finding.message(), finding.remedy());
    format!("::{} {}::{}\n", finding.severity().as_str(), properties.join(","), data(&visible(&message)))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_the_command_or_a_property() {
        assert_eq!(property("a:b,c%\r\nd"), "a%3Ab%2Cc%25%0D%0Ad");
        assert_eq!(data("::error::50%\n"), "::error::50%25%0A");
    }
}
