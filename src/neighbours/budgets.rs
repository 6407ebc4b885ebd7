//! PodDisruptionBudgets that select the proxies beside the one that is made for them.

use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::names::is_generated;
use crate::interception::{FRONT_LABEL, Interception};
use crate::krm::{Finding, Findings, Item};
use crate::objects::index::namespace_key;
use crate::objects::labels;
use serde_yaml::Mapping;

/// A pod with two budgets cannot be evicted at all (Kubernetes, `EvictionREST.Create`): no node
/// with a proxy on it could be drained.
pub fn check<'r>(item: &Item<'_>, interceptions: impl Iterator<Item = &'r Interception>, findings: &mut Findings) {
    // A look at the text spares most budgets the parser: labels that the proxies lack do not match.
    let text = item.fragment().text();
    let by_label = text.contains("matchLabels") && !text.contains("matchLabels: {}");
    if by_label && !text.contains("app.kubernetes.io/") && !text.contains("msvcbench.io/") {
        return;
    }
    if is_generated(item) {
        return;
    }
    let Ok(value) = item.value() else { return };
    let Some(selector) = value.get("spec").and_then(|spec| spec.get("selector")) else { return };
    let here = namespace_key(item.id().namespace.as_deref());
    // An empty one needs no look at the labels.
    let everything = selector.as_mapping().is_some_and(Mapping::is_empty);
    let selects = |interception: &&Interception| {
        let pods = interception.pod_labels();
        labels::matches(selector, |key| pods.get(key).map(String::as_str))
    };
    let with_budget = interceptions
        .filter(|interception| here == namespace_key(interception.namespace.as_deref()) && interception.has_disruption_budget());
    let selected = with_budget.filter(|interception| everything || selects(interception));
    findings.push_of_each(selected, |interception| second(interception).about(item).at("spec.selector"));
}

fn second(interception: &Interception) -> Finding {
    let message = format!(
        "the selector matches the proxies \"{}\", which have a budget of their own, and a pod with two cannot be evicted",
        interception.proxy_name
    );
    let remedy = format!(
        "select the application's pods alone, for example with `matchExpressions: [{{key: {FRONT_LABEL}, operator: DoesNotExist}}]`",
    );
    Finding::error(Code::SecondBudget, message, remedy)
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(Table::Finders, "PodDisruptionBudget of the application", "nothing", &[])
        .because("selects by the application's labels", "k8s policy/v1")
        .of(&[("policy", "PodDisruptionBudget")]),
    fact(
        Table::Finders,
        "PodDisruptionBudget whose selector matches proxies with a budget of their own (for example an empty one)",
        "error {}",
        &[Code::SecondBudget],
    )
    .because("a pod with two budgets cannot be evicted", "k8s `EvictionREST.Create`")
    .of(&[("policy", "PodDisruptionBudget")]),
];
