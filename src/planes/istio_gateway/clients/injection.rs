//! Which pods of the input have no sidecar, as far as it tells.

use crate::objects::Index;
use crate::objects::value::at;
use serde_yaml::Value;
use std::collections::{HashMap, HashSet};

/// Namespaces that the injector leaves alone (Istio, `IgnoredNamespaces`).
const SYSTEM: [&str; 4] = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

/// What the Namespaces of the input say of injection.
#[derive(Debug)]
pub struct Injection<'i> {
    /// Why there is none, by namespace.
    off: HashMap<&'i str, String>,
    /// Those of the ambient mesh, in which a pod has a sidecar only if it asks for one.
    ambient: HashSet<&'i str>,
    /// Those that ask for sidecars.
    asking: HashSet<&'i str>,
}

impl<'i> Injection<'i> {
    /// Reads the labels of Namespaces.
    #[must_use]
    pub fn of(index: &Index<'i, '_>) -> Self {
        let mut off: HashMap<&str, String> =
            SYSTEM.into_iter().map(|name| (name, format!("Istio injects none into \"{name}\""))).collect();
        let (mut ambient, mut asking) = (HashSet::new(), HashSet::new());
        for (_, item) in index.of_kind("", "Namespace") {
            let label = |key: &str| item.text_at(&["metadata", "labels", key]);
            // The webhooks look where the label is `enabled` or absent (Istio's chart, `mutatingwebhook.yaml`).
            match (label("istio-injection"), label("istio.io/dataplane-mode")) {
                (Some(other), _) if other != "enabled" => {
                    off.insert(&item.id().name, format!("istio-injection: {other} on their Namespace"));
                }
                (None, mode) if label("istio.io/rev").is_none() => {
                    if mode == Some("ambient") {
                        ambient.insert(item.id().name.as_ref());
                    }
                }
                _ => drop(asking.insert(item.id().name.as_ref())),
            }
        }
        Injection { off, ambient, asking }
    }

    /// Whether a pod of the namespace has no sidecar, unless perhaps it asks for one.
    #[must_use]
    pub fn is_off(&self, namespace: &str) -> bool {
        self.off.contains_key(namespace) || self.ambient.contains(namespace)
    }

    /// Why pods of this template have no sidecar; `None` where they may have one (istiod, `injectRequired`).
    #[must_use]
    pub fn refused(&self, namespace: &str, template: &Value) -> Option<String> {
        const INJECT: &str = "sidecar.istio.io/inject";
        if let Some(why) = self.off.get(namespace) {
            return Some(why.clone());
        }
        if at(template, &["spec", "hostNetwork"]).and_then(Value::as_bool) == Some(true) {
            return Some("hostNetwork: true".to_string());
        }
        // The label comes first.
        let said = ["labels", "annotations"].iter().find_map(|place| at(template, &["metadata", place, INJECT]));
        match said.and_then(Value::as_str) {
            Some("false") => Some(format!("{INJECT}: \"false\"")),
            None => self.of_ambient(namespace, template),
            _ => None,
        }
    }

    /// Pods of the ambient mesh have a sidecar where their Namespace or their own label asks for one (Istio's chart,
    /// `mutatingwebhook.yaml`).
    fn of_ambient(&self, namespace: &str, template: &Value) -> Option<String> {
        const MODE: &str = "istio.io/dataplane-mode";
        let label = |key: &str| at(template, &["metadata", "labels", key]);
        if self.asking.contains(namespace) || label("istio.io/rev").is_some() {
            return None;
        }
        if self.ambient.contains(namespace) {
            return Some(format!("{MODE}: ambient on their Namespace"));
        }
        (label(MODE).and_then(Value::as_str) == Some("ambient")).then(|| format!("{MODE}: ambient"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_comes_before_the_annotation() {
        let none = Injection { off: HashMap::new(), ambient: HashSet::from(["mesh"]), asking: HashSet::from(["asking"]) };
        for (template, refused) in [
            ("{}", false),
            ("{metadata: {labels: {sidecar.istio.io/inject: 'false'}}}", true),
            ("{metadata: {annotations: {sidecar.istio.io/inject: 'false'}}}", true),
            ("{metadata: {labels: {sidecar.istio.io/inject: 'true'}, annotations: {sidecar.istio.io/inject: 'false'}}}", false),
            ("{spec: {hostNetwork: true}}", true),
            ("{spec: {hostNetwork: false}}", false),
        ] {
            assert_eq!(none.refused("shop", &serde_yaml::from_str(template).unwrap()).is_some(), refused, "{template}");
        }
        assert!(none.refused("mesh", &Value::Null).is_some(), "ambient");
        let pod = |labels: &str| serde_yaml::from_str(&format!("{{metadata: {{labels: {{{labels}}}}}}}")).unwrap();
        for (namespace, labels, refused) in [
            ("shop", "istio.io/dataplane-mode: ambient", true),
            ("shop", "istio.io/dataplane-mode: none", false),
            ("shop", "istio.io/dataplane-mode: ambient, istio.io/rev: canary", false),
            ("shop", "istio.io/dataplane-mode: ambient, sidecar.istio.io/inject: 'true'", false),
            ("asking", "istio.io/dataplane-mode: ambient", false),
            ("mesh", "istio.io/rev: canary", false),
        ] {
            assert_eq!(none.refused(namespace, &pod(labels)).is_some(), refused, "{namespace} {labels}");
        }
    }
}
