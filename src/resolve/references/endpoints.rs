//! Endpoints that somebody writes: beside the proxies, clients would reach them directly.

use super::fronts::Fronts;
use super::places;
use crate::krm::{Code, Finding, Findings, Item};
use crate::resolve::interception::Interception;

/// An EndpointSlice belongs to the Service in its label, whoever wrote it (Kubernetes' API).
pub fn check_slice(item: &Item<'_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    const SERVICE: &str = "kubernetes.io/service-name";
    let label = |key: &str| item.text_at(&["metadata", "labels", key]);
    // A copy of what the cluster keeps itself: its controller writes it anew.
    if label("endpointslice.kubernetes.io/managed-by") == Some("endpointslice-controller.k8s.io") {
        return;
    }
    let Some(name) = label(SERVICE) else { return };
    if let Some(front) = fronts.get(item.id().namespace.as_deref(), name) {
        findings
            .push(beside(front, &format!("metadata.labels[{SERVICE}]"), name, &format!("\"{}\"", front.target_name)).about(item));
    }
}

/// istiod gives a host the endpoints of its Service and of every ServiceEntry for it together.
pub fn check_service_entry(item: &Item<'_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    let Ok(value) = item.value() else { return };
    for named in places::services(value, "spec.hosts[]") {
        // Hosts of a ServiceEntry are whole: a short one is not the Service's.
        let Some((short, domain)) = named.name.split_once('.') else { continue };
        if let Some(front) = fronts.of_host(None, named.name).filter(|front| front.front_name == short) {
            // Without exportTo every namespace would learn of the target.
            let host = format!("\"{}.{domain}\", with `exportTo: [.]`,", front.target_name);
            findings.push(beside(front, &named.field, named.name, &host).about(item));
        }
    }
}

fn beside(front: &Interception, field: &str, seen: &str, instead: &str) -> Finding {
    let message =
        format!("\"{seen}\" gives \"{}\" endpoints beside its proxies, and clients would call them directly", front.front_name);
    let remedy = format!("write {instead} instead, so that the proxies call them");
    Finding::error(Code::EndpointsBesideProxies, message, remedy).at(field).seen(seen)
}
