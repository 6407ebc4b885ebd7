//! One resource of the input: where it stands, what it is called and, only when somebody looks,
//! its parsed value.

use super::blank::{is_idle, trimmed};
use super::{Code, Finding, Fragment, ObjectRef, parse, simple};
use serde_yaml::Value;
use std::borrow::Cow;
use std::cell::OnceCell;

/// What identifies a resource: its type and its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObjectId<'a> {
    /// `apiVersion`, with group and version.
    pub api_version: Cow<'a, str>,
    /// `kind`.
    pub kind: Cow<'a, str>,
    /// `metadata.namespace`; `None` where absent or empty.
    pub namespace: Option<Cow<'a, str>>,
    /// `metadata.name`; empty where absent.
    pub name: Cow<'a, str>,
}

impl ObjectId<'_> {
    /// The API group: what stands before the slash of `apiVersion`, empty for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// Whether this is a resource of that group and kind, of whichever version.
    #[must_use]
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group() == group
    }

    /// The owned form for findings.
    #[must_use]
    pub fn to_ref(&self) -> ObjectRef {
        ObjectRef::new(&self.api_version, &self.kind, self.namespace.as_deref(), &self.name)
    }
}

/// Where an item came from, for findings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The file, or `stdin`; `None` for the items of a ResourceList, whose annotations tell.
    pub path: Option<String>,
    /// The document's index in that file, from 0.
    pub index: usize,
    /// How many lines of the file stand before it.
    pub line: usize,
}

/// One resource of the input.
#[derive(Debug)]
pub struct Item<'a> {
    fragment: Fragment<'a>,
    id: ObjectId<'a>,
    origin: Origin,
    /// In a box: most items never have one.
    value: OnceCell<Result<Box<Value>, Finding>>,
}

impl<'a> Item<'a> {
    /// An item whose identity the reader has already seen in its text.
    #[must_use]
    pub fn identified(fragment: Fragment<'a>, id: ObjectId<'a>, origin: Origin) -> Self {
        Item { fragment, id, origin, value: OnceCell::new() }
    }

    /// An item whose identity only a parse can tell; `None` where the text is null, which kyaml skips.
    ///
    /// # Errors
    /// The text is not YAML, or not a mapping.
    pub fn parsed(fragment: Fragment<'a>, origin: Origin) -> Result<Option<Self>, Finding> {
        let value = read(&fragment.to_document(), &origin)?;
        if value.is_null() {
            return Ok(None);
        }
        let Value::Mapping(_) = value else {
            let kind = kind_of(&value);
            return Err(located(
                Finding::error(
                    Code::NOT_AN_OBJECT,
                    format!("an item is a {kind}, not a mapping"),
                    "write a Kubernetes object with apiVersion, kind and metadata",
                ),
                &origin,
            ));
        };
        let text = |path: &[&str]| lookup(&value, path).and_then(Value::as_str).unwrap_or("").to_string();
        let id = ObjectId {
            api_version: text(&["apiVersion"]).into(),
            kind: text(&["kind"]).into(),
            namespace: Some(text(&["metadata", "namespace"])).filter(|n| !n.is_empty()).map(Cow::Owned),
            name: text(&["metadata", "name"]).into(),
        };
        Ok(Some(Item { fragment, id, origin, value: OnceCell::from(Ok(Box::new(value))) }))
    }

    /// What the item is called.
    #[must_use]
    pub fn id(&self) -> &ObjectId<'a> {
        &self.id
    }

    /// Its own source text.
    #[must_use]
    pub fn fragment(&self) -> Fragment<'a> {
        self.fragment
    }

    /// The parsed item. Parsing happens at the first call.
    ///
    /// # Errors
    /// The text is not YAML, or uses an alias whose anchor stands in another item.
    pub fn value(&self) -> Result<&Value, Finding> {
        let value = self.value.get_or_init(|| {
            let value = read(&self.fragment.to_document(), &self.origin);
            value.map(Box::new).map_err(|finding| finding.about_object(self.id.to_ref()))
        });
        value.as_ref().map(Box::as_ref).map_err(Finding::clone)
    }

    /// The parsed item, for who reads all of it and is the last one to: it is not kept.
    ///
    /// # Errors
    /// As [`Item::value`], which has to tell of them.
    pub fn value_once(&self) -> Result<Cow<'_, Value>, Finding> {
        if self.value.get().is_none()
            && let Ok(value) = read(&self.fragment.to_document(), &self.origin)
        {
            return Ok(Cow::Owned(value));
        }
        self.value().map(Cow::Borrowed)
    }

    /// Why the item cannot be read, where somebody has tried: nobody may pass over such an item in
    /// silence.
    #[must_use]
    pub fn unreadable(&self) -> Option<&Finding> {
        self.value.get()?.as_ref().err()
    }

    /// The string at a path of mapping keys, where the item parses and there is one.
    #[must_use]
    pub fn text_at(&self, path: &[&str]) -> Option<&str> {
        lookup(self.value().ok()?, path)?.as_str()
    }

    /// The file and the index in it: as read, or as kustomize's and kpt's annotations tell.
    #[must_use]
    pub fn file(&self) -> Option<(String, Option<usize>)> {
        if let Some(path) = &self.origin.path {
            return Some((path.clone(), Some(self.origin.index)));
        }
        // Only in double quotes it can be spelled otherwise.
        let text = self.fragment.text().as_bytes();
        if memchr::memmem::find(text, b"config.kubernetes.io/").is_none() && memchr::memchr(b'\\', text).is_none() {
            return None;
        }
        let annotation = |key: &str| {
            ["internal.config.kubernetes.io/", "config.kubernetes.io/"]
                .iter()
                .find_map(|domain| self.text_at(&["metadata", "annotations", &format!("{domain}{key}")]))
        };
        let index = annotation("index").and_then(|index| index.parse().ok());
        annotation("path").map(|path| (path.to_string(), index))
    }
}

impl Item<'_> {
    /// The line of the file, from 1, on which it begins; `None` where no file is known.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.origin.path.as_ref()?;
        let lead = |line: &&str| is_idle(line) || trimmed(line) == "---";
        Some(self.origin.line + self.fragment.text().lines().take_while(lead).count() + 1)
    }
}

/// The value of an item's text, as kyaml reads it.
fn read(document: &str, origin: &Origin) -> Result<Value, Finding> {
    if let Some(value) = simple::value(document) {
        return Ok(value);
    }
    parse::value(document).map_err(|mut error| {
        error.line += origin.line;
        located(Finding::error(Code::MALFORMED_YAML, format!("not valid YAML: {error}"), error.remedy()), origin)
    })
}

fn located(finding: Finding, origin: &Origin) -> Finding {
    match &origin.path {
        Some(path) => finding.in_file(path.clone(), Some(origin.index)),
        None => finding.at(format!("items[{}]", origin.index)),
    }
}

/// The value at a path of mapping keys.
pub(super) fn lookup<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.as_mapping()?.get(*key))
}

/// What a person calls this type of YAML value.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Sequence(_) => "sequence",
        Value::Mapping(_) => "mapping",
        Value::Tagged(_) => "tagged value",
    }
}
