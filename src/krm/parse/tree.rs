//! Events as a value: anchors, aliases and merge keys are written out, as kyaml does
//! (`deAnchor` in `kyaml/yaml/rnode.go`).

use super::Unreadable;
use super::events::{Event, Events, Node, Place};
use super::scalar::{MERGE, Scalar, resolve, standard};
use granit_parser::{ScalarStyle, Tag};
use serde_yaml::{Mapping, Value};
use std::collections::HashMap;

/// How many times its own size a document may become with its aliases written out, beyond what is
/// small anyway.
const GROWTH: usize = 20;
/// What is small anyway, in bytes.
const SMALL: usize = 1 << 20;
/// What a node takes besides its text, in bytes.
const NODE: usize = 16;

/// The value of a text that holds one document; null where it holds none.
///
/// # Errors
/// The text is no YAML; kyaml would refuse it or may read it otherwise: a key that is no string or
/// stands twice, an alias without anchor or inside of it, a merge of what is no mapping, a tag that
/// does not fit; or it is small only because of its aliases.
pub fn value(text: &str) -> Result<Value, Unreadable> {
    let mut tree = Tree {
        events: Events::new(text),
        anchors: HashMap::new(),
        // Anchors that nobody refers to need no copy.
        aliases: memchr::memchr(b'*', text.as_bytes()).is_some(),
        copied: 0,
        limit: SMALL.max(text.len().saturating_mul(GROWTH)),
    };
    let first = tree.events.next()?;
    if let Node::End = first.node {
        return Ok(Value::Null);
    }
    let value = tree.node(first)?.value;
    tree.events.next().map(|_| value)
}

struct Tree<'t> {
    events: Events<'t>,
    /// What stands at an anchor; nothing while its own node is being read.
    anchors: HashMap<usize, Option<Built>>,
    aliases: bool,
    /// Bytes of all copies that aliases and anchors make.
    copied: usize,
    limit: usize,
}

/// A node and what it takes.
#[derive(Clone)]
struct Built {
    value: Value,
    size: usize,
    /// Whether the mapping has a merge key of its own.
    merges: bool,
}

impl Built {
    fn plain(value: Value, size: usize) -> Self {
        Built { value, size: size + NODE, merges: false }
    }
}

impl<'t> Tree<'t> {
    fn node(&mut self, event: Event<'t>) -> Result<Built, Unreadable> {
        match event.node {
            Node::Scalar { text, style, anchor, tag } => {
                self.open(anchor);
                let value = resolve(&Scalar { text: &text, style, tag: tag.as_deref() });
                let value = value.map_err(|why| event.at.unreadable(why))?;
                self.close(anchor, Built::plain(value, text.len()), event.at)
            }
            Node::Sequence { anchor, tag, .. } => {
                refuse_tag_of_another_kind(tag.as_deref(), "seq", event.at)?;
                self.open(anchor);
                let sequence = self.sequence()?;
                self.close(anchor, sequence, event.at)
            }
            Node::Mapping { anchor, tag, .. } => {
                refuse_tag_of_another_kind(tag.as_deref(), "map", event.at)?;
                self.open(anchor);
                let mapping = self.mapping()?;
                self.close(anchor, mapping, event.at)
            }
            Node::Alias(anchor) => self.alias(anchor, event.at),
            Node::SequenceEnd | Node::MappingEnd | Node::End => Err(event.at.unreadable("a node is missing")),
        }
    }

    fn open(&mut self, anchor: usize) {
        if anchor > 0 && self.aliases {
            self.anchors.insert(anchor, None);
        }
    }

    fn close(&mut self, anchor: usize, built: Built, at: Place) -> Result<Built, Unreadable> {
        if anchor > 0 && self.aliases {
            self.count(built.size, at)?;
            self.anchors.insert(anchor, Some(built.clone()));
        }
        Ok(built)
    }

    fn alias(&mut self, anchor: usize, at: Place) -> Result<Built, Unreadable> {
        match self.anchors.get(&anchor) {
            Some(Some(built)) => {
                let built = built.clone();
                self.count(built.size, at)?;
                Ok(built)
            }
            Some(None) => Err(at.unreadable("the alias stands inside of its own anchor")),
            None => Err(at.unreadable("the alias has no anchor in the same object")),
        }
    }

    /// Refuses a text that is small only because of its aliases.
    fn count(&mut self, size: usize, at: Place) -> Result<(), Unreadable> {
        self.copied = self.copied.saturating_add(size);
        if self.copied <= self.limit {
            return Ok(());
        }
        Err(at.unreadable(format!("written out, the aliases make more than {} bytes; write the values out", self.limit)))
    }

    fn sequence(&mut self) -> Result<Built, Unreadable> {
        let (mut items, mut size) = (Vec::new(), 0);
        loop {
            let event = self.events.next()?;
            if let Node::SequenceEnd = event.node {
                return Ok(Built::plain(Value::Sequence(items), size));
            }
            let item = self.node(event)?;
            size += item.size;
            items.push(item.value);
        }
    }

    fn mapping(&mut self) -> Result<Built, Unreadable> {
        let (mut mapping, mut size, mut merged) = (Mapping::new(), 0, None);
        loop {
            let event = self.events.next()?;
            let at = event.at;
            if let Node::MappingEnd = event.node {
                break;
            }
            match self.key(event)? {
                Key::Merge if merged.is_some() => return Err(at.unreadable("the merge key << stands twice")),
                Key::Merge => {
                    let first = self.events.next()?;
                    merged = Some(self.merge_sources(first)?);
                }
                Key::Text(key, length) => {
                    let first = self.events.next()?;
                    let value = self.node(first)?;
                    size += length + value.size;
                    if mapping.insert(key.clone(), value.value).is_some() {
                        return Err(at.unreadable(format!("the key \"{}\" stands twice", key.as_str().unwrap_or_default())));
                    }
                }
            }
        }
        let merges = merged.is_some();
        for (key, value) in all(merged.unwrap_or_default(), &mut size) {
            mapping.entry(key).or_insert(value);
        }
        Ok(Built { merges, ..Built::plain(Value::Mapping(mapping), size) })
    }

    fn key(&mut self, event: Event<'t>) -> Result<Key, Unreadable> {
        let Node::Scalar { text, style, anchor, tag } = event.node else {
            return Err(event.at.unreadable("a key is a collection or an alias; write a string"));
        };
        if text == MERGE {
            // Of a quoted one kyaml removes the field.
            let tagged = tag.is_none_or(|tag| standard(&tag) == Some("merge"));
            let merge = style == ScalarStyle::Plain && tagged && anchor == 0;
            return if merge {
                Ok(Key::Merge)
            } else {
                Err(event.at.unreadable("the key << is quoted, or has another tag or an anchor"))
            };
        }
        let scalar = Scalar { text: &text, style, tag: tag.as_deref() };
        let key = resolve(&scalar).map_err(|why| event.at.unreadable(why))?;
        if !is_key(&key, &text) || tag.is_some_and(|tag| standard(&tag) != Some("str")) {
            return Err(event.at.unreadable(format!("the key {text} is no string; write it in quotes, without a tag")));
        }
        let key = Value::String(text.to_string());
        self.open(anchor);
        let built = self.close(anchor, Built::plain(key, text.len()), event.at)?;
        Ok(Key::Text(built.value, built.size))
    }

    /// The mappings to merge, the one that counts least first, each with its size.
    fn merge_sources(&mut self, event: Event<'t>) -> Result<Vec<(Mapping, usize)>, Unreadable> {
        let at = event.at;
        let refused = || at.unreadable("the merge key << takes a mapping or a sequence of mappings");
        let mut sources = match event.node {
            Node::Sequence { .. } => {
                let mut sources = Vec::new();
                loop {
                    let event = self.events.next()?;
                    match event.node {
                        Node::SequenceEnd => break sources,
                        Node::Mapping { .. } | Node::Alias(_) => sources.push(self.node(event)?),
                        _ => return Err(refused()),
                    }
                }
            }
            Node::Mapping { .. } | Node::Alias(_) => vec![self.node(event)?],
            _ => return Err(refused()),
        };
        if sources.len() > 1 && sources.iter().any(|source| source.merges) {
            // kyaml loses all but one of the inner merge keys.
            return Err(at.unreadable("a sequence of merged mappings has one with a merge key of its own; write its fields out"));
        }
        sources.reverse();
        sources
            .into_iter()
            .map(|source| match source.value {
                Value::Mapping(mapping) => Ok((mapping, source.size)),
                _ => Err(refused()),
            })
            .collect()
    }
}

/// Whether a key means its own text: it is a string, or an integer or boolean that kubectl takes for one
/// (`convertToJSONableObject` in `sigs.k8s.io/yaml`) and kustomize refuses. A date is a string by now, and
/// another one than was written.
fn is_key(key: &Value, text: &str) -> bool {
    match key {
        Value::String(key) => key == text,
        Value::Number(number) => number.to_string() == text && !number.is_f64(),
        Value::Bool(flag) => flag.to_string() == text,
        _ => false,
    }
}

/// The fields of all sources; a later source overrides an earlier one.
fn all(sources: Vec<(Mapping, usize)>, size: &mut usize) -> Mapping {
    let mut fields = Mapping::new();
    for (source, own) in sources {
        *size += own;
        fields.extend(source);
    }
    fields
}

/// A key of a mapping.
enum Key {
    /// `<<`.
    Merge,
    /// A string, and what it takes.
    Text(Value, usize),
}

/// kyaml takes no notice of the tags of collections; a tag for another kind is a mistake.
fn refuse_tag_of_another_kind(tag: Option<&Tag>, kind: &str, at: Place) -> Result<(), Unreadable> {
    match tag.and_then(standard) {
        Some(other) if other != kind => Err(at.unreadable(format!("the tag !!{other} on a collection"))),
        _ => Ok(()),
    }
}
