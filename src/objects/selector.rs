//! Label selectors, asked about pods of which perhaps only some labels are known.

use super::value::sequence;
use serde_yaml::{Mapping, Value};
use std::collections::BTreeMap;

/// Labels of pods.
pub type Labels = BTreeMap<String, String>;

/// Whether a selector matches pods that have at least the labels given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    Yes,
    No,
    /// It asks for labels that these pods may or may not have.
    Unknown,
}

/// Labels that a pod gets when it runs, beside those of its template: from the controllers of Kubernetes and
/// Argo Rollouts, from Kubernetes' admission (`PodTopologyLabels`), and from Istio's sidecar injector.
const OF_RUNNING_PODS: [&str; 20] = [
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "job-name",
    "rollouts-pod-template-hash",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.istio.io/network",
    "topology.istio.io/subzone",
    "istio.io/rev",
    "networking.istio.io/tunnel",
    "security.istio.io/tlsMode",
    "service.istio.io/canonical-name",
    "service.istio.io/canonical-revision",
];

/// A selector: labels, and Kubernetes' expressions where the kind of the policy has them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selector {
    labels: Labels,
    expressions: Vec<(String, String, Vec<String>)>,
}

impl Selector {
    /// Reads `matchLabels` and `matchExpressions`; nothing, or an empty one, matches every pod.
    pub fn read(value: Option<&Value>) -> Self {
        let Some(value) = value else { return Selector::default() };
        let expressions = sequence(value, &["matchExpressions"])
            .iter()
            .map(|expression| {
                let text = |key: &str| expression.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
                let values = sequence(expression, &["values"]).iter().filter_map(Value::as_str).map(str::to_string);
                (text("key"), text("operator"), values.collect())
            })
            .collect();
        Selector { labels: labels(value.get("matchLabels").and_then(Value::as_mapping)), expressions }
    }

    /// The selector of Istio's objects, which have labels only.
    pub fn of_labels(labels: Labels) -> Self {
        Selector { labels, expressions: Vec::new() }
    }

    /// Whether it matches every pod.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.expressions.is_empty()
    }

    /// A label that every pod that it matches has: its key, and the values of which it has one.
    pub fn first_label(&self) -> Option<(&str, Vec<&str>)> {
        let equal = self.labels.iter().next().map(|(key, value)| (key.as_str(), vec![value.as_str()]));
        equal.or_else(|| {
            let (key, _, values) = self.expressions.iter().find(|(_, operator, _)| operator == "In")?;
            Some((key, values.iter().map(String::as_str).collect()))
        })
    }

    /// Whether every pod that it matches has all these labels.
    pub fn implies(&self, labels: &Labels) -> bool {
        labels.iter().all(|(key, value)| self.labels.get(key) == Some(value))
    }

    /// Asks about pods whose labels are exactly these.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.ask(labels, |_| false) == Match::Yes
    }

    /// Asks about the pods of a template with these labels.
    pub fn matches_template(&self, labels: &Labels) -> Match {
        self.ask(labels, |key| OF_RUNNING_PODS.contains(&key))
    }

    /// Asks about pods that have these labels and perhaps more.
    pub fn matches_at_least(&self, labels: &Labels) -> Match {
        self.ask(labels, |_| true)
    }

    /// `open`: whether pods may have a label of this key beside the given ones.
    fn ask(&self, labels: &Labels, open: impl Fn(&str) -> bool) -> Match {
        let absent = |key: &str| if open(key) { Match::Unknown } else { Match::No };
        let mut answer = Match::Yes;
        let equal = self.labels.iter().map(|(key, value)| match labels.get(key) {
            Some(own) if own == value => Match::Yes,
            Some(_) => Match::No,
            None => absent(key),
        });
        // Kubernetes: an absent label satisfies NotIn and DoesNotExist.
        let expressions = self.expressions.iter().map(|(key, operator, values)| {
            let own = labels.get(key);
            let yes = |holds: bool| if holds { Match::Yes } else { Match::No };
            match (operator.as_str(), own) {
                ("In", Some(own)) => yes(values.contains(own)),
                ("NotIn", Some(own)) => yes(!values.contains(own)),
                ("Exists", Some(_)) => Match::Yes,
                ("DoesNotExist", Some(_)) => Match::No,
                ("In" | "Exists", None) => absent(key),
                ("NotIn" | "DoesNotExist", None) if !open(key) => Match::Yes,
                _ => Match::Unknown,
            }
        });
        for one in equal.chain(expressions) {
            match one {
                Match::No => return Match::No,
                Match::Unknown => answer = Match::Unknown,
                Match::Yes => {}
            }
        }
        answer
    }
}

/// A mapping of labels.
pub fn labels(mapping: Option<&Mapping>) -> Labels {
    let pairs = mapping.into_iter().flatten();
    pairs.filter_map(|(key, value)| Some((key.as_str()?.to_string(), value.as_str()?.to_string()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(text: &str) -> Selector {
        Selector::read(Some(&serde_yaml::from_str(text).unwrap()))
    }

    #[test]
    fn absent_labels_leave_the_question_open_unless_all_are_known() {
        let app = Labels::from([("app".into(), "sn0".into())]);
        assert_eq!(selector("matchLabels: {app: sn0}").matches_at_least(&app), Match::Yes);
        assert_eq!(selector("matchLabels: {app: sn1, tier: a}").matches_at_least(&app), Match::No);
        assert_eq!(selector("matchLabels: {tier: a}").matches_at_least(&app), Match::Unknown);
        assert!(!selector("matchLabels: {tier: a}").matches(&app));
        assert!(selector("matchExpressions: [{key: app, operator: NotIn, values: [x]}]").matches(&app));
        assert!(selector("{}").matches(&app));
    }

    #[test]
    fn labels_of_running_pods_stand_in_no_template() {
        let app = Labels::from([("app".into(), "sn0".into())]);
        for key in OF_RUNNING_PODS {
            assert_eq!(selector(&format!("matchLabels: {{app: sn0, {key}: x}}")).matches_template(&app), Match::Unknown, "{key}");
            assert_eq!(selector(&format!("matchLabels: {{app: sn1, {key}: x}}")).matches_template(&app), Match::No, "{key}");
        }
        assert_eq!(selector("matchLabels: {tier: a}").matches_template(&app), Match::No);
        let not = "matchExpressions: [{key: pod-template-hash, operator: NotIn, values: [x]}]";
        assert_eq!(selector(not).matches_template(&app), Match::Unknown);
    }
}
