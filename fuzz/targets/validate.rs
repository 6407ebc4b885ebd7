//! `validate` of any manifests: every format is what its readers take, with every finding in it.
#![no_main]

use proxy_service::rendered::Inventory;
use proxy_service::report::Format;
use proxy_service::validate::{Report, locate, validate};
use proxy_service_fuzz::{display, reports};

proxy_service_fuzz::splicing!();

libfuzzer_sys::fuzz_target!(|input: &str| {
    // What cannot be read becomes findings, which the formats carry as well.
    let (inventory, mut report) = match Inventory::read("manifests.yaml", input) {
        Ok(inventory) => {
            let report = validate(&inventory);
            (inventory, report)
        }
        Err(findings) => (Inventory::default(), Report { findings, ..Report::default() }),
    };
    report.findings = locate(report.findings, std::iter::once(("manifests.yaml", input)));
    let lines = input.split('\n').count();
    for finding in report.findings.sorted() {
        assert!(finding.line().is_none_or(|line| (1..=lines).contains(&line)), "line {:?} of {lines}", finding.line());
    }
    for (name, format) in Format::ALL {
        let text = format.write(&report, &inventory);
        display::bounded(name, text.len(), input.len());
        match format {
            Format::Text => reports::text(&text, &report),
            Format::Json => reports::json(&text, &report),
            Format::Junit => reports::junit(&text, &report),
            Format::Sarif => reports::sarif(&text, &report),
            Format::Github => reports::github(&text, &report),
        }
    }
    let findings = report.findings.sorted().len();
    assert_eq!(report.strict().count(proxy_service::krm::Severity::Error), findings);
});
