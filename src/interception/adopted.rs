//! What a target of the user's own must be, so that requests which pass the proxies arrive where they did.

use super::FRONT_LABEL;
use super::service::Service;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::krm::{Finding, Findings};

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
pub const FACTS: &[Fact] = &[fact(
    Table::Fields,
    "`selector` or `targetPort` of an existing target that is not the Service's",
    "warning {}",
    &[Code::OtherPods],
)
.because("requests for the Service arrive at the target's pods", "–")];
