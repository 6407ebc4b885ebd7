//! The ServiceAccount of pods is there: without it none is created.

use super::finding;
use super::view::View;
use crate::findings::Code;
use crate::krm::Findings;
use crate::rendered::Key;
use serde_yaml::Value;

/// PS121.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for workload in view.workloads.all() {
        let object = workload.object;
        let (namespace, ours) = (object.key.namespace.as_str(), view.ours(object));
        let Some(account) = workload.pod.get("serviceAccountName").and_then(Value::as_str) else { continue };
        let known = matches!(account, "" | "default")
            || view.inventory.get(&Key::new("", "ServiceAccount", namespace, account)).is_some();
        if known || !(ours || view.has("", "ServiceAccount", namespace)) || view.hosts.may_be_made(account, namespace) {
            continue;
        }
        let message = format!("there is no ServiceAccount \"{account}\": no pod would be created");
        let field = workload.field("serviceAccountName");
        let remedy = "correct the name, or add the ServiceAccount";
        findings.push(finding(object, ours, Code::NoServiceAccount, &field, message, remedy).seen(account));
    }
}
