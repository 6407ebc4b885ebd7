//! What an object is called, told by its lines alone.

use super::ObjectId;
use super::block::Line;
use super::flow;
use super::scalar::is_plain_safe;
use std::borrow::Cow;

/// Gathers an object's identity from its structural lines.
#[derive(Debug, Default)]
pub struct Outline<'a> {
    column: usize,
    id: ObjectId<'a>,
    metadata: Option<Option<usize>>,
    /// Column of the fact read last: a deeper line after it would continue its scalar.
    open_fact: Option<usize>,
    seen: u8,
    unsure: bool,
}

impl<'a> Outline<'a> {
    /// An outline of the mapping whose keys stand at `column`.
    pub fn new(column: usize) -> Self {
        Outline { column, ..Outline::default() }
    }

    /// Takes in the mapping's next line.
    pub fn read(&mut self, line: &Line<'a>) {
        if self.open_fact.take().is_some_and(|column| line.column > column) {
            self.unsure = true;
        }
        if line.column == self.column {
            self.metadata = None;
            match line.key {
                Some("apiVersion") => self.id.api_version = self.fact(line, 1),
                Some("kind") => self.id.kind = self.fact(line, 2),
                Some("metadata") if line.value.is_empty() => {
                    self.mark(4);
                    self.metadata = Some(None);
                }
                Some("metadata") => self.flow_metadata(line),
                None => self.unsure = true,
                Some(_) => {}
            }
        } else if let Some(column) = self.metadata {
            // The first line below tells where the keys of metadata stand.
            let column = column.unwrap_or(line.column);
            self.unsure |= self.metadata == Some(None) && line.dashes > 0;
            self.metadata = Some(Some(column));
            if line.dashes == 0 && line.column == column {
                match line.key {
                    Some("name") => self.id.name = self.fact(line, 8),
                    Some("namespace") => {
                        let namespace = self.fact(line, 16);
                        self.id.namespace = Some(namespace).filter(|name| !name.is_empty());
                    }
                    _ => {}
                }
            }
        }
    }

    /// The identity, if the lines told it for certain.
    pub fn finish(self) -> Option<ObjectId<'a>> {
        (!self.unsure).then_some(self.id)
    }

    /// `metadata: {name: …, namespace: …}` on one line.
    fn flow_metadata(&mut self, line: &Line<'a>) {
        self.mark(4);
        self.open_fact = Some(line.column);
        let Some(entries) = flow::entries(line.value) else {
            self.unsure = true;
            return;
        };
        for (key, value) in entries {
            match key {
                "name" => self.id.name = self.told(value, 8),
                "namespace" => self.id.namespace = Some(self.told(value, 16)).filter(|name| !name.is_empty()),
                _ => {}
            }
        }
    }

    fn mark(&mut self, bit: u8) {
        self.unsure |= self.seen & bit != 0;
        self.seen |= bit;
    }

    fn fact(&mut self, line: &Line<'a>, bit: u8) -> Cow<'a, str> {
        self.open_fact = Some(line.column);
        self.told(line.value, bit)
    }

    fn told(&mut self, value: &'a str, bit: u8) -> Cow<'a, str> {
        self.mark(bit);
        match simple_string(value) {
            Some(text) => Cow::Borrowed(text),
            None => {
                self.unsure = true;
                Cow::Borrowed("")
            }
        }
    }
}

/// The string that a scalar without escapes means, whichever YAML version reads it.
fn simple_string(value: &str) -> Option<&str> {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return (!inner.contains(['\\', quote])).then_some(inner);
        }
    }
    is_plain_safe(value).then_some(value)
}
