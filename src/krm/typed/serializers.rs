//! serde's traits for what [`super`] writes.

use super::{Mapping, Node, Place, Sequence};
use serde::ser::{self, Impossible, Serialize};
use serde_yaml::Error;
use std::fmt::Display;

/// Numbers of every type are written alike.
macro_rules! numbers {
    ($($method:ident: $number:ty,)+) => {$(
        fn $method(self, value: $number) -> Result<(), Error> {
            self.plain(&serde_yaml::Number::from(value).to_string())
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
        self.string(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.string(value)
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
        self.string(variant)
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
        self.sequence()
    }
    fn serialize_tuple(self, _: usize) -> Result<Sequence<'o>, Error> {
        self.sequence()
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Sequence<'o>, Error> {
        self.sequence()
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
        self.mapping()
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Mapping<'o>, Error> {
        self.mapping()
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
        self.string(&value.to_string())
    }
}

/// serde would write a variant with content as a tag of YAML, which no object of Kubernetes has.
fn tagged(variant: &str) -> Error {
    ser::Error::custom(format!("the variant {variant} would be a tag"))
}

impl ser::SerializeStruct for Mapping<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        self.name(key);
        value.serialize(self.value())?;
        self.end_entry();
        Ok(())
    }
    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeMap for Mapping<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        let start = self.begin_entry();
        key.serialize(Node { out: self.out, indent: 0, place: Place::Key, head: None })?;
        self.end_key(start);
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(self.value())?;
        self.end_entry();
        Ok(())
    }
    fn end(self) -> Result<(), Error> {
        self.close();
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
                value.serialize(self.item())
            }
            fn end(self) -> Result<(), Error> {
                self.close();
                Ok(())
            }
        }
    )+};
}

sequences! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
}
