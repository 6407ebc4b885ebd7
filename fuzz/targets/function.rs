//! The function on any text: no panic, an output that is a list again, and the second run on it
//! changes nothing.
#![no_main]

use proxy_service::function::run_function;
use proxy_service::krm::read_value;

proxy_service_fuzz::splicing!();

libfuzzer_sys::fuzz_target!(|text: &str| {
    let first = run_function(text);
    let Some(output) = first.output else {
        assert!(first.findings.has_errors(), "no output and no error");
        return;
    };
    // What leaves is YAML where what came was: items that nobody looked at are not parsed.
    if let (Ok(_), Err(error)) = (read_value(text), read_value(&output)) {
        panic!("{error:?} in\n{output}");
    }
    if !first.findings.has_errors() {
        let again = run_function(&output);
        let changed = again.output.as_deref() != Some(&output) && !again.findings.has_errors();
        assert!(!changed || !first.findings.is_empty() || text.contains("results"), "a second run changes\n{output}");
    }
});
