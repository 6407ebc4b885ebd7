//! The objects that tell Flux of the folders.

use super::{Split, folder};
use crate::changes::Step;
use crate::krm::to_yaml;
use serde_yaml::{Mapping, Value};

/// Where Flux finds the folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Name of the Kustomization that has the application.
    pub name: String,
    /// Namespace of the Kustomizations.
    pub namespace: String,
    /// The source's kind.
    pub source_kind: String,
    /// The source's name.
    pub source_name: String,
    /// The path in the source below which the folders are.
    pub path: String,
}

/// One Kustomization for each folder, each after the one before.
#[must_use]
pub fn kustomizations(split: &Split, source: &Source) -> String {
    let mut text = String::new();
    let mut before = None;
    for (step, _) in &split.folders {
        let name = name(*step, source);
        if before.is_some() {
            text.push_str("---\n");
        }
        text.push_str(&to_yaml(&kustomization(*step, &name, before.as_deref(), source), 0));
        before = Some(name);
    }
    text
}

/// The last one keeps the name of the Kustomization that has had everything.
fn name(step: Step, source: &Source) -> String {
    match step {
        Step::Front => source.name.clone(),
        _ => format!("{}-{}", source.name, folder(step)),
    }
}

fn kustomization(step: Step, name: &str, before: Option<&str>, source: &Source) -> Value {
    let mut spec = Mapping::new();
    if let Some(before) = before {
        spec.insert("dependsOn".into(), vec![mapping([("name", before.into())])].into());
    }
    spec.insert("interval".into(), "10m".into());
    spec.insert("retryInterval".into(), "1m".into());
    spec.insert("timeout".into(), "5m".into());
    spec.insert("path".into(), format!("./{}/{}", source.path, folder(step)).into());
    spec.insert("prune".into(), true.into());
    spec.insert("wait".into(), true.into());
    let (kind, source_name) = (source.source_kind.as_str(), source.source_name.as_str());
    spec.insert("sourceRef".into(), mapping([("kind", kind.into()), ("name", source_name.into())]));
    mapping([
        ("apiVersion", "kustomize.toolkit.fluxcd.io/v1".into()),
        ("kind", "Kustomization".into()),
        ("metadata", mapping([("name", name.into()), ("namespace", source.namespace.as_str().into())])),
        ("spec", spec.into()),
    ])
}

fn mapping<const N: usize>(entries: [(&str, Value); N]) -> Value {
    entries.into_iter().map(|(key, value)| (Value::from(key), value)).collect::<Mapping>().into()
}
