//! Declarations of our function as a program, turned into declarations of it as a container.
//!
//! kustomize runs programs with `--enable-exec` only, and then every program that a kustomization names. It
//! never gets that option here. Containers it starts as `docker`, which is the stand-in; so in a copy of the
//! layers that belongs to this program alone, our function is a container. A declaration that is missed is
//! skipped by kustomize, and this program works behind the build.

use super::declared::form;
use super::documents::documents;
use super::{FUNCTIONS, RESOURCES, entries, read};
use crate::cli::sources::kustomization_of;
use crate::krm::read_value;
use serde_yaml::{Mapping, Value};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The declaration that the stand-in takes for ours.
const CONTAINER: &str = "container: {image: proxy-service}";

/// Rewrites the declarations of all kustomizations in a folder and the folders in it, which belong to this
/// program.
///
/// # Errors
/// A file cannot be written.
pub fn rewrite_all(root: &Path) -> io::Result<()> {
    let root = root.canonicalize()?;
    let mut folders = vec![root.clone()];
    let mut files = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        if let Some(file) = kustomization_of(&folder) {
            rewrite_kustomization(&folder, &file, &mut files)?;
        }
        let below = fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok);
        folders.extend(below.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()));
    }
    for file in files {
        // What an entry names may be anywhere on this machine; only what is in the folder is this program's.
        let Ok(file) = file.canonicalize() else { continue };
        if let Some(text) = read(&file).and_then(|text| rewritten(&text)).filter(|_| file.starts_with(&root)) {
            replace(&file, text.as_bytes())?;
        }
    }
    Ok(())
}

/// Rewrites the declarations in a kustomization, and collects the files that it takes declarations from.
fn rewrite_kustomization(folder: &Path, file: &Path, files: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    let Some(mut kustomization) = read(file).and_then(|text| read_value(&text).ok()) else { return Ok(()) };
    for entry in FUNCTIONS.iter().flat_map(|field| entries(&kustomization, field)) {
        collect(&folder.join(entry), files, super::DEEPEST);
    }
    let mut changed = false;
    for field in FUNCTIONS {
        for entry in kustomization.get_mut(field).and_then(Value::as_sequence_mut).into_iter().flatten() {
            if let Some(text) = entry.as_str().and_then(rewritten) {
                *entry = Value::String(text);
                changed = true;
            }
        }
    }
    // JSON is YAML that every reader reads alike.
    match serde_json::to_vec(&kustomization) {
        Ok(json) if changed => replace(file, &json),
        _ => Ok(()),
    }
}

/// A file with declarations, or those of a layer that makes them.
fn collect(path: &Path, files: &mut BTreeSet<PathBuf>, depth: usize) {
    if path.is_file() {
        files.insert(path.to_path_buf());
    } else if path.is_dir() && depth > 0 {
        let layer = kustomization_of(path).and_then(|file| read(&file)).and_then(|text| read_value(&text).ok());
        for entry in layer.iter().flat_map(|layer| RESOURCES.iter().flat_map(|field| entries(layer, field))) {
            collect(&path.join(entry), files, depth - 1);
        }
    }
}

/// Never through a link: the file is replaced.
fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::remove_file(file)?;
    fs::write(file, bytes)
}

/// The text with our function as a container; `None` where it declares none as a program.
fn rewritten(text: &str) -> Option<String> {
    let mut changed = false;
    let parts = documents(text).map(|document| match read_value(document).ok().and_then(with_container) {
        Some(object) => {
            changed = true;
            format!("---\n{object}\n")
        }
        None => document.to_string(),
    });
    let text: String = parts.collect();
    changed.then_some(text)
}

/// The object as JSON, if it, or one of its items, declares our function as a program.
fn with_container(mut object: Value) -> Option<String> {
    let changed = to_container(&mut object);
    if changed { serde_json::to_string(&object).ok() } else { None }
}

fn to_container(object: &mut Value) -> bool {
    let mut changed = false;
    for item in object.get_mut("items").and_then(Value::as_sequence_mut).into_iter().flatten() {
        changed |= to_container(item);
    }
    match form(object) {
        Some((name, form)) if form.is_ours() => {
            let annotations = object.get_mut("metadata").and_then(|metadata| metadata.get_mut("annotations"));
            let inserted = annotations.and_then(Value::as_mapping_mut).map(|annotations: &mut Mapping| {
                annotations.insert(Value::from(name), Value::from(CONTAINER));
            });
            inserted.is_some() || changed
        }
        _ => changed,
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    const OURS: &str = "kind: X # ours\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n      exec:\n        path: proxy-service\nspec: {a: '010'}\n";

    #[test]
    fn our_program_becomes_a_container_and_every_other_document_stays_as_it_is() {
        let other = "--- # kept\nkind: Y\ndata: {n: 010, exec: proxy-service}\n";
        let text = rewritten(&format!("{OURS}{other}")).unwrap();
        assert!(text.ends_with(other), "{text}");
        let first: Value = serde_yaml::from_str(documents(&text).next().unwrap()).unwrap();
        assert_eq!(first["metadata"]["annotations"]["config.kubernetes.io/function"], Value::from(CONTAINER));
        assert_eq!(first["spec"]["a"], Value::from("010"));
        assert_eq!(rewritten(other), None);
        assert_eq!(rewritten(&OURS.replace("proxy-service", "evil")), None);
    }

    #[test]
    fn only_what_a_kustomization_takes_for_functions_is_rewritten() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("app/functions")).unwrap();
        let inline = OURS.replace('\n', "\n  ");
        let kustomization = format!(
            "transformers:\n- function.yaml\n- functions\n- |\n  {inline}\nconfigMapGenerator: [{{name: a, files: [data.yaml]}}]\n"
        );
        fs::write(root.join("app/kustomization.yaml"), kustomization).unwrap();
        fs::write(root.join("app/functions/kustomization.yaml"), "resources: [more.yaml]\n").unwrap();
        for file in ["function.yaml", "functions/more.yaml", "data.yaml"] {
            fs::write(root.join("app").join(file), OURS).unwrap();
        }
        let outside = tempfile::NamedTempFile::new().unwrap();
        fs::write(&outside, OURS).unwrap();
        let entries = format!("transformers: [../../../../../../..{}, link.yaml]\n", outside.path().display());
        fs::create_dir(root.join("out")).unwrap();
        fs::write(root.join("out/kustomization.yaml"), entries).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(outside.path(), root.join("out/link.yaml")).unwrap();
        rewrite_all(root).unwrap();
        assert_eq!(fs::read_to_string(&outside).unwrap(), OURS, "a file that is not in the folder");
        let text = |file: &str| fs::read_to_string(root.join("app").join(file)).unwrap();
        for file in ["function.yaml", "functions/more.yaml", "kustomization.yaml"] {
            assert!(text(file).contains("image: proxy-service"), "{file}: {}", text(file));
        }
        assert_eq!(text("data.yaml"), OURS);
    }
}
