//! Label selectors over pods whose labels are all known.

use crate::krm::few_by;
use serde_yaml::{Mapping, Value};
use std::collections::HashMap;

/// The labels of a pod.
pub type Labels<'v> = HashMap<&'v str, &'v str>;

/// Labels, and Kubernetes' expressions where the kind of the object has them.
#[derive(Debug, Clone, Default)]
pub struct Selector<'v> {
    pub labels: Vec<(&'v str, &'v str)>,
    expressions: Vec<&'v Value>,
}

impl<'v> Selector<'v> {
    /// A plain mapping of labels, as Services and Istio's kinds have it.
    pub fn of_labels(labels: &'v Mapping) -> Self {
        Selector { labels: pairs(labels).collect(), expressions: Vec::new() }
    }

    /// The same without the labels that controllers give to pods when they make them.
    pub fn of_template_labels(labels: &'v Mapping) -> Self {
        let of_template = |(key, _): &(&str, &str)| {
            let set_later =
                ["statefulset.kubernetes.io/", "apps.kubernetes.io/", "batch.kubernetes.io/", "topology.kubernetes.io/"];
            !matches!(*key, "pod-template-hash" | "controller-revision-hash" | "controller-uid" | "job-name")
                && !set_later.iter().any(|domain| key.starts_with(domain))
        };
        Selector { labels: pairs(labels).filter(of_template).collect(), expressions: Vec::new() }
    }

    /// `matchLabels` and `matchExpressions`.
    pub fn of(selector: &'v Value) -> Self {
        let labels = selector.get("matchLabels").and_then(Value::as_mapping);
        let expressions = selector.get("matchExpressions").and_then(Value::as_sequence);
        Selector {
            labels: labels.into_iter().flat_map(pairs).collect(),
            expressions: expressions.into_iter().flatten().collect(),
        }
    }

    /// Whether a pod with exactly these labels is meant. An operator that Kubernetes does not have
    /// is the API server's to refuse.
    pub fn matches(&self, labels: &Labels<'_>) -> bool {
        let expression = |expression: &&Value| {
            let text = |key: &str| expression.get(key).and_then(Value::as_str).unwrap_or_default();
            let own = labels.get(text("key"));
            let listed = || {
                let mut values = expression.get("values").and_then(Value::as_sequence).into_iter().flatten();
                own.is_some_and(|own| values.any(|value| value.as_str() == Some(own)))
            };
            match text("operator") {
                "In" => listed(),
                "NotIn" => !listed(),
                "Exists" => own.is_some(),
                "DoesNotExist" => own.is_none(),
                _ => true,
            }
        };
        self.labels.iter().all(|(key, value)| labels.get(key) == Some(value)) && self.expressions.iter().all(expression)
    }

    /// For messages: `app=cart,tier=web`.
    pub fn describe(&self) -> String {
        let labels = self.labels.iter().map(|(key, value)| format!("{key}={value}"));
        let expressions = self.expressions.iter().filter_map(|expression| {
            let text = |key: &str| expression.get(key).and_then(Value::as_str);
            Some(format!("{} {} …", text("key")?, text("operator")?))
        });
        few_by(",", labels.chain(expressions).collect::<Vec<_>>())
    }
}

/// The labels of a mapping.
pub fn pairs(labels: &Mapping) -> impl Iterator<Item = (&str, &str)> {
    labels.iter().filter_map(|(key, value)| Some((key.as_str()?, value.as_str()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_expressions_must_all_hold() {
        let pod = Labels::from([("app", "cart"), ("tier", "web")]);
        let matches = |text: &str| Selector::of(&serde_yaml::from_str(text).unwrap()).matches(&pod);
        assert!(matches("matchLabels: {app: cart}") && matches("{}"));
        assert!(!matches("matchLabels: {app: cart, zone: a}"));
        assert!(matches("matchExpressions: [{key: app, operator: In, values: [cart, x]}, {key: zone, operator: DoesNotExist}]"));
        assert!(!matches("matchExpressions: [{key: app, operator: NotIn, values: [cart]}]"));
        assert!(matches("matchExpressions: [{key: zone, operator: NotIn, values: [a]}]"));
        assert!(!matches("matchExpressions: [{key: zone, operator: Exists}]"));
    }
}
