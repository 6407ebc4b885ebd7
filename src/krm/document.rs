//! Plain manifests: streams of documents, `List`s and ResourceLists, from files or a pipe.

use super::blank::{is_idle, trimmed};
use super::block::Lines;
use super::cut::{after_marker, cut, refuse_control_characters};
use super::layout::Layout;
use super::list::{Edits, Outgoing, ResourceList};
use super::outline::Outline;
use super::parse::separators;
use super::yaml::write_node;
use super::{Code, FUNCTION_ANNOTATION, Finding, Findings, Fragment, Item, ObjectId, Origin, parse, simple};

/// The resources of any number of manifests, in their order.
#[derive(Debug, Default)]
pub struct Documents<'a> {
    items: Vec<Item<'a>>,
    function_configs: Vec<Item<'a>>,
    skipped: Vec<Skipped>,
}

/// A document that is configuration of kustomize rather than a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The file it stands in.
    pub path: String,
    /// Its kind: Kustomization, Component or that of a function declaration.
    pub kind: String,
}

impl<'a> Documents<'a> {
    /// Adds the documents of one file; `path` names it in findings.
    ///
    /// Kustomizations, Components and function declarations are no resources and are left out;
    /// what a declaration configures is kept as a functionConfig.
    ///
    /// # Errors
    /// A document is not YAML, not an object or not named.
    pub fn read(&mut self, path: &str, text: &'a str) -> Result<(), Findings> {
        refuse_control_characters(text).map_err(|finding| finding.in_file(path, None))?;
        let mut findings = Findings::default();
        let documents = split(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|finding| finding.in_file(path, None))?;
        for (index, (line, document)) in documents.into_iter().enumerate() {
            let origin = Origin { path: Some(path.to_string()), index, line };
            if let Err(found) = self.read_document(document, origin) {
                findings.extend(found);
            }
        }
        if findings.is_empty() { Ok(()) } else { Err(findings) }
    }

    fn read_document(&mut self, document: &'a str, origin: Origin) -> Result<(), Findings> {
        let fragment = Fragment::block(document, 0);
        let whole = origin.clone();
        let item = match outline(after_marker(document)) {
            Some(id) => {
                let item = Item::identified(fragment, id, origin);
                // People write these, and lines alone do not tell whether all of it is YAML.
                if !simple::is_well_formed(document) && !parse::is_well_formed(document) {
                    item.value()?;
                }
                item
            }
            None => match Item::parsed(fragment, origin)? {
                Some(item) => item,
                None => return Ok(()),
            },
        };
        let (path, index) = item.file().expect("documents have a path");
        let id = item.id();
        let skip = Skipped { path: path.clone(), kind: id.kind.to_string() };
        if id.group() == "kustomize.config.k8s.io" {
            self.skipped.push(skip);
        } else if let Some(layout) = list_layout(document, id)? {
            let list = ResourceList::from_layout(layout, document, &whole)?;
            let (items, function_config) = list.into_parts();
            let mut findings = Findings::default();
            for (index, item) in items.iter().enumerate().filter(|(_, item)| !is_object(item.id())) {
                findings.push(not_an_object(item).in_file(path.clone(), None).at(format!("items[{index}]")));
            }
            if findings.has_errors() {
                return Err(findings);
            }
            self.items.extend(items);
            self.function_configs.extend(function_config);
        } else if !is_object(id) {
            return Err(not_an_object(&item).in_file(path, index).into());
        } else if memchr::memmem::find(document.as_bytes(), FUNCTION_ANNOTATION.as_bytes()).is_some()
            && item.text_at(&["metadata", "annotations", FUNCTION_ANNOTATION]).is_some()
        {
            self.skipped.push(skip);
            self.function_configs.push(item);
        } else {
            self.items.push(item);
        }
        Ok(())
    }

    /// The resources.
    #[must_use]
    pub fn items(&self) -> &[Item<'a>] {
        &self.items
    }

    /// What the function declarations among the documents configure.
    #[must_use]
    pub fn function_configs(&self) -> &[Item<'a>] {
        &self.function_configs
    }

    /// What was left out as no resource.
    #[must_use]
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// The resources after the edits, as one stream of documents.
    #[must_use]
    pub fn write(&self, edits: &Edits) -> String {
        let outgoing = edits.apply(&self.items);
        let mut out = String::with_capacity(outgoing.iter().map(Outgoing::size).sum::<usize>() + 4096);
        for item in outgoing {
            let text = match item {
                Outgoing::Same(item) => item.fragment().text(),
                Outgoing::Changed(_) | Outgoing::New(_) | Outgoing::Open(_) => "",
            };
            if !out.is_empty() && after_marker(text).len() == text.len() {
                out.push_str("---\n");
            }
            match item {
                Outgoing::Same(item) => item.fragment().write_at(0, &mut out),
                Outgoing::Changed(value) => write_node(value, 0, &mut out),
                Outgoing::New(object) => object.write(0, &mut out),
                Outgoing::Open(value) => write_node(&value, 0, &mut out),
            }
        }
        out
    }
}

/// The parts of a list: of a `List`, a ResourceList or a list of one kind (`RoleList`). kubectl and
/// kustomize take apart what has `items` and a kind with that ending.
fn list_layout<'a>(document: &'a str, id: &ObjectId<'_>) -> Result<Option<Layout<'a>>, Finding> {
    if !id.kind.ends_with("List") {
        return Ok(None);
    }
    Ok(Some(cut(document)?).filter(|layout| layout.entry("items").is_some()))
}

fn is_object(id: &ObjectId<'_>) -> bool {
    !id.api_version.is_empty() && !id.kind.is_empty() && !id.name.is_empty()
}

fn not_an_object(item: &Item<'_>) -> Finding {
    let id = item.id();
    let missing: Vec<_> = [("apiVersion", &id.api_version), ("kind", &id.kind), ("metadata.name", &id.name)]
        .into_iter()
        .filter_map(|(field, value)| value.is_empty().then_some(field))
        .collect();
    Finding::error(
        Code::NOT_AN_OBJECT,
        format!("not a Kubernetes object: it has no {}", missing.join(", no ")),
        "add it, or name the files to read instead of their folder",
    )
}

/// The identity that a block-style document's lines tell for certain.
fn outline(text: &str) -> Option<ObjectId<'_>> {
    if separators(text) > 0 {
        return None;
    }
    let mut outline = Outline::new(0);
    for line in Lines::new(text) {
        let line = line.ok()?;
        if line.indent == 0 && line.dashes > 0 && line.start == 0 {
            return None;
        }
        outline.read(&line);
    }
    outline.finish().filter(|id| !id.kind.is_empty())
}

/// Cuts a stream at its document markers, as kyaml does (`splitDocuments` in
/// `kyaml/kio/byteio_reader.go`); with each document the number of lines before it.
///
/// A marker directly below another one belongs to the document that it begins. Comments before a marker
/// stay with the document after it.
///
/// # Errors
/// A marker between two documents has more on its line than a comment.
fn split(text: &str) -> Result<Vec<(usize, &str)>, Finding> {
    let mut documents = Vec::new();
    let mut open = Chunk::at(0, 0);
    let (mut offset, mut below_marker) = (0, true);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let marker = line.starts_with("---");
        if marker && !below_marker && line.ends_with('\n') {
            if !is_idle(&line[3..]) {
                return Err(marker_with_content(number + 1));
            }
            if open.is_document() {
                documents.push((open.line, &text[open.start..offset]));
            }
            let behind = (offset + line.len(), number + 1);
            if open.is_document() || open.empty {
                open = Chunk::at(behind.0, behind.1);
            } else {
                open.begin_below();
                open.below = Some(behind);
            }
            below_marker = true;
        } else {
            if marker {
                open.begin_below();
            }
            // The first line with content tells, and there is no need to look at others.
            open.idle = open.idle && (is_idle(line) || matches!(trimmed(line), "---" | "..."));
            open.empty = open.empty && matches!(trimmed(line), "" | "---");
            below_marker = false;
        }
        offset += line.len();
    }
    if open.is_document() {
        documents.push((open.line, &text[open.start..]));
    }
    Ok(documents)
}

/// What stands between two markers.
struct Chunk {
    /// Its offset in bytes.
    start: usize,
    /// How many lines stand before it.
    line: usize,
    /// Whether it has nothing but comments and markers.
    idle: bool,
    /// Whether it has not even comments.
    empty: bool,
    /// Behind the marker that stands below its comments: the offset, and the number of lines before it.
    below: Option<(usize, usize)>,
}

impl Chunk {
    fn at(start: usize, line: usize) -> Self {
        Chunk { start, line, idle: true, empty: true, below: None }
    }

    /// Leaves comments out that have a marker below them and another one below that: they are those of
    /// a document without anything else.
    fn begin_below(&mut self) {
        if let Some((start, line)) = self.below.take().filter(|_| self.idle) {
            (self.start, self.line) = (start, line);
        }
    }

    fn is_document(&self) -> bool {
        !self.idle
    }
}

fn marker_with_content(line: usize) -> Finding {
    let message = format!("not valid YAML: the document marker --- at line {line} has content on its line");
    Finding::error(Code::MALFORMED_YAML, message, "move what follows --- to a line of its own")
}
