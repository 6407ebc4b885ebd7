//! What is said about an input: one type that prints itself, sorts itself and decides the exit
//! code.

use super::{Code, Item, short, visible};
use serde_json::{Value as Json, json};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How bad a finding is. The order is that of the KRM function specification's `severity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing was rewritten: the output would not do what the input asks for.
    Error,
    /// The output stands, and somebody should look at it.
    Warning,
}

impl Severity {
    /// The word of the KRM function specification.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// The object that a finding is about, as `resourceRef` names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ObjectRef {
    /// `apiVersion` of the object.
    pub api_version: String,
    /// `kind` of the object.
    pub kind: String,
    /// `metadata.namespace`, where the object has one.
    pub namespace: Option<String>,
    /// `metadata.name`; empty where the object has none.
    pub name: String,
}

impl ObjectRef {
    /// The object of these parts, as findings name it: no longer than a name can be.
    #[must_use]
    pub fn new(api_version: &str, kind: &str, namespace: Option<&str>, name: &str) -> Self {
        ObjectRef {
            api_version: short::name(api_version),
            kind: short::name(kind),
            namespace: namespace.map(short::name),
            name: short::name(name),
        }
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        let name = if self.name.is_empty() { "(unnamed)" } else { &self.name };
        write!(f, "{name} {}", self.kind)
    }
}

/// What to do about findings that are counted only.
const CORRECT: &str = "correct the others first, and run again";

/// One problem of an input, with its remedy.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding(Box<Parts>);

#[derive(Debug, Clone, PartialEq)]
struct Parts {
    severity: Severity,
    code: Code,
    object: Option<ObjectRef>,
    field: Option<String>,
    value: Option<Json>,
    file: Option<(String, Option<usize>)>,
    line: Option<usize>,
    message: String,
    remedy: String,
    /// Of how many that are left out this one tells.
    more: Option<usize>,
}

impl Finding {
    /// A finding that keeps the output back. `message` states what is wrong with the value in
    /// quotes, `remedy` what to do, as an imperative without a full stop. Long values are cut.
    pub fn error(code: impl Into<Code>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Severity::Error, code.into(), message.into(), remedy.into())
    }

    /// A finding beside which the output stands.
    pub fn warning(code: impl Into<Code>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code.into(), message.into(), remedy.into())
    }

    fn new(severity: Severity, code: Code, message: String, remedy: String) -> Self {
        let (message, remedy) = (short::text(message), short::text(remedy));
        let (object, field, value, file, line, more) = (None, None, None, None, None, None);
        Finding(Box::new(Parts { severity, code, object, field, value, file, line, message, remedy, more }))
    }

    /// Names the object, and the file it came from where the item knows it.
    #[must_use]
    pub fn about(mut self, item: &Item<'_>) -> Self {
        self.0.object = Some(item.id().to_ref());
        self.0.file = item.file();
        self
    }

    /// Names an object that is no item of its own (an inline spec).
    #[must_use]
    pub fn about_object(mut self, object: ObjectRef) -> Self {
        self.0.object = Some(object);
        self
    }

    /// Names the field, as a path such as `spec.ports[1].protocol`.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(short::name(&field.into()));
        self
    }

    /// The value found there, for tools that read `results`.
    #[must_use]
    pub fn seen(mut self, value: impl Into<Json>) -> Self {
        self.0.value = Some(short::value(value.into()));
        self
    }

    /// Names the file (or `stdin`) and the index of the document in it.
    #[must_use]
    pub fn in_file(mut self, path: impl Into<String>, index: Option<usize>) -> Self {
        self.0.file = Some((path.into(), index));
        self
    }

    /// The line of the file, from 1, where a reader should look.
    #[must_use]
    pub fn on_line(mut self, line: usize) -> Self {
        self.0.line = Some(line);
        self
    }

    /// The same finding, as one that counts.
    #[must_use]
    pub fn as_error(mut self) -> Self {
        self.0.severity = Severity::Error;
        self
    }

    /// A finding in the place of this one and others of its code.
    pub(super) fn rest_of_kind(&self) -> Self {
        let mut rest = Self::new(self.severity(), self.code(), String::new(), CORRECT.into());
        rest.0.more = Some(0);
        rest.stand_for_more(self.count());
        rest
    }

    /// A finding in the place of this one and others about its field.
    pub(super) fn rest_of_field(mut self, count: usize) -> Self {
        (self.0.value, self.0.remedy, self.0.more) = (None, CORRECT.into(), Some(0));
        self.stand_for_more(count);
        self
    }

    /// Counts findings that it stands for, besides.
    pub(super) fn stand_for_more(&mut self, count: usize) {
        let count = self.0.more.unwrap_or_default() + count;
        let same = if self.0.object.is_some() { " about the same field" } else { "" };
        self.0.message = format!("{count} more of this code{same} are left out");
        self.0.more = Some(count);
    }

    /// Whether it stands for others of its code.
    pub(super) fn is_rest_of_kind(&self) -> bool {
        self.0.more.is_some() && self.0.object.is_none()
    }

    /// A number that differs where findings differ.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.to_string().hash(&mut hasher);
        hasher.finish()
    }

    /// How many findings this one stands for: one, or those that are left out.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.more.unwrap_or(1)
    }

    /// The object that it is about.
    #[must_use]
    pub fn object(&self) -> Option<&ObjectRef> {
        self.0.object.as_ref()
    }

    /// The path of the field.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The value found there.
    #[must_use]
    pub fn value(&self) -> Option<&Json> {
        self.0.value.as_ref()
    }

    /// The file (or `stdin`), and the index of the document in it.
    #[must_use]
    pub fn file(&self) -> Option<(&str, Option<usize>)> {
        self.0.file.as_ref().map(|(path, index)| (path.as_str(), *index))
    }

    /// The line of the file, from 1.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.0.line
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.0.remedy
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.0.severity
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// An entry of a ResourceList's `results`, as the KRM function specification (v1) has it.
    #[must_use]
    pub fn to_result(&self) -> Json {
        let mut result = json!({
            // Hosts print it as it is.
            "message": visible(&format!("{}: {}; {}", self.0.code, self.0.message, self.0.remedy)),
            "severity": self.0.severity.as_str(),
            "tags": {"code": self.0.code.to_string()},
        });
        let entry = result.as_object_mut().expect("an object literal");
        if let Some(object) = &self.0.object {
            let mut reference = json!({
                "apiVersion": object.api_version, "kind": object.kind, "name": object.name,
            });
            if let Some(namespace) = &object.namespace {
                reference["namespace"] = json!(namespace);
            }
            entry.insert("resourceRef".into(), reference);
        }
        if let Some(path) = &self.0.field {
            let mut field = json!({"path": visible(path)});
            if let Some(value) = &self.0.value {
                field["currentValue"] = value.clone();
            }
            entry.insert("field".into(), field);
        }
        if let Some((path, index)) = &self.0.file {
            let mut file = json!({"path": path});
            if let Some(index) = index {
                file["index"] = json!(index);
            }
            entry.insert("file".into(), file);
        }
        result
    }
}

impl fmt::Display for Finding {
    /// One line of which nothing acts, whatever names and values are in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |text: Option<String>| text.map(|text| format!(" {text}")).unwrap_or_default();
        let object = part(self.0.object.as_ref().map(ToString::to_string));
        let field = part(self.0.field.clone());
        let file = part(self.0.file.as_ref().map(|(path, index)| match (self.0.line, index) {
            (Some(line), _) => format!("({path}:{line})"),
            (None, Some(index)) if *index > 0 => format!("({path}, document {})", index + 1),
            (None, _) => format!("({path})"),
        }));
        let (severity, code) = (self.0.severity.as_str(), self.0.code);
        f.write_str(&visible(&format!("{severity} {code}{object}{field}: {}; {}{file}", self.0.message, self.0.remedy)))
    }
}
