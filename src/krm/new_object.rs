//! Objects that the input does not have.

use super::yaml::{push_indent, write_node};
use super::{parse, typed};
use serde::Serialize;
use serde_yaml::Value;
use std::cell::OnceCell;

/// An object that is not in the input. A typed one is text already; `apiVersion`, `kind` and `metadata` are read again
/// where somebody asks for them.
#[derive(Debug, Clone, Default)]
pub struct NewObject {
    /// Text of the head, from column 0; empty where its value has taken its place.
    text: String,
    head: OnceCell<Value>,
    /// The fields after the head, from column 0.
    rest: String,
}

impl NewObject {
    /// From a type of Kubernetes or Istio.
    ///
    /// # Panics
    /// Where it is no object: the type is wrong, whatever the input.
    #[must_use]
    pub fn typed(object: &impl Serialize) -> Self {
        let (text, rest) = typed::split(object).expect("Kubernetes' types have string keys and plain values only");
        NewObject { text, head: OnceCell::new(), rest }
    }

    /// The object's `apiVersion`, `kind` and `metadata`; of one that came as a value all of it.
    #[must_use]
    pub fn head(&self) -> &Value {
        self.head.get_or_init(|| read(&self.text))
    }

    /// The same, to be changed.
    pub fn head_mut(&mut self) -> &mut Value {
        let head = self.head.take().unwrap_or_else(|| read(&self.text));
        self.text.clear();
        self.head = head.into();
        self.head.get_mut().expect("it stands there")
    }

    /// Writes it as a block whose first line continues the current one, at column `indent`.
    pub(super) fn write(&self, indent: usize, out: &mut String) {
        match self.text.split_once('\n') {
            Some((first, others)) => {
                out.push_str(first);
                out.push('\n');
                write_lines(others, indent, out);
            }
            None => write_node(self.head(), indent, out),
        }
        write_lines(&self.rest, indent, out);
    }

    /// The whole as a value.
    #[must_use]
    pub fn into_value(self) -> Value {
        let rest = read(&self.rest);
        let mut whole = self.head.into_inner().unwrap_or_else(|| read(&self.text));
        if let (Value::Mapping(whole), Value::Mapping(rest)) = (&mut whole, rest) {
            whole.extend(rest);
        }
        whole
    }
}

/// A typed part of an object as a value.
///
/// # Panics
/// Where it is none of Kubernetes' or Istio's types.
#[must_use]
pub fn to_value(part: &impl Serialize) -> Value {
    NewObject::typed(part).into_value()
}

/// What was written here can be read.
fn read(text: &str) -> Value {
    parse::value(text).unwrap_or_default()
}

/// Writes lines from column 0 at a column.
fn write_lines(text: &str, indent: usize, out: &mut String) {
    if indent == 0 {
        return out.push_str(text);
    }
    for line in text.split_inclusive('\n') {
        // In a literal block.
        if line != "\n" {
            push_indent(indent, out);
        }
        out.push_str(line);
    }
}

impl From<Value> for NewObject {
    fn from(value: Value) -> Self {
        NewObject { text: String::new(), head: value.into(), rest: String::new() }
    }
}
