//! `value-round-trip`: reads YAML on stdin into a `serde_yaml::Value`, and writes it to stdout.

use serde_yaml::Value;
use std::io::{Read, Write};

fn main() {
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).expect("stdin is UTF-8");
    let value: Value = serde_yaml::from_str(&text).expect("stdin is YAML");
    let out = serde_yaml::to_string(&value).expect("what was read can be written");
    std::io::stdout().lock().write_all(out.as_bytes()).expect("stdout takes it");
}
