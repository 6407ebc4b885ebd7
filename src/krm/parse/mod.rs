//! YAML text as values, read as kyaml reads it.
//!
//! kyaml (`sigs.k8s.io/kustomize/kyaml`) is the reader of kustomize, and `go.yaml.in/yaml/v3` its
//! parser. What kyaml reads is the truth; what this module cannot read the same way is an error, and
//! never another value. `tests/hostile/lies.rs` compares the two readers.

mod events;
mod number;
mod scalar;
mod separators;
mod timestamp;
mod tree;
mod unreadable;

pub use events::{Event, Events, Node};
pub use granit_parser::StructureStyle;
pub use scalar::is_null;
pub use separators::count as separators;
pub use tree::value;
pub use unreadable::Unreadable;

/// How deep collections may nest. kyaml allows 10,000; no Kubernetes object comes near 128.
pub const DEPTH: usize = 128;

/// Whether a text is one YAML document, or none, from its beginning to its end.
pub fn is_well_formed(text: &str) -> bool {
    let mut events = Events::new(text);
    loop {
        match events.next() {
            Ok(Event { node: Node::End, .. }) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}
