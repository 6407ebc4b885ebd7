//! Writes typed objects as the YAML of [`super::yaml`], without a tree of values between.

use super::scalar::{is_plain_safe, write_string};
use super::yaml::{push_indent, to_flow, write_text};
use serde::ser::{self, Impossible, Serialize};
use serde_yaml::{Error, Value};
use std::fmt::Display;

/// Fields of an object that say who it is.
const HEAD: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// An object in two parts, as text from column 0: who it is, and its other fields.
///
/// # Errors
/// It is no mapping, or has what no object of Kubernetes has: a key that is no scalar, bytes, a variant with content.
pub fn split(object: &impl Serialize) -> Result<(String, String), Error> {
    let (mut head, mut rest) = (String::new(), String::new());
    object.serialize(Node { out: &mut rest, indent: 0, place: Place::Root, head: Some(&mut head) })?;
    Ok((head, rest))
}

/// What stands before a node, on its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing: the object itself, at column 0.
    Root,
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
    /// Of the object itself: where [`HEAD`] goes.
    head: Option<&'o mut String>,
}

impl<'o> Node<'o> {
    /// A scalar as it is, on the line.
    fn plain(self, text: &str) -> Result<(), Error> {
        if self.place == Place::Value {
            self.out.push(' ');
        }
        self.out.push_str(text);
        self.out.push('\n');
        Ok(())
    }

    fn number(self, number: impl Into<serde_yaml::Number>) -> Result<(), Error> {
        self.plain(&number.into().to_string())
    }

    fn mapping(self) -> Mapping<'o> {
        let indent = if self.place == Place::Value { self.indent + 2 } else { self.indent };
        Mapping { out: self.out, indent, place: self.place, empty: true, key: None, head: self.head }
    }

    fn sequence(self) -> Sequence<'o> {
        Sequence { out: self.out, indent: self.indent, place: self.place, empty: true }
    }
}

/// Numbers of every type are written alike.
macro_rules! numbers {
    ($($method:ident: $number:ty,)+) => {$(
        fn $method(self, value: $number) -> Result<(), Error> {
            self.number(value)
        }
    )+};
}

impl<'o> ser::Serializer for Node<'o> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Sequence<'o>;
    type SerializeTuple = Sequence<'o>;
    type SerializeTupleStruct = Sequence<'o>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Mapping<'o>;
    type SerializeStruct = Mapping<'o>;
    type SerializeStructVariant = Impossible<(), Error>;

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.plain(if value { "true" } else { "false" })
    }
    numbers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_f32: f32, serialize_f64: f64,
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, value: &str) -> Result<(), Error> {
        let indent = if self.place == Place::Value {
            self.out.push(' ');
            self.indent + 2
        } else {
            self.indent
        };
        write_text(value, indent, self.out);
        Ok(())
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<(), Error> {
        Err(ser::Error::custom("bytes have no form in Kubernetes' YAML"))
    }
    fn serialize_none(self) -> Result<(), Error> {
        self.plain("null")
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Error> {
        self.plain("null")
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.plain("null")
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        Err(tagged(variant))
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Sequence<'o>, Error> {
        Ok(self.sequence())
    }
    fn serialize_tuple(self, _: usize) -> Result<Sequence<'o>, Error> {
        Ok(self.sequence())
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Sequence<'o>, Error> {
        Ok(self.sequence())
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Error>, Error> {
        Err(tagged(variant))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Mapping<'o>, Error> {
        Ok(self.mapping())
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Mapping<'o>, Error> {
        Ok(self.mapping())
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Error>, Error> {
        Err(tagged(variant))
    }
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Error> {
        self.serialize_str(&value.to_string())
    }
}

/// serde would write a variant with content as a tag of YAML, which no object of Kubernetes has.
fn tagged(variant: &str) -> Error {
    ser::Error::custom(format!("the variant {variant} would be a tag"))
}

/// A mapping on its way out; `{}` where it stays empty.
struct Mapping<'o> {
    out: &'o mut String,
    indent: usize,
    place: Place,
    empty: bool,
    key: Option<String>,
    head: Option<&'o mut String>,
}

impl Mapping<'_> {
    fn entry<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Error> {
        if let Some(head) = self.head.as_deref_mut().filter(|_| HEAD.contains(&key)) {
            head.push_str(key);
            head.push(':');
            return value.serialize(Node { out: head, indent: 0, place: Place::Value, head: None });
        }
        if self.empty && self.place == Place::Value {
            self.out.push('\n');
        }
        if !self.empty || self.place == Place::Value {
            push_indent(self.indent, self.out);
        }
        self.empty = false;
        self.out.push_str(key);
        self.out.push(':');
        value.serialize(Node { out: self.out, indent: self.indent, place: Place::Value, head: None })
    }

    fn close(self) -> Result<(), Error> {
        match self.place {
            Place::Value if self.empty => self.out.push_str(" {}\n"),
            Place::Item if self.empty => self.out.push_str("{}\n"),
            _ => {}
        }
        Ok(())
    }
}

impl ser::SerializeStruct for Mapping<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        if is_plain_safe(key) {
            return self.entry(key, value);
        }
        let mut written = String::new();
        write_string(key, &mut written);
        self.entry(&written, value)
    }
    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

impl ser::SerializeMap for Mapping<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        let key: Value = serde_yaml::to_value(key)?;
        self.key = Some(to_flow(&key));
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = self.key.take().ok_or_else(|| -> Error { ser::Error::custom("a value without a key") })?;
        self.entry(&key, value)
    }
    fn end(self) -> Result<(), Error> {
        self.close()
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
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        if self.empty && self.place == Place::Value {
            self.out.push('\n');
        }
        if !self.empty || self.place == Place::Value {
            push_indent(self.indent, self.out);
        }
        self.empty = false;
        self.out.push_str("- ");
        value.serialize(Node { out: self.out, indent: self.indent + 2, place: Place::Item, head: None })
    }

    fn close(self) -> Result<(), Error> {
        if self.empty {
            self.out.push_str(if self.place == Place::Value { " []\n" } else { "[]\n" });
        }
        Ok(())
    }
}

/// The three kinds of serde's that are a sequence to YAML.
macro_rules! sequences {
    ($($kind:ident :: $item:ident,)+) => {$(
        impl ser::$kind for Sequence<'_> {
            type Ok = ();
            type Error = Error;

            fn $item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.item(value)
            }
            fn end(self) -> Result<(), Error> {
                self.close()
            }
        }
    )+};
}

sequences! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
}
