//! Writes typed objects as the YAML of [`super::yaml`], without a tree of values between.
//!
//! The code that depends on a type is small, for there is a copy of it for each type: what writes is in
//! [`Node`], [`Mapping`] and [`Sequence`], once.

mod serializers;

use super::scalar::{push, write_string};
use super::yaml::{push_indent, write_text};
use serde::ser::{Error as _, Serialize};
use serde_yaml::Error;

/// Fields of an object that say who it is, and stand first.
const HEAD: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// An object as a block whose lines stand at the column `indent`, and how long its head is: who it is, without its
/// other fields.
///
/// # Errors
/// It is no mapping, or has what no object of Kubernetes has: a key that is no scalar, bytes, a variant with content.
pub fn write(object: &impl Serialize, indent: usize) -> Result<(String, usize), Error> {
    // As long as most of them.
    let (mut out, mut head) = (String::with_capacity(2048), 0);
    push_indent(indent, &mut out);
    object.serialize(Node { out: &mut out, indent, place: Place::Root, head: Some(&mut head) })?;
    Ok((out, head))
}

/// What stands before a node, on its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The lead of its line: the object itself, at the column `indent`.
    Root,
    /// The same: a key.
    Key,
    /// `key:`, at the column `indent`.
    Value,
    /// `- `, after which the column is `indent`.
    Item,
}

/// Where a node is written.
struct Node<'o> {
    out: &'o mut String,
    indent: usize,
    place: Place,
    /// Of the object itself: where [`HEAD`] ends.
    head: Option<&'o mut usize>,
}

impl<'o> Node<'o> {
    /// A scalar as it is, on the line.
    fn plain(self, text: &str) -> Result<(), Error> {
        if self.place == Place::Value {
            self.out.push(' ');
        }
        push(text, self.out);
        if self.place != Place::Key {
            self.out.push('\n');
        }
        Ok(())
    }

    fn string(self, text: &str) -> Result<(), Error> {
        match self.place {
            Place::Key => write_string(text, self.out),
            Place::Value => {
                self.out.push(' ');
                write_text(text, self.indent + 2, self.out);
            }
            Place::Root | Place::Item => write_text(text, self.indent, self.out),
        }
        Ok(())
    }

    fn mapping(self) -> Result<Mapping<'o>, Error> {
        if self.place == Place::Key {
            return Err(Error::custom("a key is a collection"));
        }
        let indent = if self.place == Place::Value { self.indent + 2 } else { self.indent };
        Ok(Mapping { out: self.out, indent, place: self.place, empty: true, head: self.head, in_head: false })
    }

    fn sequence(self) -> Result<Sequence<'o>, Error> {
        if self.place == Place::Key {
            return Err(Error::custom("a key is a collection"));
        }
        Ok(Sequence { out: self.out, indent: self.indent, place: self.place, empty: true })
    }
}

/// A mapping on its way out; `{}` where it stays empty.
struct Mapping<'o> {
    out: &'o mut String,
    indent: usize,
    place: Place,
    empty: bool,
    head: Option<&'o mut usize>,
    /// Whether the entry is one of [`HEAD`].
    in_head: bool,
}

impl Mapping<'_> {
    /// Writes what stands before a key, and tells where the key begins.
    fn begin_entry(&mut self) -> usize {
        if self.empty && self.place == Place::Value {
            self.out.push('\n');
        }
        if !self.empty || self.place == Place::Value {
            push_indent(self.indent, self.out);
        }
        self.empty = false;
        self.out.len()
    }

    fn end_key(&mut self, start: usize) {
        self.in_head = self.head.is_some() && HEAD.contains(&&self.out[start..]);
        self.out.push(':');
    }

    /// A key that is the name of a field.
    fn name(&mut self, key: &str) {
        let start = self.begin_entry();
        write_string(key, self.out);
        self.end_key(start);
    }

    /// Where the value of the key goes.
    fn value(&mut self) -> Node<'_> {
        Node { out: self.out, indent: self.indent, place: Place::Value, head: None }
    }

    fn end_entry(&mut self) {
        if let Some(head) = self.head.as_deref_mut().filter(|_| self.in_head) {
            *head = self.out.len();
        }
    }

    fn close(self) {
        match self.place {
            Place::Value if self.empty => self.out.push_str(" {}\n"),
            Place::Item if self.empty => self.out.push_str("{}\n"),
            _ => {}
        }
    }
}

/// A sequence on its way out, at the column of its key; `[]` where it stays empty.
struct Sequence<'o> {
    out: &'o mut String,
    indent: usize,
    place: Place,
    empty: bool,
}

impl Sequence<'_> {
    /// Where the next item goes.
    fn item(&mut self) -> Node<'_> {
        if self.empty && self.place == Place::Value {
            self.out.push('\n');
        }
        if !self.empty || self.place == Place::Value {
            push_indent(self.indent, self.out);
        }
        self.empty = false;
        self.out.push_str("- ");
        Node { out: self.out, indent: self.indent + 2, place: Place::Item, head: None }
    }

    fn close(self) {
        if self.empty {
            self.out.push_str(if self.place == Place::Value { " []\n" } else { "[]\n" });
        }
    }
}
