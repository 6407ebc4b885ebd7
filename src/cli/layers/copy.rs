//! A copy of the layers of a kustomization, in which this program may change and add files.

use super::Layers;
use super::rewrite::rewrite_all;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What is copied at most, in bytes and in files.
const BYTES: u64 = 1 << 30;
const FILES: usize = 200_000;

/// The copy.
#[derive(Debug)]
pub struct Copy {
    root: PathBuf,
    original: PathBuf,
    folder: PathBuf,
}

impl Copy {
    /// Copies the folders of the layers, whole, to a folder that does not exist yet; our function is a
    /// container there. `None` where there are no layers.
    ///
    /// # Errors
    /// A file cannot be read or written, or they are too many.
    pub fn of(layers: &Layers, root: &Path) -> io::Result<Option<Self>> {
        let Some(first) = layers.folders.first() else { return Ok(None) };
        let mut taken: Vec<&PathBuf> = layers.folders.iter().chain(&layers.outside).collect();
        taken.sort_unstable();
        // What is below another one comes with it; it stands behind it.
        taken.dedup_by(|path, above| path.starts_with(*above));
        let original = taken.iter().skip(1).fold(taken[0].clone(), |common, path| common_ancestor(&common, path));
        let mut room = Room { bytes: BYTES, files: FILES };
        for path in taken {
            let target = root.join(path.strip_prefix(&original).unwrap_or(Path::new("")));
            if path.is_dir() {
                room.copy(path, &target)?;
            } else {
                fs::create_dir_all(target.parent().unwrap_or(root))?;
                room.copy_file(path, &target)?;
            }
        }
        let root = root.canonicalize()?;
        let folder = root.join(first.strip_prefix(&original).unwrap_or(Path::new("")));
        rewrite_all(&root)?;
        Ok(Some(Copy { root, original, folder }))
    }

    /// The folder to build.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A text with the names of the originals.
    #[must_use]
    pub fn translated(&self, text: &str) -> String {
        text.replace(&*self.root.to_string_lossy(), &self.original.to_string_lossy())
    }
}

fn common_ancestor(one: &Path, other: &Path) -> PathBuf {
    one.components().zip(other.components()).take_while(|(one, other)| one == other).map(|(part, _)| part).collect()
}

struct Room {
    bytes: u64,
    files: usize,
}

impl Room {
    /// Files, folders and links; no devices, no pipes, and not what git keeps.
    fn copy(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let mut folders = vec![(from.to_path_buf(), to.to_path_buf())];
        while let Some((from, to)) = folders.pop() {
            fs::create_dir_all(&to)?;
            for entry in fs::read_dir(&from)? {
                let entry = entry?;
                let (source, target) = (entry.path(), to.join(entry.file_name()));
                let kind = entry.file_type()?;
                self.files = self.files.checked_sub(1).ok_or_else(too_much)?;
                if kind.is_dir() && entry.file_name() != ".git" {
                    folders.push((source, target));
                } else if kind.is_file() {
                    self.copy_file(&source, &target)?;
                } else if kind.is_symlink() {
                    link(&fs::read_link(&source)?, &target)?;
                }
            }
        }
        Ok(())
    }

    /// With permissions that let this program change it.
    #[allow(clippy::disallowed_methods)]
    fn copy_file(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let mut from = fs::File::open(from)?;
        self.bytes = self.bytes.checked_sub(from.metadata()?.len()).ok_or_else(too_much)?;
        io::copy(&mut from, &mut fs::File::create_new(to)?).map(drop)
    }
}

fn too_much() -> io::Error {
    io::Error::other(format!("its folders have more than {FILES} files, or {} GiB", BYTES >> 30))
}

#[cfg(unix)]
fn link(target: &Path, file: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, file)
}

/// Git makes files of links there.
#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn layers_keep_their_places_and_nothing_else_comes_along() {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("tree");
        let write = |file: &str, text: &str| {
            fs::create_dir_all(tree.join(file).parent().unwrap()).unwrap();
            fs::write(tree.join(file), text).unwrap();
        };
        write("apps/prod/kustomization.yaml", "resources: [../../base, ../../.., https://example.com/x]\n");
        write("apps/prod/.git/config", "");
        write("base/kustomization.yaml", "resources: [deep/a.yaml]\n");
        write("base/deep/a.yaml", "a\n");
        write("other/kustomization.yaml", "");
        write("kustomization.yaml", "");
        std::os::unix::fs::symlink("/nowhere", tree.join("base/link")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(tree.join("base/pipe")).status().unwrap().success());
        let layers = Layers::of(&tree.join("apps/prod"), false);
        assert_eq!(layers.elsewhere.len(), 1);
        let copy = Copy::of(&layers, &folder.path().join("copy")).unwrap().unwrap();
        let root = folder.path().canonicalize().unwrap().join("copy");
        assert_eq!(copy.folder(), root.join("apps/prod"));
        assert_eq!(fs::read_to_string(root.join("base/deep/a.yaml")).unwrap(), "a\n");
        assert_eq!(fs::read_link(root.join("base/link")).unwrap(), Path::new("/nowhere"));
        for absent in ["other", "kustomization.yaml", "base/pipe", "apps/prod/.git"] {
            assert!(root.join(absent).symlink_metadata().is_err(), "{absent}");
        }
        let said = format!("{}: no such file", root.join("base/b.yaml").display());
        assert_eq!(
            copy.translated(&said),
            format!("{}: no such file", tree.canonicalize().unwrap().join("base/b.yaml").display())
        );
    }
}
