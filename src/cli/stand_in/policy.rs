//! What the programs of the stand-in may do, and what they refused.

use super::image::{Allowed, Image};
use crate::findings::Code;
use crate::krm::{Finding, ObjectRef};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const POLICY: &str = "policy.json";
const REFUSED: &str = "refused.jsonl";

/// What becomes of our function where a kustomization has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Function {
    /// The ResourceList passes as it is: this program works behind the build.
    PassThrough,
    /// This program runs.
    InPlace,
}

/// What the programs of the stand-in may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// What becomes of our function.
    pub function: Function,
    /// Which other functions run.
    pub allowed: Allowed,
    /// The folder below which Helm may write charts; without one it does not run.
    pub charts: Option<PathBuf>,
}

#[derive(Serialize, Deserialize)]
struct Written {
    function: Function,
    allowed: Option<Vec<String>>,
    charts: Option<PathBuf>,
}

impl Policy {
    /// Into the stand-in's folder.
    pub(in crate::cli) fn write(&self, folder: &Path) -> io::Result<()> {
        let allowed = match &self.allowed {
            Allowed::Never => None,
            Allowed::Images(images) => Some(images.iter().map(ToString::to_string).collect()),
        };
        let written = Written { function: self.function, allowed, charts: self.charts.clone() };
        fs::write(folder.join(POLICY), serde_json::to_vec(&written)?)
    }

    /// Out of it.
    pub(in crate::cli) fn read(folder: &Path) -> io::Result<Self> {
        let Written { function, allowed, charts } = serde_json::from_slice(&fs::read(folder.join(POLICY))?)?;
        let images = |texts: Vec<String>| texts.iter().filter_map(|text| text.parse::<Image>().ok()).collect();
        let allowed = allowed.map_or(Allowed::Never, |texts| Allowed::Images(images(texts)));
        Ok(Policy { function, allowed, charts })
    }
}

/// Something that a kustomization asked for and did not get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal(Box<Parts>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Parts {
    #[serde(with = "number")]
    code: Code,
    message: String,
    remedy: String,
    /// The kind and name of the function's configuration.
    object: Option<(String, String)>,
    /// Where the program was started: the folder of the kustomization.
    folder: Option<String>,
}

impl Refusal {
    /// What is wrong, and what to do.
    pub fn new(code: Code, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Refusal(Box::new(Parts { code, message: message.into(), remedy: remedy.into(), object: None, folder: None }))
    }

    /// Names the kind and name of the function's configuration.
    #[must_use]
    pub fn of(mut self, object: Option<(String, String)>) -> Self {
        self.0.object = object;
        self
    }

    /// Names the current folder.
    #[must_use]
    pub(in crate::cli) fn here(mut self) -> Self {
        self.0.folder = std::env::current_dir().ok().map(|folder| folder.display().to_string());
        self
    }

    /// As a finding in a file.
    #[must_use]
    pub fn finding(&self, file: Option<&Path>) -> Finding {
        let finding = Finding::error(self.0.code, self.0.message.as_str(), self.0.remedy.as_str());
        let finding = match &self.0.object {
            Some((kind, name)) => {
                finding.about_object(ObjectRef { kind: kind.clone(), name: name.clone(), ..ObjectRef::default() })
            }
            None => finding,
        };
        match file {
            Some(file) => finding.in_file(shown(file), None),
            None => finding,
        }
    }

    /// The kind and name of the function's configuration, where it is known.
    #[must_use]
    pub fn object(&self) -> Option<&(String, String)> {
        self.0.object.as_ref()
    }

    /// The folder in which the program was started.
    #[must_use]
    pub fn folder(&self) -> Option<&str> {
        self.0.folder.as_deref()
    }

    #[cfg(test)]
    pub(in crate::cli) fn code(&self) -> Code {
        self.0.code
    }

    pub(in crate::cli) fn record(&self, folder: &Path) -> io::Result<()> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        fs::OpenOptions::new().create(true).append(true).open(folder.join(REFUSED))?.write_all(&line)
    }

    pub(in crate::cli) fn recorded(folder: &Path) -> Vec<Self> {
        let text = fs::read_to_string(folder.join(REFUSED)).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

/// From the current folder, where it is below that.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    let inside = here.ok().and_then(|here| path.strip_prefix(here).ok().map(Path::to_path_buf));
    match inside {
        Some(inside) if inside.as_os_str().is_empty() => ".".into(),
        Some(inside) => inside.display().to_string(),
        None => path.display().to_string(),
    }
}

/// A code as its number.
mod number {
    use crate::findings::Code;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(*code as u16)
    }

    pub fn deserialize<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Code, D::Error> {
        let number = u16::deserialize(deserializer)?;
        let found = Code::ALL.iter().copied().find(|code| *code as u16 == number);
        found.ok_or_else(|| serde::de::Error::custom("no such code"))
    }
}
