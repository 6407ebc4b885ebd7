//! No object stands in the manifests twice: what is applied would depend on the order.

use super::finding;
use super::view::View;
use crate::findings::Code;
use crate::krm::Findings;

/// PS008.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for object in view.inventory.repeated() {
        let first = view.inventory.get(&object.key).and_then(|first| first.file.as_ref().map(|(path, _)| (path, first.line)));
        let place =
            first.map(|(path, line)| line.map_or(format!(" ({path})"), |line| format!(" ({path}:{line})"))).unwrap_or_default();
        let message = format!("the manifests have this {} already{place}, and the last one would win", object.key.kind);
        findings.push(
            finding(object, true, Code::DuplicateObject, "metadata.name", message, "remove one of them")
                .seen(object.key.name.as_str()),
        );
    }
}
