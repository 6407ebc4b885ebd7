//! What a target of the user's own must be, so that requests which pass the proxies arrive where they did.

use super::index::{Index, namespace_key};
use super::references::fact::{Fact, Table, fact};
use super::references::sight::EXPORT_TO;
use super::service::Service;
use super::{FRONT_LABEL, Interception};
use crate::krm::{Code, Finding, Findings};
use crate::mesh::{Mesh, reaches};

/// Refuses a target that istiod does not tell the proxies of: their routes would lead to no cluster, and every request
/// would be answered 503.
pub fn refuse_hidden(interception: &Interception, index: &Index<'_, '_>, mesh: &Mesh, findings: &mut Findings) {
    let Some(target) = interception.pairing.target() else { return };
    let target = index.item(target);
    let own = target.text_at(&["metadata", "annotations", EXPORT_TO]);
    let here = namespace_key(target.id().namespace.as_deref());
    let Some(list) = own.or(mesh.exports.services.as_deref()).filter(|list| !reaches(list, here, here)) else { return };
    let whose = if own.is_some() { "" } else { " of the mesh's defaultServiceExportTo" };
    let message = format!(
        "\"{list}\"{whose} hides the target from its own namespace \"{here}\", where the proxies are that send requests to it: all would be answered 503"
    );
    let remedy = format!("write \".\" into the annotation {EXPORT_TO}: nobody but the proxies needs to see the target");
    let field = format!("metadata.annotations[{EXPORT_TO}]");
    findings.push(Finding::error(Code::HiddenTarget, message, remedy).about(target).at(field).seen(list));
}

/// Warns where the target leads to other pods, or to another port of them, than the Service that clients call.
pub fn warn_of_others(front: &Service<'_, '_>, target: &Service<'_, '_>, findings: &mut Findings) {
    if front.selected(FRONT_LABEL).is_some() {
        return; // An earlier run has rewritten it: what it selected is not known any more.
    }
    let name = &front.item.id().name;
    let mut warn = |field: String, message: String, remedy: &str| {
        findings.push(Finding::warning(Code::OtherPods, message, remedy).about(target.item).at(field));
    };
    if front.selector() != target.selector() {
        let message = format!("the target selects other pods than \"{name}\", and requests for \"{name}\" would arrive at these");
        warn("spec.selector".into(), message, "write the selector of both alike, unless that is meant");
    }
    for (position, own) in target.ports.iter().enumerate() {
        let Some(port) = front.port(own.number).filter(|port| own.differs(port)) else { continue };
        let message = format!(
            "port {} of the target leads to {} of the pods, and that of \"{name}\" to {}",
            own.number,
            own.target(),
            port.target()
        );
        warn(format!("spec.ports[{position}].targetPort"), message, "write the targetPort of both alike, unless that is meant");
    }
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Fields,
        "annotation `networking.istio.io/exportTo` of an existing target, or the mesh's `defaultServiceExportTo`, without \
         the own namespace",
        "error {}",
        &[Code::HiddenTarget],
    )
    .because("the proxies have no cluster for what they do not see, and answer 503", "istiod `serviceExportTo`"),
    fact(
        Table::Fields,
        "`selector` or `targetPort` of an existing target that is not the Service's",
        "warning {}",
        &[Code::OtherPods],
    )
    .because("requests for the Service arrive at the target's pods", "–"),
];
