//! The revision of Istio that injects the application's pods, which is to inject the proxies too.
//!
//! Where a Namespace has neither `istio.io/rev` nor `istio-injection`, the pods' own label `istio.io/rev` chooses the
//! webhook, and only pods without it are for the one of the default revision, if there is one (Istio's chart,
//! `mutatingwebhook.yaml`, `rev.object` and `object`). With a label on the Namespace the pods' own means nothing.

use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::krm::{Finding, Findings, few};
use crate::objects::Index;
use crate::objects::value::at;
use crate::objects::workloads::{Pod, Workloads, is_workload};
use serde_yaml::Value;
use std::collections::BTreeMap;

const REVISION: &str = "istio.io/rev";

/// Labels of a Namespace that choose the webhook for all of its pods.
const OF_NAMESPACES: [&str; 2] = [REVISION, "istio-injection"];

/// The revision of each pool of proxies: the one asked for, else that of the application's pods.
pub fn of_applications(interceptions: &[Interception], index: &Index<'_, '_>, findings: &mut Findings) -> Vec<Option<String>> {
    let labelled = index.items().any(|(_, item)| is_workload(item) && item.fragment().text().contains(REVISION));
    let workloads = labelled.then(|| Workloads::of(index));
    let revision = |interception: &Interception| match (&interception.proxy.revision, &workloads) {
        (Some(asked), _) => Some(asked.clone()),
        (None, Some(workloads)) if !namespace_decides(interception, index) => of_application(interception, workloads, index)
            .unwrap_or_else(|finding| {
                findings.push(finding);
                None
            }),
        (None, _) => None,
    };
    interceptions.iter().map(revision).collect()
}

/// The one value of the label, if the application's pods agree.
fn of_application(
    interception: &Interception,
    workloads: &Workloads<'_, '_>,
    index: &Index<'_, '_>,
) -> Result<Option<String>, Finding> {
    let mut asked: BTreeMap<Option<&str>, &Pod<'_>> = BTreeMap::new();
    for pod in workloads
        .behind(index.item(interception.behind()), interception.namespace.as_deref())
        .into_iter()
        .filter(|pod| is_injected(pod))
    {
        let revision = pod.labels.get(REVISION).map(String::as_str).filter(|revision| !revision.is_empty());
        asked.entry(revision).or_insert(pod);
    }
    match asked.keys().copied().collect::<Vec<_>>()[..] {
        [] | [None] => Ok(None),
        [Some(revision)] => Ok(Some(revision.to_string())),
        _ => Err(several(interception, &asked)),
    }
}

fn namespace_decides(interception: &Interception, index: &Index<'_, '_>) -> bool {
    let name = interception.namespace.as_deref().unwrap_or_default();
    let objects = index.find("", "Namespace", None, name).iter().map(|position| index.item(*position));
    objects.into_iter().any(|item| OF_NAMESPACES.iter().any(|key| item.text_at(&["metadata", "labels", key]).is_some()))
}

/// Whether the pods' labels and spec leave injection open (istiod, `injectRequired`).
fn is_injected(pod: &Pod<'_>) -> bool {
    let on_host = pod.spec.and_then(|spec| at(spec, &["hostNetwork"])).and_then(Value::as_bool) == Some(true);
    !on_host && pod.labels.get("sidecar.istio.io/inject").is_none_or(|value| value != "false")
}

fn several(interception: &Interception, asked: &BTreeMap<Option<&str>, &Pod<'_>>) -> Finding {
    let of = |(revision, pod): (&Option<&str>, &&Pod<'_>)| {
        let who = pod.workload.unwrap_or("a Pod");
        revision.map_or_else(|| format!("none ({who})"), |revision| format!("\"{revision}\" ({who})"))
    };
    let message = format!(
        "the application's pods have several values of the label {REVISION}: {}; {} has none, and only the webhook of the \
         default revision would inject it",
        few(asked.iter().map(of)),
        interception.proxy_name
    );
    let remedy = "set `proxy.revision` to one of them";
    interception.source.point(Finding::warning(Code::SeveralRevisions, message, remedy), "proxy.revision")
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Namespace,
        "none of the labels `istio.io/rev`, `istio-injection`, and `istio.io/rev` on the application's pods",
        "the proxies' pods have the same label; `proxy.revision` goes before it",
        &[],
    )
    .because("the label of the pods chooses the webhook", "Istio's chart, `mutatingwebhook.yaml`")
    .of(&[("", "Namespace")]),
    fact(Table::Namespace, "the same, with pods of several revisions", "warning {}", &[Code::SeveralRevisions])
        .because("the proxies can be of one only", "the same")
        .of(&[("", "Namespace")]),
];
