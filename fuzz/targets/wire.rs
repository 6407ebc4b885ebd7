//! The two readers of lists agree on every text.
#![no_main]

proxy_service_fuzz::splicing!();

libfuzzer_sys::fuzz_target!(|text: &str| {
    proxy_service::krm::readers_agree(text);
});
