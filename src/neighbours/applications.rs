//! By which names Istio's metrics know the application behind a front.

use crate::interception::Interception;
use crate::objects::Index;
use crate::objects::promql::Matcher;
use crate::objects::value::at;
use crate::objects::workloads::{Pod, Workloads};
use serde_yaml::Value;
use std::collections::HashMap;

/// The applications of all fronts, by label of Istio's metrics and value.
pub struct Applications<'r> {
    by_name: HashMap<(&'static str, String), Vec<&'r Interception>>,
}

/// Label, and what of a value it means: all of it, or the ServiceAccount of a SPIFFE identity.
const WORKLOAD: &str = "destination_workload";
const APP: &str = "destination_app";
const CANONICAL: &str = "destination_canonical_service";
const PRINCIPAL: &str = "destination_principal";

impl<'r> Applications<'r> {
    /// Reads the workloads that the targets select. Where the input has none, the Service's own name and its
    /// selector's labels are the usual ones.
    pub fn of(interceptions: &'r [Interception], index: &Index<'_, '_>) -> Self {
        let workloads = Workloads::of(index);
        let mut by_name: HashMap<(&'static str, String), Vec<&'r Interception>> = HashMap::new();
        for interception in interceptions {
            let pods = workloads.behind(index.item(interception.behind()), interception.namespace.as_deref());
            let names =
                if pods.is_empty() { usual(interception, index) } else { pods.iter().flat_map(|pod| names(pod)).collect() };
            for name in names {
                let known = by_name.entry(name).or_default();
                if !known.iter().any(|other| std::ptr::eq(*other, interception)) {
                    known.push(interception);
                }
            }
        }
        Applications { by_name }
    }

    /// The front whose application a matcher asks for, in a namespace if the query names one.
    pub fn asked(&self, matcher: &Matcher<'_>, namespace: Option<&str>) -> Option<&'r Interception> {
        let label = [WORKLOAD, APP, CANONICAL, PRINCIPAL].into_iter().find(|label| *label == matcher.label)?;
        let here = |front: &&&Interception| namespace.is_none_or(|namespace| front.namespace.as_deref() == Some(namespace));
        let find = |name: &str| self.by_name.get(&(label, name.to_string())).and_then(|found| found.iter().find(here)).copied();
        let value = if label == PRINCIPAL { matcher.value.rsplit("/sa/").next()? } else { matcher.value };
        match matcher.operator {
            "=" => find(value),
            // Of a regular expression the words count: `(cart|user)`, `cart.*`.
            "=~" => value.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).find_map(find),
            _ => None,
        }
    }
}

/// Istio takes the canonical name from the first label that there is (`pkg/kube/labels`, `CanonicalService`).
fn names(pod: &Pod<'_>) -> Vec<(&'static str, String)> {
    let label = |key: &str| pod.labels.get(key).cloned();
    let canonical = ["service.istio.io/canonical-name", "app.kubernetes.io/name", "app"].into_iter().find_map(label);
    let account = pod.spec.and_then(|spec| at(spec, &["serviceAccountName"])).and_then(Value::as_str);
    let workload = pod.workload.map(str::to_string);
    let all = [
        (CANONICAL, canonical.or(workload.clone())),
        (WORKLOAD, workload),
        (APP, label("app")),
        // Every workload without an account of its own has the account `default`.
        (PRINCIPAL, account.filter(|account| *account != "default").map(str::to_string)),
    ];
    all.into_iter().filter_map(|(label, name)| Some((label, name?))).collect()
}

fn usual(interception: &Interception, index: &Index<'_, '_>) -> Vec<(&'static str, String)> {
    let selector = |key: &str| index.item(interception.behind()).text_at(&["spec", "selector", key]).map(str::to_string);
    let mut names = vec![(WORKLOAD, interception.front_name.clone())];
    names.extend(selector("app").map(|app| (APP, app)));
    names.push((CANONICAL, selector("app.kubernetes.io/name").or(selector("app")).unwrap_or(interception.front_name.clone())));
    names
}
