//! ProxyServices do not outlive the function: one in rendered manifests shows that it did not run.

use super::finding;
use super::view::View;
use crate::findings::Code;
use crate::krm::Findings;
use crate::rendered::Object;

const KINDS: [&str; 2] = ["ProxyService", "ProxyServiceConfig"];

/// PS100.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    // What kpt keeps beside the objects and never applies.
    let local = |object: &&Object| object.text(&["metadata", "annotations", "config.kubernetes.io/local-config"]) == Some("true");
    let left = view.inventory.objects().iter().filter(|object| object.key.group == "msvcbench.io" && !local(object));
    for object in left.filter(|object| KINDS.contains(&object.key.kind.as_str())) {
        let message = "the function did not run, and nothing is intercepted: kustomize skips a program silently where --enable-exec is missing".to_string();
        let remedy =
            "build with `kustomize build --enable-alpha-plugins --enable-exec`, or pipe through `proxy-service render -`";
        findings.push(finding(object, true, Code::FunctionDidNotRun, "kind", message, remedy).seen(object.key.kind.as_str()));
    }
}
