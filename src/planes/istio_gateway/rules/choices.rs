//! `choiceCount` beside DestinationRules of the user's that hash.
//!
//! The EnvoyFilter for `choiceCount` is merged into every cluster of a port (`least_request_lb_config`), those
//! of subsets too. Envoy's cluster has one of several balancer's settings (`oneof lb_config`), so that a ring
//! would get Envoy's size, and Maglev its table, instead of the rule's.

use super::Ruled;
use super::policy_fields::in_policies;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::krm::{Finding, Findings};
use crate::objects::Index;
use serde_yaml::Value;

/// Refuses a hash whose table the EnvoyFilter would take away.
pub fn check(fronts: &[Ruled<'_>], index: &Index<'_, '_>, findings: &mut Findings) {
    for Ruled { interception: front, rules } in fronts {
        if !front.traffic.raises_choices(&front.ports) {
            continue;
        }
        for item in rules.on_front.iter().chain(&rules.on_target).map(|rule| index.item(*rule)) {
            let Ok(rule) = item.value() else { continue };
            let hash = |settings: &Value| settings.get("loadBalancer")?.get("consistentHash").map(drop);
            for (at, ()) in in_policies(rule, hash) {
                let message = format!("`choiceCount` of {} would take the table of this hash away", front.source.object());
                let remedy = "remove `choiceCount` there, or `consistentHash` here";
                let finding = Finding::error(Code::BalancerHasNoUse, message, remedy);
                findings.push(finding.about(item).at(format!("{at}.loadBalancer.consistentHash")));
            }
        }
    }
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Rules,
    "DestinationRule for the front or the target: `consistentHash`, beside `choiceCount` of the ProxyService",
    "error {}",
    &[Code::BalancerHasNoUse],
)
.because("the EnvoyFilter for `choiceCount` would take the place of the settings of the hash", "Envoy, `oneof lb_config`")
.of(&[("networking.istio.io", "DestinationRule")])];
