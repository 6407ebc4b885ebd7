//! Plain manifests: streams of documents, `List`s and ResourceLists, from files or a pipe.

use super::block::Lines;
use super::cut::{after_marker, cut, has_separators, refuse_control_characters};
use super::list::{Edits, Outgoing, ResourceList};
use super::outline::Outline;
use super::yaml::write_node;
use super::{Code, FUNCTION_ANNOTATION, Finding, Findings, Fragment, Item, ObjectId, Origin, events};

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
        for (index, (line, document)) in split(text.strip_prefix('\u{feff}').unwrap_or(text)).into_iter().enumerate() {
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
                // People write these, and lines alone do not tell whether all of it is YAML. Where
                // the one parser has doubts, the other decides: it is the one that would read it.
                if !events::is_well_formed(document) {
                    item.value()?;
                }
                item
            }
            None => match Item::parsed(fragment, origin) {
                Ok(item) => item,
                Err(_) if is_blank(document) => return Ok(()),
                Err(finding) => return Err(finding.into()),
            },
        };
        let (path, index) = item.file().expect("documents have a path");
        let id = item.id();
        let skip = Skipped { path: path.clone(), kind: id.kind.to_string() };
        if id.group() == "kustomize.config.k8s.io" {
            self.skipped.push(skip);
        } else if is_list(id) {
            let list = ResourceList::from_layout(cut(document)?, document, &whole)?;
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
        } else if document.contains(FUNCTION_ANNOTATION)
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
        let size = self.items.iter().map(|item| item.fragment().text().len() + 4).sum::<usize>();
        let mut out = String::with_capacity(size + size / 4 + 4096);
        for item in edits.apply(&self.items) {
            let text = match item {
                Outgoing::Same(item) => item.fragment().text(),
                Outgoing::New(_) => "",
            };
            if !out.is_empty() && after_marker(text).len() == text.len() {
                out.push_str("---\n");
            }
            match item {
                Outgoing::Same(item) => item.fragment().write_at(0, &mut out),
                Outgoing::New(value) => write_node(value, 0, &mut out),
            }
        }
        out
    }
}

/// `List`, and the lists of one kind (`RoleList`) that kubectl and kustomize take apart too.
fn is_list(id: &ObjectId<'_>) -> bool {
    id.kind == "List" || id.is("config.kubernetes.io", "ResourceList") || (id.kind.ends_with("List") && id.name.is_empty())
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
        Code::NotAnObject,
        format!("not a Kubernetes object: it has no {}", missing.join(", no ")),
        "add it, or name the files to read instead of their folder",
    )
}

/// The identity that a block-style document's lines tell for certain.
fn outline(text: &str) -> Option<ObjectId<'_>> {
    if has_separators(text) {
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

fn is_blank(document: &str) -> bool {
    document.lines().all(is_blank_line)
}

/// Whether a line says nothing: blanks, a comment or a marker.
fn is_blank_line(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#') || line == "---" || line == "..."
}

/// Cuts a stream at its document markers; with each document the number of lines before it.
/// Comments before a marker stay with the document after it; what follows `--- ` on the marker's
/// own line belongs to the document.
fn split(text: &str) -> Vec<(usize, &str)> {
    let mut documents = Vec::new();
    let (mut start, mut start_line, mut offset) = (0, 0, 0);
    // Whether all lines since `start` say nothing, and whether one since the last marker is a comment.
    let (mut blank, mut comments) = (true, false);
    // Behind the marker below the comments with which the next document begins.
    let mut below: Option<(usize, usize)> = None;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let bare = line.trim_end();
        let inline = bare.starts_with("--- ");
        if bare == "---" || inline || bare == "..." {
            if blank && comments && bare == "---" {
                // A document of comments alone is none, and its comments are not those of the next one.
                (start, start_line) = below.unwrap_or((start, start_line));
                below = Some((offset + line.len(), number + 1));
                comments = false;
            } else {
                if !blank {
                    documents.push((start_line, &text[start..offset]));
                }
                start = offset + if inline { 4 } else { line.len() };
                start_line = number + usize::from(!inline);
                (blank, comments) = (!inline || is_blank_line(&line[4..]), inline);
                below = None;
            }
        } else {
            blank &= is_blank_line(line);
            comments |= !bare.is_empty();
        }
        offset += line.len();
    }
    if !blank {
        documents.push((start_line, &text[start..]));
    }
    documents
}
