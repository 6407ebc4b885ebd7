//! VirtualServices that stay where they are: what becomes of their requests.

use super::host::{Hosts, covers, full_name};
use super::routes;
use crate::krm::{Code, Finding, Findings, Item, ObjectId};
use crate::resolve::Interception;
use serde_yaml::Value;

/// What VirtualServices say that stay where they are.
#[derive(Default)]
pub struct Staying<'l, 'a> {
    /// Routes that lead to a front: the item, the field of the host, the front.
    leading: Vec<(&'l Item<'a>, String, usize)>,
    /// Hosts with a wildcard, followed by sidecars where no rule names a host as it is.
    pub wildcards: Vec<(&'l Item<'a>, String)>,
}

impl<'l, 'a> Staying<'l, 'a> {
    /// Notes the routes that still lead to a front. They find proxies there, and none has the labels
    /// of a subset. `owner`: the front whose routes these are, and that they leave.
    pub fn look_for_fronts(
        &mut self,
        item: &'l Item<'a>,
        spec: &Value,
        fronts: &Hosts,
        interceptions: &[Interception],
        owner: Option<usize>,
        findings: &mut Findings,
    ) {
        let namespace = item.id().namespace.as_deref();
        routes::each_destination(spec, &mut |field, destination| {
            let Some(host) = destination.get("host").and_then(Value::as_str) else { return };
            let Some(named) = fronts.front(host, namespace).filter(|named| Some(named.interception) != owner) else { return };
            let front = &interceptions[named.interception];
            let Some(subset) = destination.get("subset").and_then(Value::as_str) else {
                self.leading.push((item, format!("{field}.host"), named.interception));
                return;
            };
            let message = format!(
                "the subset \"{subset}\" of \"{host}\" would be empty: behind \"{}\" are proxies, and subsets move to \"{}\"",
                front.front_name, front.target_name
            );
            let remedy =
                format!("lead to \"{host}\" without a subset, and choose it in a VirtualService for the host \"{host}\"");
            let finding = Finding::error(Code::SubsetOfFront, message, remedy);
            findings.push(finding.about(item).at(format!("{field}.subset")).seen(subset));
        });
    }

    /// Says what becomes of the clients that the routes `moved` to a front's proxies were not for.
    pub fn check(&self, moved: &Item<'_>, position: usize, front: &Interception, findings: &mut Findings) {
        let name = &front.front_name;
        let mut said: Option<&ObjectId<'_>> = None;
        for (item, field, _) in self.leading.iter().filter(|(.., leads_to)| *leads_to == position) {
            if said.replace(item.id()) == Some(item.id()) {
                continue;
            }
            let message = format!(
                "requests by this route reach the proxies of \"{name}\", and follow the routes of {} there as well",
                moved.id().to_ref()
            );
            let remedy =
                format!("check that they may; otherwise match the requests that they are for, or do not intercept \"{name}\"");
            findings.push(Finding::warning(Code::RuleForSomeClients, message, remedy).about(item).at(field).seen(name.as_str()));
        }
        for (item, wildcard) in self.wildcards.iter().filter(|(_, wildcard)| covers(wildcard, &full_name(front))) {
            let message = format!(
                "sidecars would follow \"{wildcard}\" for \"{name}\", whose own routes in {} move to its proxies",
                moved.id().to_ref()
            );
            let remedy = format!("name the hosts without \"{name}\" instead of the wildcard");
            let finding = Finding::error(Code::SeveralRules, message, remedy);
            findings.push(finding.about(item).at("spec.hosts").seen(wildcard.as_str()));
        }
    }
}
