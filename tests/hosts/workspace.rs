//! Copies of the checkout's functions and examples, to change and to build.

use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The two Components.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Exec,
    Container,
}

impl Form {
    /// Its folder under `functions/`.
    pub fn folder(self) -> &'static str {
        match self {
            Form::Exec => "exec",
            Form::Container => "container",
        }
    }

    /// What kustomize needs to run it.
    pub fn options(self) -> &'static [&'static str] {
        match self {
            Form::Exec => &["--enable-exec"],
            Form::Container => &[],
        }
    }
}

pub fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A temporary folder with `functions/`, and the examples in the chosen form.
pub struct Workspace(TempDir);

impl Workspace {
    pub fn with_examples(form: Form) -> Self {
        let workspace = Workspace::new();
        copy(&checkout().join("kustomization-examples"), &workspace.path("kustomization-examples"), form);
        workspace
    }

    pub fn new() -> Self {
        let workspace = Workspace(tempfile::tempdir().expect("a temporary folder"));
        copy(&checkout().join("functions"), &workspace.path("functions"), Form::Exec);
        workspace
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join(inside)
    }

    /// Writes a file, and the folders that it needs.
    pub fn write(&self, inside: &str, text: &str) {
        let path = self.path(inside);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Writes `FOLDER/kustomization.yaml`.
    pub fn kustomization(&self, folder: &str, fields: &str) {
        let head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
        self.write(&format!("{folder}/kustomization.yaml"), &format!("{head}{fields}"));
    }
}

fn copy(from: &Path, to: &Path, form: Form) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let copied = to.join(entry.file_name().expect("a name"));
        if entry.is_dir() {
            copy(&entry, &copied, form);
        } else if entry.ends_with("kustomization.yaml") {
            let text = fs::read_to_string(&entry).expect("a kustomization");
            fs::write(copied, text.replace("functions/exec", &format!("functions/{}", form.folder()))).expect("a file");
        } else {
            fs::copy(&entry, copied).expect("a file");
        }
    }
}
