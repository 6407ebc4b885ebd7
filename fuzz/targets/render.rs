//! `render` on any text: no panic, and an output that it reads again.
#![no_main]

use proxy_service::function::run_render;
use proxy_service::krm::Documents;

proxy_service_fuzz::splicing!();

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut documents = Documents::default();
    if documents.read("fuzz.yaml", text).is_err() {
        return;
    }
    let outcome = run_render(&documents);
    let Some(output) = outcome.output else {
        assert!(outcome.findings.has_errors(), "no output and no error");
        return;
    };
    let mut again = Documents::default();
    assert!(again.read("output.yaml", &output).is_ok(), "the output cannot be read:\n{output}");
});
