//! `graph` of any two sides: every format is what its readers take, and nothing of the input acts.
#![no_main]

use proxy_service::graph::{Format, Picture, Selection, chains, draw};
use proxy_service_fuzz::{BETWEEN, display, drawing, inventories};

proxy_service_fuzz::splicing!();

libfuzzer_sys::fuzz_target!(|input: &str| {
    let Some((before, after)) = inventories(input) else { return };
    let (before, after) = (chains(&before), chains(&after));
    let compared = input.contains(BETWEEN).then_some(&before[..]);
    for selection in [Selection::All, Selection::Proxied, Selection::Changed] {
        let picture = Picture::of(compared, &after, &selection);
        for format in [Format::Mermaid, Format::Dot, Format::Svg, Format::Html] {
            let text = draw(&picture, format);
            display::harmless("the picture", &text);
            display::bounded("the picture", text.len(), input.len());
            match format {
                Format::Mermaid => drawing::mermaid(&text),
                Format::Dot => drawing::dot(&text),
                Format::Svg => drawing::svg(&text),
                Format::Html => drawing::html(&text),
            }
        }
    }
});
