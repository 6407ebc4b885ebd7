//! The Namespace of a pool lets Istio inject its pods.

use super::finding;
use super::view::View;
use crate::findings::Code;
use crate::krm::Findings;
use crate::rendered::Key;
use std::collections::HashSet;

/// PS060, in rendered manifests.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    let mut seen = HashSet::new();
    for pool in view.pools.iter().filter(|pool| seen.insert(pool.namespace)) {
        let Some(namespace) = view.inventory.get(&Key::new("", "Namespace", "", pool.namespace)) else { continue };
        let Some(injection) = namespace.text(&["metadata", "labels", "istio-injection"]) else { continue };
        if injection == "enabled" {
            continue;
        }
        let message = format!(
            "\"{injection}\" keeps Istio from injecting the proxies \"{}\": they would stay in ErrImagePull",
            pool.deployment.key.name
        );
        let remedy =
            "remove the label, or set it to enabled; pods that must not be injected say `sidecar.istio.io/inject: \"false\"`";
        let field = "metadata.labels[istio-injection]";
        findings.push(finding(namespace, true, Code::NamespaceNotInjected, field, message, remedy).seen(injection));
    }
}
