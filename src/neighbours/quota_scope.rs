//! Whether a ResourceQuota counts the proxies' pods: its scopes (Kubernetes, `podMatchesScopeFunc`).

use super::admitted::Admitted;
use crate::findings::fact::{Fact, Table, fact};
use crate::krm::to_value;
use crate::objects::Index;
use crate::objects::value::{at, sequence};
use crate::planes::istio_gateway::rules::exported::strings;
use serde_yaml::Value;

/// Whether every scope of the quota is one of the pool's pods.
pub fn counts(spec: &Value, pool: &Admitted<'_>, index: &Index<'_, '_>) -> bool {
    let text = |of: &'_ Value, key: &str| of.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
    let listed = strings(spec.get("scopes")).into_iter().map(|scope| (scope.to_string(), "Exists".to_string(), Vec::new()));
    let selected = sequence(spec, &["scopeSelector", "matchExpressions"])
        .iter()
        .map(|expression| (text(expression, "scopeName"), text(expression, "operator"), strings(expression.get("values"))));
    listed.chain(selected).all(|(scope, operator, values)| matches(&scope, &operator, &values, pool, index))
}

fn matches(scope: &str, operator: &str, values: &[&str], pool: &Admitted<'_>, index: &Index<'_, '_>) -> bool {
    match scope {
        // The proxies' pods have no activeDeadlineSeconds.
        "NotTerminating" => true,
        "BestEffort" => pool.container.is_best_effort(),
        "NotBestEffort" => !pool.container.is_best_effort(),
        "PriorityClass" => {
            let class = pool.interception.proxy.priority_class_name.as_deref().or_else(|| default_class(index));
            match operator {
                "In" => class.is_some_and(|class| values.contains(&class)),
                "NotIn" => class.is_none_or(|class| !values.contains(&class)),
                "Exists" => class.is_some(),
                "DoesNotExist" => class.is_none(),
                _ => false,
            }
        }
        "CrossNamespacePodAffinity" => reaches_other_namespaces(pool),
        _ => false,
    }
}

/// The class of pods that name none, where the input has it.
fn default_class<'i>(index: &Index<'i, '_>) -> Option<&'i str> {
    let mut classes = index.of_kind("scheduling.k8s.io", "PriorityClass");
    let default =
        |item: &crate::krm::Item<'_>| item.value().is_ok_and(|value| value.get("globalDefault") == Some(&Value::Bool(true)));
    classes.find(|(_, item)| default(item)).map(|(_, item)| item.id().name.as_ref())
}

/// A term with namespaces of its own (`usesCrossNamespacePodAffinity`).
fn reaches_other_namespaces(pool: &Admitted<'_>) -> bool {
    let Some(affinity) = pool.interception.proxy.affinity.as_ref().map(to_value) else { return false };
    let terms = ["podAffinity", "podAntiAffinity"].into_iter().flat_map(|kind| {
        let of = |time: &str| at(&affinity, &[kind, time]).and_then(Value::as_sequence).into_iter().flatten();
        let preferred = of("preferredDuringSchedulingIgnoredDuringExecution").filter_map(|term| term.get("podAffinityTerm"));
        of("requiredDuringSchedulingIgnoredDuringExecution").chain(preferred).cloned().collect::<Vec<_>>()
    });
    terms.into_iter().any(|term| !strings(term.get("namespaces")).is_empty() || term.get("namespaceSelector").is_some())
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] =
    &[fact(Table::Namespace, "ResourceQuota whose `scopes` or `scopeSelector` leave the proxies out", "nothing", &[])
        .because(
            "it does not count their pods. Without `priorityClassName` they have the class that the input has with \
         `globalDefault`, else none",
            "k8s `podMatchesScopeFunc`",
        )
        .of(&[("", "ResourceQuota"), ("scheduling.k8s.io", "PriorityClass")])];
