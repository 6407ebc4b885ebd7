//! DestinationRules for many hosts, an intercepted Service among them.

use super::host::covers;
use super::passthrough::Hop;
use super::policy_fields::in_policies;
use super::{Ruled, exported, front_tls, passthrough};
use crate::api::TlsMode;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::krm::{Finding, Findings, Item};
use crate::mesh::Mesh;
use crate::objects::Index;
use crate::objects::index::namespace_key;
use serde_yaml::Value;

const POLICY: &str = "spec.trafficPolicy";
const SUBSETS: &str = "spec.subsets";

/// A rule for many hosts, read once for all interceptions.
pub struct Wildcard<'i, 'a> {
    item: &'i Item<'a>,
    value: &'i Value,
    host: &'i str,
    namespace: &'i str,
    has_subsets: bool,
    /// The first field with `outlierDetection`.
    judges: Option<String>,
    says_more_than_tls: bool,
    /// Whether it says something of TLS, or of a balancer, anywhere.
    says_how_to_connect: bool,
}

impl<'i, 'a> Wildcard<'i, 'a> {
    /// Reads a rule whose host begins with `*`.
    pub fn read(item: &'i Item<'a>, value: &'i Value, host: &'i str) -> Self {
        let spec = |key: &str| value.get("spec").and_then(|spec| spec.get(key));
        let judging = in_policies(value, |settings| settings.get("outlierDetection").map(drop)).into_iter().next();
        Wildcard {
            item,
            value,
            host,
            namespace: namespace_key(item.id().namespace.as_deref()),
            has_subsets: spec("subsets").is_some_and(Value::is_sequence),
            says_how_to_connect: !in_policies(value, |settings| settings.get("tls").or(settings.get("loadBalancer"))).is_empty(),
            judges: judging.map(|(at, ())| format!("{at}.outlierDetection")),
            says_more_than_tls: spec("trafficPolicy")
                .and_then(Value::as_mapping)
                .is_some_and(|policy| policy.keys().any(|key| key.as_str() != Some("tls"))),
        }
    }

    /// Whether it covers a host.
    pub fn covers(&self, host: &str) -> bool {
        covers(self.host, host)
    }

    /// istiod takes the most specific rule and merges none (`SidecarScope.DestinationRule`): a wildcard
    /// stays in force between clients and proxies, and the target has a rule of its own.
    ///
    /// `covered`: the interceptions whose front it covers.
    pub fn check(&self, covered: &[Ruled<'_>], (index, mesh): (&Index<'_, '_>, &Mesh), findings: &mut Findings) {
        let for_all = |rule: &usize| index.item(*rule).value().is_ok_and(|rule| exported::is_for_all(rule, mesh));
        let of_all = |namespace: &str| self.namespace == namespace || mesh.is_root(self.namespace);
        let (hidden, followed): (Vec<Ruled<'_>>, Vec<Ruled<'_>>) = covered.iter().partition(|front| {
            of_all(namespace_key(front.interception.namespace.as_deref())) && front.rules.on_front.iter().any(for_all)
        });
        if self.says_more_than_tls {
            // Nobody follows this one, as before; but to a target of the user's somebody may.
            let at_target = |front: &Ruled<'_>| front.interception.pairing.target().is_some() && front.rules.on_target.is_none();
            findings.push_of_each(hidden.into_iter().filter(at_target), |front| self.ends_at(front.interception));
        }
        if self.says_how_to_connect {
            for Ruled { interception, .. } in &followed {
                front_tls::refuse(self.item, self.value, interception, findings);
                if interception.tls == TlsMode::IstioMutual {
                    passthrough::check(self.item, self.value, Hop::Wildcard, interception, findings);
                }
            }
        }
        if self.has_subsets {
            findings.push_of_each(followed, |front| self.empties(front.interception));
        } else if let Some(field) = &self.judges {
            findings.push_of_each(followed, |front| self.ejects(front.interception, field));
        } else if self.says_more_than_tls {
            findings.push_of_each(followed, |front| self.holds_before(front.interception));
        }
    }

    fn ends_at(&self, interception: &Interception) -> Finding {
        let (host, target) = (self.host, &interception.target_name);
        let message = format!("the policy of \"{host}\" holds no longer for \"{target}\", which gets a rule of its own");
        let remedy =
            format!("write a DestinationRule for \"{target}\" with what should hold there: it takes the generated one's place");
        Finding::warning(Code::WildcardRule, message, remedy).about(self.item).at(POLICY)
    }

    fn empties(&self, interception: &Interception) -> Finding {
        let (host, front) = (self.host, &interception.front_name);
        let message = format!("the subsets of \"{host}\" would be empty for \"{front}\": behind it are proxies");
        Finding::error(Code::SubsetOfFront, message, own_rule(front)).about(self.item).at(SUBSETS)
    }

    fn ejects(&self, interception: &Interception, field: &str) -> Finding {
        let (host, front) = (self.host, &interception.front_name);
        let message =
            format!("by \"{host}\" clients judge the proxies of \"{front}\", and would eject them for errors of the application");
        Finding::error(Code::WildcardRule, message, own_rule(front)).about(self.item).at(field)
    }

    fn holds_before(&self, interception: &Interception) -> Finding {
        let (host, front, target) = (self.host, &interception.front_name, &interception.target_name);
        let message = format!(
            "the policy of \"{host}\" holds between clients and the proxies of \"{front}\", but not between them and \"{target}\", which has a rule of its own"
        );
        Finding::warning(Code::WildcardRule, message, own_rule(front)).about(self.item).at(POLICY)
    }
}

fn own_rule(front: &str) -> String {
    format!("write a DestinationRule for \"{front}\" with what should hold there: the target's rule takes it")
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Rules,
    "DestinationRule for a wildcard that covers the front",
    "warning {}; an error with subsets ({}), `outlierDetection` ({}), PASSTHROUGH ({}) or TLS of another mode \
         ({}); beside a rule for the front that all clients see nothing, but the warning where the target is one \
         of the user's without a rule",
    &[Code::WildcardRule, Code::SubsetOfFront, Code::WildcardRule, Code::Passthrough, Code::TlsOfFront],
)
.because("clients follow it on the way to the proxies, and the target has a rule of its own", "istiod `MostSpecificHostMatch`")
.of(&[("networking.istio.io", "DestinationRule")])];
