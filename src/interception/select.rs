//! Interception by label: which Services a selector means.

use super::names::is_generated;
use crate::api::{Requests, Selection, Spec};
use crate::findings::Code;
use crate::krm::{Finding, Findings, Item};
use crate::objects::Index;
use crate::objects::index::namespace_key;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use std::collections::{HashMap, HashSet};

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
    // One look at the labels of all Services costs as much as one selection.
    let services = (requests.selections.len() > 1).then(|| Services::of(index));
    for selection in &requests.selections {
        refuse_unknown_operators(selection, findings);
        let mut matched = false;
        let candidates = services.as_ref().and_then(|services| services.candidates(&selection.selector));
        for item in candidates.unwrap_or_else(|| index.services().map(|(_, item)| item).collect()) {
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

/// The Services of an input by their labels.
struct Services<'i, 'a> {
    all: Vec<&'i Item<'a>>,
    /// By key and value.
    by_label: HashMap<&'i str, HashMap<&'i str, Vec<usize>>>,
}

impl<'i, 'a> Services<'i, 'a> {
    fn of(index: &Index<'i, 'a>) -> Self {
        let all: Vec<_> = index.services().map(|(_, item)| item).collect();
        let mut by_label: HashMap<_, HashMap<_, Vec<usize>>> = HashMap::new();
        for (position, item) in all.iter().enumerate() {
            let labels = item.value().ok().and_then(|value| value.get("metadata")?.get("labels")?.as_mapping());
            for (key, value) in labels.into_iter().flatten() {
                if let (Some(key), Some(value)) = (key.as_str(), value.as_str()) {
                    by_label.entry(key).or_default().entry(value).or_default().push(position);
                }
            }
        }
        Services { all, by_label }
    }

    fn with(&self, key: &str, value: &str) -> &[usize] {
        self.by_label.get(key).and_then(|by_value| by_value.get(value)).map_or(&[], Vec::as_slice)
    }

    /// Those with the label that fewest have of those that the selector asks for; `None` where it asks for none.
    fn candidates(&self, selector: &LabelSelector) -> Option<Vec<&'i Item<'a>>> {
        let equal = selector.match_labels.iter().flatten().map(|(key, value)| self.with(key, value).to_vec());
        let listed = selector.match_expressions.iter().flatten().filter(|requirement| requirement.operator == "In");
        let listed = listed.map(|requirement| {
            let values = requirement.values.iter().flatten();
            let mut found: Vec<usize> = values.flat_map(|value| self.with(&requirement.key, value)).copied().collect();
            found.sort_unstable();
            found.dedup();
            found
        });
        let fewest = equal.chain(listed).min_by_key(Vec::len)?;
        Some(fewest.into_iter().map(|position| self.all[position]).collect())
    }
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
