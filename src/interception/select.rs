//! Interception by label: which Services a selector means.

use super::names::is_generated;
use crate::api::{Requests, Selection, Spec};
use crate::findings::Code;
use crate::krm::{Finding, Findings, Item};
use crate::objects::Index;
use crate::objects::index::namespace_key;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use std::collections::HashSet;

/// A spec for every Service that a selection means and no ProxyService (`named`) names.
///
/// Services that this program made are left out: they carry the labels of the Service that they
/// were made from.
pub fn select(index: &Index<'_, '_>, requests: &Requests, named: &[Spec], findings: &mut Findings) -> Vec<Spec> {
    let mut taken: HashSet<(String, String)> = HashSet::new();
    for spec in named {
        let namespace = namespace_key(spec.namespace.as_deref()).to_string();
        taken.insert((namespace.clone(), spec.service_name.clone()));
        taken.extend(spec.target.clone().map(|target| (namespace, target)));
    }
    let mut specs = Vec::new();
    for selection in &requests.selections {
        refuse_unknown_operators(selection, findings);
        let mut matched = false;
        for (_, item) in index.services() {
            let id = item.id();
            let namespace = id.namespace.as_deref();
            let in_scope = selection.namespace.as_deref().is_none_or(|only| only == namespace_key(namespace));
            let generated = is_generated(item);
            if !in_scope || generated || !matches(&selection.selector, item) {
                continue;
            }
            matched = true;
            if taken.insert((namespace_key(namespace).to_string(), id.name.to_string())) {
                specs.push(Spec {
                    source: selection.source.clone(),
                    namespace: namespace.map(str::to_string),
                    service_name: id.name.to_string(),
                    target: None,
                    settings: requests.settings(namespace).into(),
                });
            }
        }
        if !matched {
            let finding = Finding::warning(
                Code::NothingSelected,
                "no Service of the input has these labels",
                "label the Services to intercept, or correct the selector",
            );
            findings.push(selection.source.point(finding, "matchLabels"));
        }
    }
    specs
}

fn refuse_unknown_operators(selection: &Selection, findings: &mut Findings) {
    for (position, requirement) in selection.selector.match_expressions.iter().flatten().enumerate() {
        let operator = requirement.operator.as_str();
        if !matches!(operator, "In" | "NotIn" | "Exists" | "DoesNotExist") {
            let message = format!("\"{operator}\" is not an operator of a label selector");
            let finding = Finding::error(Code::InvalidValue, message, "write In, NotIn, Exists or DoesNotExist").seen(operator);
            findings.push(selection.source.point(finding, &format!("matchExpressions[{position}].operator")));
        }
    }
}

fn label<'i>(item: &'i Item<'_>, key: &str) -> Option<&'i str> {
    item.text_at(&["metadata", "labels", key])
}

/// Kubernetes' rules: all requirements hold; an absent label satisfies NotIn and DoesNotExist.
fn matches(selector: &LabelSelector, item: &Item<'_>) -> bool {
    let labels_hold = selector.match_labels.iter().flatten().all(|(key, value)| label(item, key) == Some(value));
    labels_hold
        && selector.match_expressions.iter().flatten().all(|requirement| {
            let value = label(item, &requirement.key);
            let listed = || value.is_some_and(|value| requirement.values.iter().flatten().any(|word| word == value));
            match requirement.operator.as_str() {
                "In" => listed(),
                "NotIn" => !listed(),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}
