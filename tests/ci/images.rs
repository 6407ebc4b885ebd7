//! Images that a build or a kit names.

use super::repository::ROOT;
use std::fs;
use std::path::Path;

/// A tag is whatever somebody pushes under it later. Our own image has its digest in the kit of a release
/// (`tests/release/image.rs`); the sidecar has the image of the repo-server that is there.
#[test]
fn images_of_others_are_named_by_their_digests() {
    let files = ["Dockerfile", "functions/ci/gitlab.yaml", "functions/argocd", "functions/container", "functions/flux"];
    let mut named = Vec::new();
    for file in files {
        collect(&Path::new(ROOT).join(file), &mut named);
    }
    let known = |image: &str| {
        image.starts_with("ghcr.io/proxy-service/proxy-service:") || image == "replaced-by-the-image-of-the-repo-server"
    };
    let (ours, others): (Vec<String>, Vec<String>) = named.into_iter().partition(|image| known(image));
    assert!(ours.len() >= 3 && others.len() >= 2, "{ours:?} {others:?}");
    for image in others {
        let digest = image.split_once("@sha256:").map(|(_, digest)| digest);
        assert!(digest.is_some_and(|digest| digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit())), "{image}");
    }
}

/// What `FROM` and `image` name in a file, or in every file of a folder.
fn collect(path: &Path, named: &mut Vec<String>) {
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| collect(&entry.unwrap().path(), named));
        return;
    }
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let line = line.trim_start_matches("- ");
        let image = if let Some(from) = line.strip_prefix("FROM ") {
            from.split(' ').find(|word| !word.starts_with("--"))
        } else if let Some(value) = ["image:", "PROXY_SERVICE_IMAGE:"].iter().find_map(|key| line.strip_prefix(key)) {
            // GitLab's `image` has its name on the next line.
            let nested = lines.peek().and_then(|next| next.strip_prefix("name: "));
            Some(value).filter(|value| !value.is_empty()).or(nested).and_then(|value| value.split_whitespace().next())
        } else {
            None
        };
        named.extend(image.filter(|image| *image != "scratch").map(str::to_string));
    }
}
