//! Other Services over the application's pods: whoever calls them goes around the proxies.

use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::interception::names::is_generated;
use crate::krm::{Finding, Findings, Item};
use crate::objects::Index;
use crate::objects::index::namespace_key;
use serde_yaml::{Mapping, Value};
use std::collections::{HashMap, HashSet};

/// Who selects pods by a label, by namespace, key and value of that label.
type Selected<'r> = HashMap<(&'r str, &'r str, &'r str), Vec<(&'r Interception, &'r Mapping)>>;

/// Warns of every Service that selects the pods of a target, all or some of them.
pub fn check(interceptions: &[Interception], index: &Index<'_, '_>, findings: &mut Findings) {
    let mut ours: HashSet<(&str, &str)> = HashSet::new();
    let mut selected: Selected<'_> = HashMap::new();
    let mut values: HashSet<&str> = HashSet::new();
    for interception in interceptions {
        let namespace = namespace_key(interception.namespace.as_deref());
        ours.extend([(namespace, interception.front_name.as_str()), (namespace, interception.target_name.as_str())]);
        let behind = index.item(interception.behind());
        for (key, value) in selector(behind).into_iter().flatten() {
            let (Some(key), Some(value), Some(selector)) = (key.as_str(), value.as_str(), selector(behind)) else { continue };
            values.insert(value);
            selected.entry((namespace, key, value)).or_default().push((interception, selector));
        }
    }
    for (_, item) in index.services() {
        let namespace = namespace_key(item.id().namespace.as_deref());
        // Behind a target of an earlier run, whose interception is elsewhere, are proxies too.
        let known = ours.contains(&(namespace, item.id().name.as_ref())) || is_generated(item);
        if known || !names_one_of(item.fragment().text(), &values) {
            continue;
        }
        let Some(others) = selector(item) else { continue };
        let mut told: HashSet<&str> = HashSet::new();
        for (key, value) in others {
            let (Some(key), Some(value)) = (key.as_str(), value.as_str()) else { continue };
            for (interception, selector) in selected.get(&(namespace, key, value)).into_iter().flatten() {
                if (contains(selector, others) || contains(others, selector)) && told.insert(&interception.front_name) {
                    findings.push(warning(item, interception));
                }
            }
        }
    }
}

fn warning(item: &Item<'_>, interception: &Interception) -> Finding {
    let headless = if item.text_at(&["spec", "clusterIP"]) == Some("None") { "headless " } else { "" };
    let front = &interception.front_name;
    let message = format!("this {headless}Service selects pods of \"{front}\" too: its clients reach them without the proxies");
    let remedy = format!("have clients call \"{front}\", or leave it as it is where going around is meant (peers, metrics)");
    Finding::warning(Code::ReachedAround, message, remedy).about(item).at("spec.selector")
}

fn selector<'i>(item: &'i Item<'_>) -> Option<&'i Mapping> {
    item.value().ok()?.get("spec")?.get("selector")?.as_mapping().filter(|selector| !selector.is_empty())
}

/// Whether all of `some` stands in `all`.
fn contains(all: &Mapping, some: &Mapping) -> bool {
    some.iter().all(|(key, value)| all.get(key).map(Value::as_str) == Some(value.as_str()))
}

/// Whether a value stands in the text as a word of its own. Spares most Services the parser.
fn names_one_of(text: &str, values: &HashSet<&str>) -> bool {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))).any(|word| values.contains(word))
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(Table::Services, "Service over the same pods, or some of them; headless twin", "warning {}", &[Code::ReachedAround])
        .because("its clients go around the proxies, as they did not use this Service before either", "k8s Service")
        .of(&[("", "Service")]),
    fact(Table::Services, "StatefulSet `serviceName` = the front", "nothing", &[]).because(
        "names of single pods exist under headless Services only, and those are not intercepted",
        "k8s DNS specification",
    ),
];
