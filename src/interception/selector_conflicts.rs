//! Which other Services would find the proxies among their pods.

use super::Interception;
use super::names::is_generated;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::krm::{Finding, Findings, Item};
use crate::objects::Index;
use crate::objects::index::namespace_key;
use serde_yaml::{Mapping, Value};
use std::collections::HashMap;

/// Refuses Services whose selector matches the pods of the proxies.
///
/// istiod takes the ports of a Gateway from the first Service that selects its pods, so there must
/// be no second one; and a target that selects the proxies sends them their own requests.
pub fn refuse_strangers(interceptions: &[Interception], index: &Index<'_, '_>, findings: &mut Findings) {
    let mut by_label: HashMap<(&str, String, String), Vec<&Interception>> = HashMap::new();
    for interception in interceptions {
        let namespace = namespace_key(interception.namespace.as_deref());
        for (key, value) in interception.pod_labels() {
            by_label.entry((namespace, key, value)).or_default().push(interception);
        }
    }
    for (position, item) in index.services() {
        let Some(selector) = selector(item) else { continue };
        let namespace = namespace_key(item.id().namespace.as_deref());
        for interception in matched(selector, namespace, &by_label) {
            if interception.pairing.front() == Some(position) && selector.len() == interception.selector().len() {
                continue;
            }
            if is_generated(item) && item.id().name == interception.proxy_name {
                continue;
            }
            let labels: Vec<String> = selector.keys().filter_map(Value::as_str).map(str::to_string).collect();
            let message = format!(
                "the selector (by {}) matches the proxies that {} asks for, \"{}\"",
                labels.join(", "),
                interception.source.object(),
                interception.proxy_name
            );
            let remedy = "narrow the selector, for example by the `app` label of its pods";
            findings.push(Finding::error(Code::SelectsProxies, message, remedy).about(item).at("spec.selector"));
        }
    }
}

/// The selector, if it can match: every key of it is one that the proxies' pods have.
fn selector<'i>(item: &'i Item<'_>) -> Option<&'i Mapping> {
    // A look at the text spares most Services the parser.
    let (_, after) = item.fragment().text().split_once("selector")?;
    if !after.contains("app.kubernetes.io/") && !after.contains("msvcbench.io/") {
        return None;
    }
    item.value().ok()?.get("spec")?.get("selector")?.as_mapping().filter(|selector| !selector.is_empty())
}

/// The interceptions whose pods have every label of the selector.
fn matched<'r>(
    selector: &Mapping,
    namespace: &str,
    by_label: &HashMap<(&str, String, String), Vec<&'r Interception>>,
) -> Vec<&'r Interception> {
    let with = |(key, value): (&Value, &Value)| {
        let label = (namespace, key.as_str()?.to_string(), value.as_str()?.to_string());
        by_label.get(&label).map(Vec::as_slice)
    };
    let fewest = selector.iter().map(|label| with(label).unwrap_or_default()).min_by_key(|found| found.len());
    let matches = |interception: &&&Interception| {
        let labels = interception.pod_labels();
        selector.iter().all(|(key, value)| key.as_str().and_then(|key| labels.get(key)).map(String::as_str) == value.as_str())
    };
    fewest.unwrap_or_default().iter().filter(matches).copied().collect()
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(Table::Services, "Service that selects the proxies", "error {}", &[Code::SelectsProxies])
    .because("istiod takes a gateway's ports from the first Service", "istiod, `GetProxyServiceTargets`")
    .of(&[("", "Service")])];
