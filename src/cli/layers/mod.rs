//! The layers of a kustomization: which folders kustomize would read, and which functions they declare.
//!
//! Nothing here keeps a program from running; the stand-in does, whatever this reading misses. kustomize reads
//! YAML in its own way, fetches layers from elsewhere, and can make a declaration of parts. What is missed here
//! is a function that is refused without its file's name, or one of ours that runs behind the build.

mod copy;
mod declared;
mod documents;
mod rewrite;

pub use copy::Copy;
pub use declared::Declared;
pub use rewrite::rewrite_all;

use super::sources::{kustomization_of, peek_at_most};
use crate::krm::read_value;
use serde_yaml::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Layers beyond which nobody looks: a kustomization that includes itself does not build anyway.
const DEEPEST: usize = 32;

/// What a kustomization or a declaration may have in bytes, to be read here. A kustomization is a page.
const LONGEST: u64 = 1 << 20;

/// `PATH_MAX` of Linux.
const LONGEST_PATH: usize = 4096;

/// The fields of a kustomization that name other layers, or files with resources.
const RESOURCES: [&str; 3] = ["resources", "bases", "components"];

/// Those that name functions: declarations, files with them, or layers that make them.
const FUNCTIONS: [&str; 3] = ["generators", "transformers", "validators"];

/// What a kustomization refers to.
#[derive(Debug, Default)]
pub struct Layers {
    /// The folders of its layers, links followed: its own first.
    pub folders: Vec<PathBuf>,
    /// The functions that are declared in them.
    pub functions: Vec<Declared>,
    /// Entries that are neither a file nor a folder here, with the file that has them: remote bases.
    pub elsewhere: Vec<(PathBuf, String)>,
    /// Files and folders outside of the layers that they name, where they may.
    pub outside: BTreeSet<PathBuf>,
    /// Whether there are Helm charts.
    pub charts: bool,
    anything: bool,
    seen: BTreeSet<(PathBuf, bool)>,
}

impl Layers {
    /// The layers of a folder; none where it has no kustomization. `anything`: whether a layer may name
    /// files outside of itself (`--load-restrictor=LoadRestrictionsNone`).
    #[must_use]
    pub fn of(folder: &Path, anything: bool) -> Self {
        let mut layers = Layers { anything, ..Layers::default() };
        if let Ok(folder) = folder.canonicalize() {
            layers.enter(&folder, false, DEEPEST);
        }
        layers
    }

    /// `declares`: whether the resources of this layer are functions of another one.
    fn enter(&mut self, folder: &Path, declares: bool, depth: usize) {
        let Some(file) = kustomization_of(folder) else { return };
        if depth == 0 || !self.seen.insert((folder.to_path_buf(), declares)) {
            return;
        }
        if !self.folders.iter().any(|known| known == folder) {
            self.folders.push(folder.to_path_buf());
        }
        let Some(text) = read(&file) else { return };
        self.look_for_charts(folder, &text);
        let Ok(kustomization) = read_value(&text) else { return };
        if self.anything {
            self.name(folder, &kustomization, true);
        }
        for entry in RESOURCES.iter().flat_map(|field| entries(&kustomization, field)) {
            self.follow(folder, &file, entry, declares, depth);
        }
        for entry in FUNCTIONS.iter().flat_map(|field| entries(&kustomization, field)) {
            // kustomize's `configureExternalTransformers`: what is YAML of objects is the declaration itself.
            if entry.contains('\n') || entry.contains('{') {
                self.functions.extend(declared::in_text(entry, &file));
            } else {
                self.follow(folder, &file, entry, true, depth);
            }
        }
    }

    fn follow(&mut self, folder: &Path, file: &Path, entry: &str, declares: bool, depth: usize) {
        match folder.join(entry).canonicalize() {
            // kustomize's `errIfArgEqualOrHigher`: a layer above one that is being read is a cycle.
            Ok(path) if path.is_dir() && !folder.starts_with(&path) => self.enter(&path, declares, depth - 1),
            Ok(path) if declares && path.is_file() => {
                if let Some(text) = read(&path) {
                    self.look_for_charts(folder, &text);
                    self.functions.extend(declared::in_text(&text, &path));
                }
            }
            Ok(_) => {}
            Err(_) => self.elsewhere.push((file.to_path_buf(), entry.to_string())),
        }
    }
}

impl Layers {
    /// Every text of a kustomization can be the path of a file or a folder; in some fields it stands behind
    /// `NAME=`. Where layers may name nothing outside of themselves, `chartHome` still may.
    fn name(&mut self, folder: &Path, value: &Value, anything: bool) {
        match value {
            Value::String(text) if anything && text.len() < LONGEST_PATH => {
                let paths = [Some(text.as_str()), text.split_once('=').map(|(_, path)| path)];
                let relative = paths.into_iter().flatten().filter(|path| Path::new(path).is_relative());
                for path in relative.filter_map(|path| folder.join(path).canonicalize().ok()) {
                    if !path.starts_with(folder) && !folder.starts_with(&path) && (path.is_file() || path.is_dir()) {
                        self.outside.insert(path);
                    }
                }
            }
            Value::Sequence(items) => items.iter().for_each(|item| self.name(folder, item, anything)),
            Value::Mapping(fields) => {
                fields.iter().for_each(|(key, value)| self.name(folder, value, anything || key.as_str() == Some("chartHome")));
            }
            _ => {}
        }
    }

    /// Notes charts: helm writes those that it fetches into the layers.
    fn look_for_charts(&mut self, folder: &Path, text: &str) {
        if text.contains("helm") || text.contains("Helm") {
            self.charts = true;
            for document in documents::documents(text).filter_map(|document| read_value(document).ok()) {
                self.name(folder, &document, false);
            }
        }
    }
}

fn entries<'k>(kustomization: &'k Value, field: &str) -> impl Iterator<Item = &'k str> {
    kustomization.get(field).and_then(Value::as_sequence).into_iter().flatten().filter_map(Value::as_str)
}

/// The text of a regular file of moderate length.
fn read(file: &Path) -> Option<String> {
    peek_at_most(file, LONGEST)
}
