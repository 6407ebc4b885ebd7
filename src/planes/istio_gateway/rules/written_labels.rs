//! Controllers that write labels into the subsets of a DestinationRule.

use super::Ruled;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::krm::{Finding, Findings};
use crate::objects::Index;
use crate::objects::index::namespace_key;

/// Argo Rollouts writes `rollouts-pod-template-hash` into the labels of a rule's subsets (its
/// `rollout/trafficrouting/istio`), and on the front no pod has labels of the application.
pub fn refuse(fronts: &[Ruled<'_>], index: &Index<'_, '_>, findings: &mut Findings) {
    const RULE: [&str; 7] = ["spec", "strategy", "canary", "trafficRouting", "istio", "destinationRule", "name"];
    for (_, rollout) in index.of_kind("argoproj.io", "Rollout") {
        let Some(name) = rollout.text_at(&RULE) else { continue };
        let namespace = namespace_key(rollout.id().namespace.as_deref());
        let is_it = |front: &&Ruled<'_>| {
            let mut rules = front.rules.on_front.iter().map(|rule| index.item(*rule).id());
            rules.any(|rule| rule.name == name && namespace_key(rule.namespace.as_deref()) == namespace)
        };
        let Some(Ruled { interception, .. }) = fronts.iter().find(is_it) else { continue };
        let message = format!(
            "Argo Rollouts writes labels into the subsets of \"{name}\", where they would select none of the proxies of \"{}\"",
            interception.front_name
        );
        let remedy = format!("name the DestinationRule \"{}\" here, whose subsets have the labels", interception.target_name);
        findings.push(Finding::error(Code::ControllerOwnsService, message, remedy).about(rollout).at(RULE.join(".")).seen(name));
    }
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Controllers,
    "Argo Rollout `trafficRouting.istio.destinationRule` with the name of your rule for the front",
    "error {}; name the target's rule instead",
    &[Code::ControllerOwnsService],
)
.because("Rollouts writes labels into its subsets", "argo-rollouts, `trafficrouting/istio`")
.of(&[("argoproj.io", "Rollout")])];
