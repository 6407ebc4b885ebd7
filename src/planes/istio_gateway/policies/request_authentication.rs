//! RequestAuthentication: tokens that the proxies would check too.

use super::authentications::{Authentications, policies};
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::{Family, Interception};
use crate::krm::{Finding, Findings};
use crate::neighbours::application::{App, Selects};

const KIND: &str = "RequestAuthentication";

/// Whether the proxies check every token that the application checks, and pass it on: a policy about tokens then
/// decides alike at both.
pub fn is_at_proxies_too(interception: &Interception, app: &App, read: &Authentications<'_>) -> bool {
    let mut checking = policies(KIND, interception, app, read);
    checking.retain(|policy| policy.selector.as_ref().is_none_or(|selector| app.selected_by(selector) != Selects::None));
    !checking.is_empty() && checking.iter().all(|policy| policy.selector.is_none() && policy.taking.is_empty())
}

/// A RequestAuthentication of the whole namespace is one of the proxies too, and takes the token
/// out of the requests that it has checked.
pub fn resolve(interception: &Interception, app: &App, read: &Authentications<'_>, findings: &mut Findings) {
    if interception.ports.iter().all(|port| port.protocol.family() != Family::Http) {
        return;
    }
    for policy in policies(KIND, interception, app, read).iter().filter(|policy| policy.selector.is_none()) {
        for (position, telling) in &policy.taking {
            telling.tell(findings, || {
                let message =
                    format!("applies to {} too, which would take the token out of the requests", interception.proxy_name);
                let remedy = "give the policy the selector of the application's pods, or set `forwardOriginalToken: true`";
                let field = format!("spec.jwtRules[{position}].forwardOriginalToken");
                Finding::error(Code::TokenTaken, message, remedy).about(policy.item).at(field)
            });
        }
    }
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(Table::Others, "RequestAuthentication with the pods' selector", "nothing", &[])
        .because("gateways pass `Authorization` on; the application's sidecar checks as before", "Istio, RequestAuthentication")
        .of(&[("security.istio.io", "RequestAuthentication")]),
    fact(Table::Others, "RequestAuthentication of the namespace", "error {}, unless `forwardOriginalToken`", &[Code::TokenTaken])
        .because("it applies to the proxies and takes the token away", "the same")
        .of(&[("security.istio.io", "RequestAuthentication")]),
];
