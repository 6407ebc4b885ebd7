//! What the Namespace object says about its pods and Services.

use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::{Intercepted, Interception};
use crate::krm::{Finding, Findings, Item};
use crate::neighbours::fronts::ask_for_tls;
use crate::neighbours::service_fields::prefers_nearby;
use crate::objects::Index;

const USE_WAYPOINT: &str = "istio.io/use-waypoint";

/// Looks at the Namespaces of the fronts.
pub fn check(interceptions: &[Intercepted<'_>], index: &Index<'_, '_>, findings: &mut Findings) {
    for (_, item) in index.of_kind("", "Namespace") {
        // One finding for a Namespace, whatever number of Services is intercepted in it.
        let here = |front: &&Intercepted<'_>| front.namespace.as_deref() == Some(item.id().name.as_ref());
        let Some(first) = interceptions.iter().find(here) else { continue };
        refuse_without_injection(item, first, findings);
        if item.text_at(&["metadata", "labels", "istio.io/dataplane-mode"]) == Some("ambient") {
            for front in interceptions.iter().filter(here) {
                let why = format!(
                    "\"ambient\" gives clients in this Namespace no sidecars, and ztunnel could not connect to the proxies of \"{}\"",
                    front.front_name
                );
                ask_for_tls(item, "metadata.labels[istio.io/dataplane-mode]", "ambient", &why, front, findings);
            }
        }
        let distribution = item.text_at(&["metadata", "annotations", "networking.istio.io/traffic-distribution"]);
        if let Some(value) = distribution {
            findings.push(prefers_nearby(item, "metadata.annotations[networking.istio.io/traffic-distribution]".into(), value));
        }
    }
    for interception in interceptions {
        refuse_waypoint(interception, index, findings);
    }
}

/// The injector's webhooks look at namespaces where istio-injection is `enabled` or absent (Istio's
/// chart, `mutatingwebhook.yaml`); elsewhere not even the pod's own label makes them look.
fn refuse_without_injection(item: &Item<'_>, front: &Interception, findings: &mut Findings) {
    let label = |key: &str| item.text_at(&["metadata", "labels", key]);
    let Some(injection) = label("istio-injection").filter(|value| *value != "enabled") else { return };
    let message = format!(
        "\"{injection}\" keeps Istio from injecting the proxies, which {} asks for: they would stay in ErrImagePull",
        front.source.object()
    );
    let remedy =
        "remove the label, or set it to enabled; pods that must not be injected say `sidecar.istio.io/inject: \"false\"`";
    let finding = Finding::error(Code::NamespaceNotInjected, message, remedy);
    findings.push(finding.about(item).at("metadata.labels[istio-injection]").seen(injection));
}

/// A waypoint sees all requests of the ambient mesh for the Service, which is what proxies are for.
fn refuse_waypoint(interception: &Interception, index: &Index<'_, '_>, findings: &mut Findings) {
    let Some(position) = interception.pairing.front() else { return };
    let service = index.item(position);
    let label = |item: &Item<'_>| item.text_at(&["metadata", "labels", USE_WAYPOINT]).map(str::to_string);
    // The Service's own label comes first, and `none` is none (istiod, `fetchWaypointForTarget`).
    let (item, waypoint) = match label(service) {
        Some(own) => (service, own),
        None => {
            let namespace = interception.namespace.as_deref().unwrap_or_default();
            let objects = index.find("", "Namespace", None, namespace).iter().map(|position| index.item(*position));
            let Some(found) = objects.into_iter().find_map(|item| label(item).map(|value| (item, value))) else { return };
            found
        }
    };
    if waypoint == "none" {
        return;
    }
    let message = format!(
        "the waypoint \"{waypoint}\" receives the requests for \"{}\" already, and balances them with all in view",
        interception.front_name
    );
    let remedy = format!("do not intercept it, or label the Service `{USE_WAYPOINT}: none`");
    let finding = Finding::error(Code::WaypointInFront, message, remedy);
    findings.push(finding.about(item).at(format!("metadata.labels[{USE_WAYPOINT}]")).seen(waypoint));
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Fields,
        "label `istio.io/use-waypoint` (also of the Namespace)",
        "error {}, unless `none`",
        &[Code::WaypointInFront],
    )
    .because("the waypoint sees all requests already", "istiod `fetchWaypointForTarget`"),
    fact(
        Table::Namespace,
        "label `istio-injection` with another value than `enabled`",
        "error {}",
        &[Code::NamespaceNotInjected],
    )
    .because(
        "no webhook of the injector looks there: the proxies would stay in ErrImagePull",
        "Istio's chart, `mutatingwebhook.yaml`",
    )
    .of(&[("", "Namespace")]),
    fact(Table::Namespace, "no label of Istio's", "nothing", &[]).because("the label of the proxies' pods is enough", "the same"),
    fact(Table::Namespace, "label `istio.io/dataplane-mode: ambient`", "outside the mesh", &[])
        .because("its pods have no sidecars, and ztunnel does not speak the gateway's mutual TLS", "istiod, ambient")
        .of(&[("", "Namespace")]),
    fact(Table::Namespace, "labels `pod-security.kubernetes.io/…`", "nothing", &[])
        .because("the proxies' pods satisfy the restricted standard", "k8s pod-security-admission, tried"),
];
