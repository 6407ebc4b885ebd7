//! Objects that the input does not have.

use super::scalar::push;
use super::yaml::{push_indent, write_node};
use super::{parse, typed};
use serde::Serialize;
use serde_yaml::Value;
use std::cell::OnceCell;

/// The column at which an object is written before anybody knows where it goes: that of kustomize's lists,
/// which takes it as it is.
const COLUMN: usize = 2;

/// An object that is not in the input. It is text already; `apiVersion`, `kind` and `metadata` are read again
/// where somebody asks for them.
#[derive(Debug, Clone, Default)]
pub struct NewObject {
    /// All of it, at [`COLUMN`].
    text: Box<str>,
    /// How much of the text is the head.
    length: usize,
    /// The head, where somebody has asked for it.
    head: OnceCell<Value>,
    /// Whether it counts instead of the text.
    changed: bool,
}

impl NewObject {
    /// From a type of Kubernetes or Istio.
    ///
    /// # Panics
    /// Where it is no object: the type is wrong, whatever the input.
    #[must_use]
    pub fn typed(object: &impl Serialize) -> Self {
        let (text, length) = typed::write(object, COLUMN).expect("Kubernetes' types have string keys and plain values only");
        NewObject { text: text.into_boxed_str(), length, ..NewObject::default() }
    }

    /// The object's `apiVersion`, `kind` and `metadata`; of one that came as a value all of it.
    #[must_use]
    pub fn head(&self) -> &Value {
        self.head.get_or_init(|| read(&self.text[..self.length]))
    }

    /// The same, to be changed.
    pub fn head_mut(&mut self) -> &mut Value {
        if self.head.get().is_none() {
            self.head = read(&self.text[..self.length]).into();
        }
        self.changed = true;
        self.head.get_mut().expect("it stands there")
    }

    /// How many bytes it takes, about.
    pub(super) fn size(&self) -> usize {
        self.text.len() + if self.changed { 256 } else { 0 }
    }

    /// Writes it as a block whose first line continues the current one, at column `indent`.
    pub(super) fn write(&self, indent: usize, out: &mut String) {
        let mut text = &*self.text;
        if self.changed {
            write_node(self.head(), indent, out);
            text = &text[self.length..];
            if !text.is_empty() {
                push_indent(indent, out);
            }
        }
        write_lines(text, indent, out);
    }

    /// The whole as a value.
    #[must_use]
    pub fn into_value(self) -> Value {
        if !self.changed {
            return read(&self.text);
        }
        let rest = read(&self.text[self.length..]);
        let mut whole = self.head.into_inner().unwrap_or_default();
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

/// Writes lines from [`COLUMN`] at another column; the caller has written the first line's lead.
fn write_lines(text: &str, indent: usize, out: &mut String) {
    let text = text.get(COLUMN..).unwrap_or_default();
    if indent == COLUMN {
        return out.push_str(text);
    }
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
        let line = &text[start..=end];
        // An empty one is in a literal block.
        match line.get(COLUMN..).filter(|_| start > 0) {
            Some(line) => {
                push_indent(indent, out);
                push(line, out);
            }
            None => push(line, out),
        }
        start = end + 1;
    }
}

impl From<Value> for NewObject {
    fn from(value: Value) -> Self {
        let mut text = String::with_capacity(2048);
        push_indent(COLUMN, &mut text);
        write_node(&value, COLUMN, &mut text);
        NewObject { length: text.len(), text: text.into_boxed_str(), ..NewObject::default() }
    }
}
