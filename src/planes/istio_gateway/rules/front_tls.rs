//! The TLS mode of DestinationRules for fronts.

use super::policy_fields::tls_modes;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::krm::{Finding, Findings, Item};
use serde_yaml::Value;

/// Between clients and proxies there is mutual TLS by the proxies' label, and every other mode
/// would break that hop, or after the move the one to the application.
pub fn refuse(item: &Item<'_>, value: &Value, interception: &Interception, findings: &mut Findings) {
    for (field, mode) in tls_modes(value).into_iter().filter(|(_, mode)| *mode != "ISTIO_MUTUAL") {
        let message =
            format!("\"{mode}\" cannot hold for \"{}\": its clients reach proxies of the mesh", interception.front_name);
        let remedy = "remove `tls` (istiod chooses by what the pods can) or set ISTIO_MUTUAL, or do not intercept this Service";
        findings.push(Finding::error(Code::TlsOfFront, message, remedy).about(item).at(field).seen(mode));
    }
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] =
    &[fact(Table::Rules, "DestinationRule for the front: `tls` of another mode", "error {}", &[Code::TlsOfFront])
        .because("clients reach proxies of the mesh", "istiod `buildUpstreamTLSSettings`")
        .of(&[("networking.istio.io", "DestinationRule")])];
