//! The fast reader and the general one must agree wherever the fast one is sure, and so must what
//! they make of an item's text.

use super::cut::{by_lines, refuse_control_characters};
use super::layout::Layout;
use super::{Item, Origin, events, parse, simple};

/// What a reader found: the keys, and each member's identity and value.
fn seen(layout: Layout<'_>) -> Option<(Vec<String>, Vec<String>)> {
    let keys = layout.entries.iter().map(|entry| entry.key.to_string()).collect();
    let members: Option<Vec<String>> = layout
        .members
        .into_iter()
        .map(|member| {
            let document = member.fragment.to_document();
            let (simple, full) = (simple::value(&document), parse::value(&document).ok());
            assert!(simple.is_none() || simple == full, "in\n{document}\n{simple:?}\n{full:?}");
            assert!(!simple::is_well_formed(&document) || parse::is_well_formed(&document), "in\n{document}");
            let parsed = Item::parsed(member.fragment, Origin::default()).ok()??;
            if let Some(id) = &member.id {
                assert_eq!(id, parsed.id(), "in\n{}", member.fragment.text());
            }
            full.map(|value| format!("{value:?}"))
        })
        .collect();
    members.map(|members| (keys, members))
}

/// Compares the two readers; whether there was something to compare.
pub fn agree(text: &str) -> bool {
    // No reader sees these.
    if refuse_control_characters(text).is_err() {
        return false;
    }
    let (Ok(fast), Ok(general)) = (by_lines(text), events::layout(text)) else { return false };
    // A member that no parser takes is a finding, whoever cut it out.
    let (Some(fast), Some(general)) = (seen(fast), seen(general)) else { return false };
    assert_eq!(fast, general, "in\n{text}");
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    /// Every ResourceList in `testdata/`, input and output.
    fn corpus() -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata");
        let cases = fs::read_dir(root).unwrap().map(|case| case.unwrap().path());
        let files = cases.flat_map(|case| ["input.yaml", "expected.yaml"].map(|file| case.join(file)));
        files.filter_map(|file| fs::read_to_string(file).ok()).filter(|text| text.contains("kind: ResourceList")).collect()
    }

    #[test]
    fn the_readers_agree_on_every_golden_case() {
        let corpus = corpus();
        let compared = corpus.iter().filter(|text| agree(text)).count();
        assert!(compared * 2 > corpus.len(), "only {compared} of {} were compared", corpus.len());
    }

    #[test]
    fn the_readers_agree_on_mutated_cases() {
        const PIECES: [&str; 29] = [
            "\n",
            " ",
            "  ",
            "- ",
            "-",
            ": ",
            ":",
            "#",
            " #",
            "\"",
            "'",
            "|\n",
            ">-\n",
            "[",
            "]",
            "{",
            "}",
            "&a ",
            "*a",
            "!t ",
            "? ",
            "---\n",
            "items:\n",
            "kind: X\n",
            "\r\n",
            "\t",
            "nan",
            "0",
            ", ",
        ];
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).unwrap()
        };
        let corpus: Vec<String> = corpus().into_iter().filter(|text| text.is_ascii() && text.len() < 3000).collect();
        // More of them for a long run: PROXY_SERVICE_MUTATIONS=1000000 cargo test --release readers
        let wanted = std::env::var("PROXY_SERVICE_MUTATIONS").ok().and_then(|count| count.parse().ok());
        let mutations: usize = wanted.unwrap_or(20_000);
        let mut compared = 0;
        for _ in 0..mutations {
            let mut text = corpus[random(corpus.len())].clone();
            for _ in 0..=random(3) {
                let at = random(text.len());
                match random(3) {
                    0 => text.insert_str(at, PIECES[random(PIECES.len())]),
                    1 => drop(text.remove(at)),
                    _ => {
                        let end = (at + random(12)).min(text.len());
                        text.replace_range(at..end, PIECES[random(PIECES.len())]);
                    }
                }
            }
            compared += usize::from(agree(&text));
        }
        assert!(compared * 5 > mutations, "only {compared} of {mutations} mutations were compared");
    }
}
