//! DestinationRules with `simple: PASSTHROUGH`: each connection goes to the address that the client asked
//! for.
//!
//! Of a client's sidecar that is the address of the Service, and kube-proxy chooses the pod. Proxies are
//! asked for by their own address, where no pod of the application is: istiod's cluster of the kind
//! ORIGINAL_DST answers 503 to everything there.

use super::policy_fields::in_policies;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::krm::{Finding, Findings, Item};
use serde_yaml::Value;

/// Which hop a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hop {
    /// From clients to the front: what it says of pods goes to the target's rule, without PASSTHROUGH.
    Front,
    /// From proxies to an existing target.
    Target,
    /// From clients to the front, by a wildcard that other Services have too.
    Wildcard,
}

/// Says what becomes of PASSTHROUGH in a rule.
pub fn check(item: &Item<'_>, value: &Value, hop: Hop, interception: &Interception, findings: &mut Findings) {
    for (at, ()) in in_policies(value, is_passthrough) {
        let front = &interception.front_name;
        let finding = match hop {
            Hop::Front => Finding::warning(
                Code::Passthrough,
                format!(
                    "\"PASSTHROUGH\" left the choice of a pod of \"{front}\" to kube-proxy, and the proxies choose by least request"
                ),
                "write the balancer that the proxies are to use, or remove it",
            ),
            Hop::Target => Finding::error(
                Code::Passthrough,
                format!("with \"PASSTHROUGH\" the proxies would find no pod of \"{}\"", interception.target_name),
                "write another balancer, or remove it",
            ),
            Hop::Wildcard => Finding::error(
                Code::Passthrough,
                format!("with \"PASSTHROUGH\" clients would reach the proxies of \"{front}\" by kube-proxy, without mutual TLS"),
                format!(
                    "write a DestinationRule for \"{front}\" without it, or set spec.tls.mode of the ProxyService to DISABLE"
                ),
            ),
        };
        findings.push(finding.about(item).at(format!("{at}.loadBalancer.simple")).seen("PASSTHROUGH"));
    }
}

/// Whether settings of a traffic policy choose PASSTHROUGH.
pub fn is_passthrough(settings: &Value) -> Option<()> {
    settings.get("loadBalancer")?.get("simple")?.as_str().filter(|simple| *simple == "PASSTHROUGH").map(drop)
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Rules,
        "DestinationRule for the front: `simple: PASSTHROUGH`",
        "warning {}; least request takes its place",
        &[Code::Passthrough],
    )
    .because("a proxy has no address of the client's choice to pass on to", "istiod, ORIGINAL_DST")
    .of(&[("networking.istio.io", "DestinationRule")]),
    fact(Table::Rules, "DestinationRule for an existing target: `simple: PASSTHROUGH`", "error {}", &[Code::Passthrough])
        .because("the proxies would find no pod", "the same")
        .of(&[("networking.istio.io", "DestinationRule")]),
];
