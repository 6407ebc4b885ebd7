//! The selector of the proxies' Gateway means the proxies beside it, and no others: it matches pods
//! in every namespace (Istio, `getGatewaySelector`).

use super::finding;
use super::selector::Selector;
use super::view::{View, is_generated, selects_by_front};
use crate::findings::Code;
use crate::interception::{NAMESPACE_LABEL, NO_NAMESPACE};
use crate::krm::Findings;
use crate::rendered::Object;
use serde_yaml::Value;

/// PS108.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for gateway in view.inventory.of_kind("networking.istio.io", "Gateway") {
        if !is_generated(gateway) && !selects_by_front(gateway) && view.pool_of(gateway).is_none() {
            continue;
        }
        let Some(labels) = gateway.at(&["spec", "selector"]).and_then(Value::as_mapping) else { continue };
        let selector = Selector::of_labels(labels);
        let mut selected = view.workloads.selected_anywhere(&selector).map(|(_, workload)| workload.object);
        let wrong = match (selected.next(), selected.next()) {
            (None, _) if !view.workloads.has(&gateway.key.namespace) => continue,
            (None, _) => {
                Some((true, format!("it matches no pods ({}): the proxies would listen on no port", selector.describe())))
            }
            (Some(one), Some(other)) => Some((
                true,
                format!(
                    "it matches the pods of {} and of {}: each would serve the other's requests",
                    one.to_ref(),
                    other.to_ref()
                ),
            )),
            (Some(one), None) if one.key.namespace != gateway.key.namespace => {
                Some((true, format!("it matches the pods of {}, of another namespace", one.to_ref())))
            }
            (Some(_), None) => beyond(gateway).map(|message| (false, message)),
        };
        let Some((error, message)) = wrong else { continue };
        let remedy = format!(
            "select the labels msvcbench.io/front and {NAMESPACE_LABEL} that the proxies' pods have; the Component's configurations keep both right"
        );
        findings.push(finding(gateway, error, Code::GatewaySelector, "spec.selector", message, remedy));
    }
}

/// Why pods outside of these manifests may be matched too.
fn beyond(gateway: &Object) -> Option<String> {
    let (own, label) = (gateway.key.namespace.as_str(), gateway.text(&["spec", "selector", NAMESPACE_LABEL]));
    match label {
        None => Some("without the label of the namespace it matches proxies of the same name in every namespace".into()),
        Some(label) if label == own || (own.is_empty() && label == NO_NAMESPACE) => None,
        Some(label) => Some(format!("its label of the namespace is \"{label}\", and so may be that of proxies elsewhere")),
    }
}
