//! Objects that the input does not have.

use super::yaml::{push_indent, write_node};
use super::{parse, typed};
use serde::Serialize;
use serde_yaml::Value;

/// An object that is not in the input. Of a typed one only `apiVersion`, `kind` and `metadata` are values, which others
/// may read and change; the rest is text already.
#[derive(Debug, Clone, Default)]
pub struct NewObject {
    head: Value,
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
        let (head, rest) = typed::split(object).expect("Kubernetes' types have string keys and plain values only");
        NewObject { head: Value::Mapping(head), rest }
    }

    /// The object's `apiVersion`, `kind` and `metadata`; of one that came as a value all of it.
    #[must_use]
    pub fn head(&self) -> &Value {
        &self.head
    }

    /// The same, to be changed.
    pub fn head_mut(&mut self) -> &mut Value {
        &mut self.head
    }

    /// Writes it as a block whose first line continues the current one, at column `indent`.
    pub(super) fn write(&self, indent: usize, out: &mut String) {
        write_node(&self.head, indent, out);
        if indent == 0 {
            return out.push_str(&self.rest);
        }
        for line in self.rest.split_inclusive('\n') {
            // In a literal block.
            if line != "\n" {
                push_indent(indent, out);
            }
            out.push_str(line);
        }
    }

    /// The whole as a value.
    #[must_use]
    pub fn into_value(self) -> Value {
        let mut whole = self.head;
        // What was written here can be read.
        if let (Value::Mapping(whole), Ok(Value::Mapping(rest))) = (&mut whole, parse::value(&self.rest)) {
            whole.extend(rest);
        }
        whole
    }
}

impl From<Value> for NewObject {
    fn from(value: Value) -> Self {
        NewObject { head: value, rest: String::new() }
    }
}
