//! A ResourceList: read from the host, changed by [`Edits`], written back.

use super::blank::trimmed;
use super::cut::{cut, refuse_control_characters};
use super::fragment::Fragment;
use super::layout::{Layout, is_null};
use super::yaml::{to_flow, write_node};
use super::{Code, Finding, Findings, Item, NewObject, Origin, parse, to_json, to_yaml};
use indexmap::IndexMap;
use serde_yaml::Value;
use std::collections::HashSet;

/// What becomes of the items. Items without an edit leave as they came.
#[derive(Debug, Default)]
pub struct Edits {
    /// Items with a new value, by index.
    pub replaced: IndexMap<usize, Value>,
    /// Items that leave, by index.
    pub removed: Vec<usize>,
    /// New items, by the index of the item that they follow.
    pub after: IndexMap<usize, Vec<NewObject>>,
}

impl Edits {
    /// The outgoing items in their order.
    pub(super) fn apply<'l, 'a>(&'l self, items: &'l [Item<'a>]) -> Vec<Outgoing<'l, 'a>> {
        // Most items have no edit, and to ask the maps about each takes longer.
        let removed: HashSet<usize> = self.removed.iter().copied().collect();
        let mut same = vec![true; items.len()];
        let changed = self.removed.iter().chain(self.replaced.keys()).chain(self.after.keys());
        changed.for_each(|index| same[*index] = false);
        let added = self.after.values().map(Vec::len).sum::<usize>();
        let mut out = Vec::with_capacity(items.len() + added);
        for (index, item) in items.iter().enumerate() {
            if same[index] {
                out.push(Outgoing::unedited(item));
                continue;
            }
            if !removed.contains(&index) {
                out.push(self.replaced.get(&index).map_or_else(|| Outgoing::unedited(item), Outgoing::Changed));
            }
            out.extend(self.after.get(&index).into_iter().flatten().map(Outgoing::New));
        }
        out
    }
}

/// An item on its way out.
pub(super) enum Outgoing<'l, 'a> {
    /// Written from its source.
    Same(&'l Item<'a>),
    /// Written from its value.
    Changed(&'l Value),
    /// Not in the input.
    New(&'l NewObject),
    /// An unedited item that would be another one as it is written, written from its value.
    Open(Value),
}

impl<'l, 'a> Outgoing<'l, 'a> {
    fn unedited(item: &'l Item<'a>) -> Self {
        item.fragment().changed_by_writing().map_or(Outgoing::Same(item), Outgoing::Open)
    }

    /// How many bytes it takes, about.
    pub(super) fn size(&self) -> usize {
        match self {
            Outgoing::Same(item) => item.fragment().text().len() + 4,
            Outgoing::Changed(_) | Outgoing::Open(_) => 1024,
            Outgoing::New(object) => object.size() + 4,
        }
    }
}

/// A ResourceList of the KRM function specification, in any of its versions.
#[derive(Debug)]
pub struct ResourceList<'a> {
    layout: Layout<'a>,
    items: Vec<Item<'a>>,
    function_config: Option<Item<'a>>,
}

impl<'a> ResourceList<'a> {
    /// Reads the text of a host.
    ///
    /// # Errors
    /// The text is not YAML or not a ResourceList, or an item of it is not a mapping.
    pub fn read(text: &'a str) -> Result<Self, Findings> {
        if trimmed(text).is_empty() {
            return Err(not_a_resource_list("the input is empty", None).into());
        }
        refuse_control_characters(text)?;
        let layout = cut(text)?;
        let scalar = |key: &str| {
            let text = layout.entry(key).map(|entry| entry.value.to_document())?;
            parse::value(&text).ok()?.as_str().map(str::to_string)
        };
        let (api_version, kind) = (scalar("apiVersion"), scalar("kind"));
        if kind.as_deref() != Some("ResourceList") {
            return Err(not_a_resource_list("kind is not \"ResourceList\"", kind).into());
        }
        match api_version.as_deref().and_then(|version| version.strip_prefix("config.kubernetes.io/")) {
            Some("v1" | "v1beta1" | "v1alpha1") => {}
            _ => {
                return Err(
                    not_a_resource_list("apiVersion is not config.kubernetes.io/v1, v1beta1 or v1alpha1", api_version).into()
                );
            }
        }
        Self::from_layout(layout, text, &Origin::default())
    }

    /// Reads a list object whose type the caller knows: a ResourceList or a `List`.
    /// `text` is the whole list and `origin` what is known of it.
    pub(super) fn from_layout(mut layout: Layout<'a>, text: &str, origin: &Origin) -> Result<Self, Findings> {
        let mut findings = Findings::default();
        let mut items = Vec::with_capacity(layout.members.len());
        let (path, mut before) = (&origin.path, LinesBefore { text, offset: 0, line: origin.line });
        let origin = |index| Origin { path: path.clone(), index, line: 0 };
        for (index, member) in std::mem::take(&mut layout.members).into_iter().enumerate() {
            let line = if path.is_some() { before.of(member.fragment.text()) } else { 0 };
            let origin = Origin { line, ..origin(index) };
            match member.id {
                Some(id) => items.push(Item::identified(member.fragment, id, origin)),
                None => match Item::parsed(member.fragment, origin) {
                    Ok(item) => items.extend(item),
                    Err(finding) => findings.push(finding),
                },
            }
        }
        let function_config = match layout.entry("functionConfig").map(|entry| entry.value) {
            Some(value) if !is_null(value.text()) => match Item::parsed(value, origin(0)) {
                Ok(item) => item,
                Err(finding) => {
                    findings.push(finding.at("functionConfig"));
                    None
                }
            },
            _ => None,
        };
        if findings.has_errors() {
            return Err(findings);
        }
        Ok(ResourceList { layout, items, function_config })
    }

    /// The items, without those that are null.
    #[must_use]
    pub fn items(&self) -> &[Item<'a>] {
        &self.items
    }

    /// The functionConfig, if there is one.
    #[must_use]
    pub fn function_config(&self) -> Option<&Item<'a>> {
        self.function_config.as_ref()
    }

    /// Takes the list apart, for those who only want what is in it.
    pub(super) fn into_parts(self) -> (Vec<Item<'a>>, Option<Item<'a>>) {
        (self.items, self.function_config)
    }

    /// The list after the edits, with the findings as its `results`: everything that no edit and
    /// no finding concerns as it came.
    #[must_use]
    pub fn write(&self, edits: &Edits, findings: &Findings) -> String {
        let outgoing = edits.apply(&self.items);
        let size = outgoing.iter().map(Outgoing::size).sum::<usize>();
        let mut out = String::with_capacity(size + 4096);
        out.push_str(self.layout.head);
        if self.layout.flow {
            self.write_flow(&outgoing, findings, &mut out);
        } else {
            self.write_block(&outgoing, findings, &mut out);
        }
        out
    }

    fn write_block(&self, outgoing: &[Outgoing<'_, '_>], findings: &Findings, out: &mut String) {
        let mut had_items = false;
        for entry in &self.layout.entries {
            match entry.key.as_ref() {
                "items" => {
                    had_items = true;
                    self.write_block_items(outgoing, out);
                }
                "results" => {}
                _ => out.push_str(entry.raw),
            }
            if !out.ends_with('\n') {
                out.push('\n');
            }
        }
        if !had_items {
            self.write_block_items(outgoing, out);
        }
        if !findings.is_empty() {
            let results: Vec<Value> = findings
                .sorted()
                .iter()
                .map(|finding| serde_yaml::to_value(finding.to_result()).expect("JSON is YAML"))
                .collect();
            out.push_str("results:\n");
            out.push_str(&to_yaml(&Value::Sequence(results), 0));
        }
    }

    fn write_block_items(&self, outgoing: &[Outgoing<'_, '_>], out: &mut String) {
        if outgoing.is_empty() {
            out.push_str("items: []\n");
            return;
        }
        out.push_str("items:\n");
        let dash = self.layout.dash;
        for item in outgoing {
            out.extend(std::iter::repeat_n(' ', dash));
            match item {
                Outgoing::Same(item) => write_member(item.fragment(), dash, out),
                Outgoing::Changed(value) => write_value(value, dash, out),
                Outgoing::New(object) => {
                    out.push_str("- ");
                    object.write(dash + 2, out);
                }
                Outgoing::Open(value) => write_value(value, dash, out),
            }
        }
    }

    fn write_flow(&self, outgoing: &[Outgoing<'_, '_>], findings: &Findings, out: &mut String) {
        // What JSON cannot hold (a key that is no string, a tag) came in YAML's own flow style.
        let json = |value: &Value| to_json(value).map_or_else(|_| to_flow(value), |json| json.to_string());
        let items: Vec<String> = outgoing
            .iter()
            .map(|item| match item {
                Outgoing::Same(item) => item.fragment().text().to_string(),
                Outgoing::Changed(value) => json(value),
                Outgoing::New(object) => json(&(*object).clone().into_value()),
                Outgoing::Open(value) => json(value),
            })
            .collect();
        let items = format!("[{}]", items.join(",\n"));
        let mut entries: Vec<String> = Vec::new();
        for entry in self.layout.entries.iter().filter(|entry| entry.key != "results") {
            let value = if entry.key == "items" { &items } else { entry.raw };
            entries.push(format!("{}: {value}", serde_json::json!(entry.key)));
        }
        if self.layout.entry("items").is_none() {
            entries.push(format!("\"items\": {items}"));
        }
        if !findings.is_empty() {
            let results: Vec<_> = findings.sorted().iter().map(|finding| finding.to_result()).collect();
            entries.push(format!("\"results\": {}", serde_json::json!(results)));
        }
        out.push('{');
        out.push_str(&entries.join(",\n"));
        out.push_str(self.layout.tail);
    }
}

/// Counts the lines before parts of a text that come in their order.
struct LinesBefore<'t> {
    text: &'t str,
    offset: usize,
    line: usize,
}

impl LinesBefore<'_> {
    fn of(&mut self, part: &str) -> usize {
        let offset = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let between = self.text.as_bytes().get(self.offset..offset).unwrap_or_default();
        self.line += between.iter().filter(|byte| **byte == b'\n').count();
        self.offset = self.offset.max(offset.min(self.text.len()));
        self.line
    }
}

fn write_member(fragment: Fragment<'_>, dash: usize, out: &mut String) {
    out.push('-');
    let column = fragment.indent().max(dash + 2);
    out.extend(std::iter::repeat_n(' ', column - dash - 1));
    fragment.write_at(column, out);
}

fn write_value(value: &Value, dash: usize, out: &mut String) {
    out.push_str("- ");
    write_node(value, dash + 2, out);
}

fn not_a_resource_list(why: &str, value: Option<String>) -> Finding {
    let seen = value.as_ref().map_or(String::new(), |value| format!(" but \"{value}\""));
    Finding::error(
        Code::NOT_A_RESOURCE_LIST,
        format!("{why}{seen}"),
        "run this program as a KRM function (kustomize sends a ResourceList), or use `proxy-service render` for plain manifests",
    )
    .in_file("stdin", None)
}
