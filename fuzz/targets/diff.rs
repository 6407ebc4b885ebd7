//! `diff` of any two sides: nothing differs from itself, both directions tell the same, and no
//! format lets a text of the input act or shows a value of a Secret.
#![no_main]

use jsonschema::Validator;
use proxy_service::diff::{Diff, Sides, compare, json, markdown, text};
use proxy_service::graph;
use proxy_service::rendered::Inventory;
use proxy_service_fuzz::{comment, display, inventories, secrets, title};
use std::sync::OnceLock;

proxy_service_fuzz::splicing!();

libfuzzer_sys::fuzz_target!(|input: &str| {
    let Some((before, after)) = inventories(input) else { return };
    let name = title(input);
    let change = |one: &Inventory, other: &Inventory| {
        compare(one, other, Sides { before: name.clone(), after: "after".into() }, vec![name.clone()])
    };
    assert!(change(&after, &after).is_empty(), "a side differs from itself");
    let (there, back) = (change(&before, &after), change(&after, &before));
    let ((added, removed, changed), same) = (there.counts(), there.same);
    assert_eq!((removed, added, changed, same), (back.counts().0, back.counts().1, back.counts().2, back.same));

    let picture = graph::mermaid(&before, &after);
    let comment = markdown::write(&there, Some(&name), picture.as_deref());
    assert!(comment.len() <= markdown::LIMIT, "{} bytes", comment.len());
    comment::inert(&comment);
    let (plain, json) = (text::write(&there, false), json::write(&there));
    display::harmless("text", &plain);
    display::bounded("text", plain.len(), input.len());
    keeps_to_the_schema(&json, &there);
    for output in [&comment, &plain, &json] {
        secrets::hidden(output, &[&before, &after], &name);
    }
});

fn keeps_to_the_schema(text: &str, diff: &Diff) {
    static SCHEMA: OnceLock<Validator> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| jsonschema::validator_for(&json::schema()).expect("a schema"));
    let document = serde_json::from_str(text).expect("JSON");
    if let Err(error) = schema.validate(&document) {
        panic!("{error} at {}", error.instance_path());
    }
    assert_eq!(document["objects"].as_array().map(Vec::len), Some(diff.objects.len()));
}
