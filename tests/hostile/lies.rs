//! What is read is what kyaml reads, or it is an error.
//!
//! `kyaml-read` (tests/evidence) is kustomize's own reader. Texts in random styles, and the golden cases,
//! are read by both; what this program writes is read by kyaml again. More texts, or others:
//! `PROXY_SERVICE_STYLES=50000 PROXY_SERVICE_SEED=7 cargo test --release --test hostile lies`

mod cases;
mod kyaml;
mod random;
mod styles;

use kyaml::{Answer, Kyaml};
use proxy_service::krm::{Documents, Edits, Findings, Item, ResourceList, to_json};
use random::Random;
use serde_json::Value as Json;
use std::fs;
use std::path::Path;

/// Texts in the short form of the test.
const TEXTS: u64 = 6_000;

/// What this program reads in a text: the objects, or why it refuses it.
fn ours(text: &str) -> Result<Vec<Json>, String> {
    let mut documents = Documents::default();
    documents.read("text", text).map_err(|findings| findings.to_string())?;
    documents
        .items()
        .iter()
        .map(|item| {
            let value = to_json(item.value().map_err(|finding| finding.to_string())?)?;
            let told = |path: &str| value.pointer(path).and_then(Json::as_str).unwrap_or_default().to_string();
            let id = item.id();
            assert_eq!(
                (
                    id.api_version.to_string(),
                    id.kind.to_string(),
                    id.name.to_string(),
                    id.namespace.clone().unwrap_or_default().to_string()
                ),
                (told("/apiVersion"), told("/kind"), told("/metadata/name"), told("/metadata/namespace")),
                "the lines and the parser name the object differently in\n{text}"
            );
            Ok(value)
        })
        .collect()
}

/// Edits that write every item anew, with its own value.
fn anew(items: &[Item<'_>]) -> Edits {
    let mut edits = Edits::default();
    for (index, item) in items.iter().enumerate() {
        edits.replaced.insert(index, item.value().expect("it was read before").clone());
    }
    edits
}

/// The text after a run that changes nothing, and after one that writes every object anew: as manifests
/// and, where it is one, as a ResourceList.
fn written(text: &str) -> Vec<(&'static str, String)> {
    let mut documents = Documents::default();
    documents.read("text", text).expect("it was read before");
    let mut outputs =
        vec![("untouched", documents.write(&Edits::default())), ("written anew", documents.write(&anew(documents.items())))];
    if let Ok(list) = ResourceList::read(text) {
        outputs.push(("list, untouched", list.write(&Edits::default(), &Findings::default())));
        outputs.push(("list, written anew", list.write(&anew(list.items()), &Findings::default())));
    }
    outputs
}

#[derive(Debug, Default)]
struct Tally {
    same: u64,
    both_refuse: u64,
    only_we_refuse: u64,
    only_kyaml_refuses: u64,
    /// Of the same ones.
    changed_by_kustomize: u64,
    differences: u64,
}

impl Tally {
    /// Compares the two readings of a text, and what kyaml reads in what this program writes of it.
    fn compare(&mut self, kyaml: &mut Kyaml, text: &str) {
        let ours = ours(text);
        // kyaml would follow such an alias until its stack ends.
        if ours.as_ref().is_err_and(|why| why.contains("inside of its own anchor")) {
            self.both_refuse += 1;
            return;
        }
        match (ours, kyaml.read(text)) {
            (Err(why), Answer::Refused(_)) => {
                self.both_refuse += 1;
                show("both refuse", text, &why);
            }
            (Err(why), Answer::Objects { .. }) => {
                self.only_we_refuse += 1;
                show("only we refuse", text, &why);
            }
            (Ok(_), Answer::Refused(why)) => {
                self.only_kyaml_refuses += 1;
                show("only kyaml refuses", text, &why);
            }
            (Ok(ours), Answer::Objects { read, written }) => {
                self.same += 1;
                self.changed_by_kustomize += u64::from(read != written);
                if ours != read {
                    return self.differ(&format!("{}\n{}\nare two readings of\n{text:?}", Json::from(ours), Json::from(read)));
                }
                self.compare_written(kyaml, text, &read);
            }
        }
    }

    /// What is written leaves kustomize as it was read, whatever kustomize would have made of the text.
    fn compare_written(&mut self, kyaml: &mut Kyaml, text: &str, wanted: &[Json]) {
        for (how, output) in written(text) {
            match kyaml.read(&output) {
                Answer::Objects { read, written } if read == wanted && (how.ends_with("untouched") || written == wanted) => {}
                Answer::Objects { read, written } => {
                    let (read, written, wanted) = (Json::from(read), Json::from(written), Json::from(wanted.to_vec()));
                    self.differ(&format!("{how}:\n{output:?}\nof\n{text:?}\nis {read}\nand {written}\nnot {wanted}"));
                }
                Answer::Refused(why) => self.differ(&format!("{how}, kyaml refuses it ({why}):\n{output:?}\nof\n{text:?}")),
            }
        }
    }

    fn differ(&mut self, difference: &str) {
        self.differences += 1;
        if self.differences <= 20 {
            println!("=== {difference}");
        }
    }
}

/// Prints a case for who looks for a reason (`PROXY_SERVICE_SHOW=1`).
fn show(what: &str, text: &str, why: &str) {
    if std::env::var_os("PROXY_SERVICE_SHOW").is_some() {
        println!("--- {what}: {why}\n{text}\n---");
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

#[test]
fn random_styles_are_read_as_kyaml_reads_them() {
    let Some(mut kyaml) = Kyaml::start() else { return };
    let (texts, seed) = (setting("PROXY_SERVICE_STYLES").unwrap_or(TEXTS), setting("PROXY_SERVICE_SEED").unwrap_or(1));
    let mut tally = Tally::default();
    for number in 0..texts {
        let text = styles::text(&mut Random::new(seed.wrapping_mul(1_000_003).wrapping_add(number)));
        tally.compare(&mut kyaml, &text);
    }
    println!("{texts} texts of seed {seed}: {tally:?}");
    assert_eq!(tally.differences, 0);
    assert!(tally.same * 3 > texts, "most texts are refused: {tally:?}");
}

#[test]
fn golden_cases_are_read_as_kyaml_reads_them() {
    let Some(mut kyaml) = Kyaml::start() else { return };
    let mut tally = Tally::default();
    for case in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")).unwrap() {
        for file in ["input.yaml", "expected.yaml"] {
            let Ok(text) = fs::read_to_string(case.as_ref().unwrap().path().join(file)) else { continue };
            tally.compare(&mut kyaml, &text);
        }
    }
    println!("golden cases: {tally:?}");
    assert_eq!(tally.differences, 0);
    assert!(tally.same > 100, "{tally:?}");
}
