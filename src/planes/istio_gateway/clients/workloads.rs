//! Workloads of the input that name a front, and whose requests do not come from a sidecar that
//! knows it. The proxies take them in plaintext only, as the application's PERMISSIVE sidecars did.

use super::capture::{Call, Capture, Runs};
use super::injection::Injection;
use super::scope::Scope;
use super::sight::{Sight, Way};
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Intercepted;
use crate::interception::names::is_generated;
use crate::krm::{Finding, Findings};
use crate::neighbours::fronts::{Fronts, ask_for_tls, ask_for_tls_or};
use crate::neighbours::mentions;
use crate::neighbours::mentions::Mention;
use crate::objects::index::namespace_key;
use crate::objects::value::{at, sequence};
use crate::objects::workloads::template;
use crate::objects::{Index, addresses};
use memchr::memmem::Finder;
use serde_yaml::Value;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Asks for `tls.mode` where a workload names a front and visibly does not call it from a sidecar;
/// warns where it was chosen.
pub fn check(
    fronts: &Fronts<'_>,
    sight: &Sight<'_, '_>,
    injection: &Injection<'_>,
    index: &Index<'_, '_>,
    findings: &mut Findings,
) {
    for (_, item) in index.items() {
        let here = namespace_key(item.id().namespace.as_deref());
        let text = item.fragment().text();
        if !(may_go_past(text) || injection.is_off(here) || sight.is_limited(here)) || !fronts.named_in(text) {
            continue;
        }
        let Some((template, path)) = template(item).filter(|_| !is_generated(item)) else { continue };
        let caller = Caller {
            without: injection.refused(here, template),
            capture: Capture::of(template),
            scope: sight.scope(here, template),
            namespace: here,
        };
        // What is asked again has the same answer, and one question for a front is enough.
        let (mut looked_at, mut asked) = (HashSet::new(), HashSet::new());
        for Said { field, mention, runs } in mentioned(template, path) {
            let Some(front) = fronts.of_host(Some(here), mention.host).filter(|front| front.needs_sidecars()) else { continue };
            let key = (&front.namespace, &front.front_name);
            if asked.contains(&key) || !looked_at.insert((key, mention.port, mention.is_bare(), runs)) {
                continue;
            }
            let calls = sight.has_port(front, mention.port) && (!mention.is_name() || !is_behind(template, front, index));
            let Some(way) = caller.way(mention, runs, front, sight, index).filter(|_| calls) else { continue };
            asked.insert(key);
            let why = format!("these pods call \"{}\" {}, and with mutual TLS they could not connect", front.front_name, way.how);
            match way.instead {
                instead if !front.asks_for_tls() => {
                    findings.push(outside(&why, instead, front).about(item).at(field).seen(mention.host))
                }
                None => ask_for_tls(item, &field, mention.host, &why, front, findings),
                Some(instead) => ask_for_tls_or(&instead, item, &field, mention.host, &why, front, findings),
            }
        }
    }
}

/// What is said where `tls.mode` was chosen, and keeps a visible client out.
fn outside(why: &str, instead: Option<String>, front: &Intercepted<'_>) -> Finding {
    let instead = instead.unwrap_or_else(|| "give them a sidecar".to_string());
    let remedy = format!("{instead}, or set `tls: {{mode: DISABLE}}` on {}, if they do call it", front.source.object());
    Finding::warning(Code::ClientOutside, why, remedy)
}

/// What is said of the pods of a template.
struct Caller<'s, 'i> {
    without: Option<String>,
    capture: Capture<'s>,
    scope: Option<&'s Scope<'i>>,
    namespace: &'s str,
}

impl Caller<'_, '_> {
    fn way(
        &self,
        mention: Mention<'_>,
        runs: Runs,
        front: &Intercepted<'_>,
        sight: &Sight<'_, '_>,
        index: &Index<'_, '_>,
    ) -> Option<Way> {
        if let Some(why) = &self.without {
            return Some(Way { how: format!("without a sidecar ({why})"), instead: None });
        }
        let call = Call {
            port: mention.port,
            has: &|number| sight.has_port(front, Some(number)),
            ports: front.ports.len(),
            addresses: addresses::written(front, index).filter_map(|address| address.parse().ok()).collect(),
        };
        self.capture.way(&call, runs).or_else(|| sight.hides(front, self.namespace, self.scope))
    }
}

/// A look that spares most workloads the parser: what may keep calls from a sidecar is not in their text.
fn may_go_past(text: &str) -> bool {
    static MARKS: LazyLock<[Finder<'static>; 5]> = LazyLock::new(|| {
        ["sidecar.istio.io/", "inject.istio.io/", "interceptionMode", "istio.io/dataplane-mode", "hostNetwork"].map(Finder::new)
    });
    static AS_SIDECAR: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| ["1337", "runAs"].map(Finder::new));
    let stands_there = |mark: &Finder<'_>| mark.find(text.as_bytes()).is_some();
    MARKS.iter().any(stands_there) || AS_SIDECAR.iter().all(stands_there)
}

/// A host that a container names.
struct Said<'v> {
    field: String,
    mention: Mention<'v>,
    runs: Runs,
}

/// The hosts in the environment and the command lines of a template's containers, with their fields.
fn mentioned<'v>(template: &'v Value, path: &str) -> impl Iterator<Item = Said<'v>> {
    let spec = if path.is_empty() { "spec".to_string() } else { format!("{path}.spec") };
    let mut texts = Vec::new();
    for kind in ["initContainers", "containers"] {
        for (number, container) in sequence(template, &["spec", kind]).iter().enumerate() {
            let (field, runs) = (format!("{spec}.{kind}[{number}]"), Runs::of(container, kind == "initContainers", template));
            let variables = sequence(container, &["env"]).iter().enumerate();
            texts.extend(variables.filter_map(|(number, variable)| {
                Some((format!("{field}.env[{number}].value"), runs, variable.get("value")?.as_str()?))
            }));
            for list in ["command", "args"] {
                let words = sequence(container, &[list]).iter().enumerate();
                texts
                    .extend(words.filter_map(|(number, word)| Some((format!("{field}.{list}[{number}]"), runs, word.as_str()?))));
            }
        }
    }
    let said = |(field, runs, text): (String, Runs, &'v str)| {
        mentions::hosts(text).map(move |mention| Said { field: field.clone(), mention, runs })
    };
    texts.into_iter().flat_map(said)
}

/// Whether the template makes the application's own pods, where the front's name is their own.
fn is_behind(template: &Value, front: &Intercepted<'_>, index: &Index<'_, '_>) -> bool {
    let selector = index.item(front.behind()).value().ok().and_then(|service| at(service, &["spec", "selector"])?.as_mapping());
    let labels = at(template, &["metadata", "labels"]);
    selector.is_some_and(|selector| selector.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value)))
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Senders,
        "Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob, Pod, Rollout that name the front in `env`, \
         `command` or `args` and have no sidecar: `sidecar.istio.io/inject: \"false\"`, `hostNetwork: true`, \
         `inject.istio.io/templates` of `gateway`, `grpc-agent` or `grpc-simple` alone, a Namespace with \
         `istio-injection: disabled`, a Namespace or pods with `istio.io/dataplane-mode: ambient` that ask for none",
        "outside the mesh; warning {} where ISTIO_MUTUAL was chosen",
        &[Code::ClientOutside],
    )
    .because("a client without a sidecar cannot speak mutual TLS", "istiod `injectRequired`")
    .of(&[
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("apps", "ReplicaSet"),
        ("batch", "Job"),
        ("batch", "CronJob"),
        ("", "Pod"),
        ("argoproj.io", "Rollout"),
    ]),
    fact(
        Table::Senders,
        "the same with `traffic.sidecar.istio.io/excludeOutboundPorts` of a port of the front, \
         `excludeOutboundIPRanges` of every address or of the front's `clusterIP`, `includeOutboundIPRanges` without \
         it; in a container with `runAsUser` or `runAsGroup` 1337; with `sidecar.istio.io/interceptionMode: NONE`; in an init \
         container with `sidecar.istio.io/nativeSidecar: \"false\"`",
        "outside the mesh; warning {} where ISTIO_MUTUAL was chosen",
        &[Code::ClientOutside],
    )
    .because("the calls go past the sidecar", "istio-iptables, `capture/run.go`")
    .of(&[
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("apps", "ReplicaSet"),
        ("batch", "Job"),
        ("batch", "CronJob"),
        ("", "Pod"),
        ("argoproj.io", "Rollout"),
    ]),
    fact(
        Table::Senders,
        "the same where a Sidecar of the workload leaves the front out, or the front's \
         `networking.istio.io/exportTo` leaves out the namespace",
        "outside the mesh; warning {} where ISTIO_MUTUAL was chosen",
        &[Code::ClientOutside],
    )
    .because("the sidecar does not know the Service, and calls in plaintext", "istiod `PassthroughCluster`")
    .of(&[
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("apps", "ReplicaSet"),
        ("batch", "Job"),
        ("batch", "CronJob"),
        ("", "Pod"),
        ("argoproj.io", "Rollout"),
        ("networking.istio.io", "Sidecar"),
    ]),
    fact(Table::Senders, "other URLs in environments, ConfigMaps, Secrets", "nothing", &[])
        .because("name, address and ports stay", "–"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_of_a_container_is_read_with_its_field() {
        let template: Value = serde_yaml::from_str(
            "{spec: {initContainers: [{command: [curl, 'http://a:1/x']}], containers: [{env: [{name: A}, {value: 'b:2'}], args: [c.d]}]}}",
        )
        .unwrap();
        let found: Vec<_> = mentioned(&template, "spec.template").map(|said| (said.field, said.mention.host)).collect();
        let at = |field: &str| format!("spec.template.spec.{field}");
        assert_eq!(
            found,
            [
                (at("initContainers[0].command[0]"), "curl"),
                (at("initContainers[0].command[1]"), "a"),
                (at("containers[0].env[1].value"), "b"),
                (at("containers[0].args[0]"), "c.d"),
            ]
        );
    }
}
