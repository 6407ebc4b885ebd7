//! A target of the user's that istiod does not tell the proxies of.

use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::krm::{Finding, Findings};
use crate::mesh::{Mesh, reaches};
use crate::objects::Index;
use crate::objects::index::namespace_key;
use crate::planes::istio_gateway::clients::sight::EXPORT_TO;

/// Refuses a target that istiod does not tell the proxies of: their routes would lead to no cluster, and every request
/// would be answered 503.
pub fn refuse(interception: &Interception, index: &Index<'_, '_>, mesh: &Mesh, findings: &mut Findings) {
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

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Fields,
    "annotation `networking.istio.io/exportTo` of an existing target, or the mesh's `defaultServiceExportTo`, without \
         the own namespace",
    "error {}",
    &[Code::HiddenTarget],
)
.because("the proxies have no cluster for what they do not see, and answer 503", "istiod `serviceExportTo`")];
