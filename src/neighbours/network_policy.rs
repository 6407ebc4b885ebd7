//! NetworkPolicies: the one hop that they allow has become two.
//!
//! Whoever may reach the application's pods may reach the proxies instead, at the ports on which
//! these listen, and the proxies may reach the application. The user's policies stay as they are, but for
//! those of clients in other namespaces.

use super::application::{App, Selects};
use super::generated_policy::Carried;
use super::network_client;
use super::network_object::{Policy, unresolved, written};
use super::network_rule::{Ports, at_proxies, is_mistaken, namespace_named, ports};
use super::policies::{Policies, Selectors};
use crate::api::TlsMode;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::krm::{Finding, Findings};
use crate::objects::index::namespace_key;
use crate::objects::selector::Labels;
use crate::objects::value::{entry, mapping, sequence};
use serde_yaml::{Mapping, Value};
use std::collections::HashMap;

/// Where the proxies fetch configuration and certificates.
const ISTIOD_PORT: u16 = 15012;

/// The NetworkPolicies of the user's, read once for all interceptions.
pub struct NetworkPolicies<'i, 'a> {
    /// In the order of their names.
    all: Vec<Policy<'i, 'a>>,
    /// Their positions, by that of the item.
    by_item: HashMap<usize, usize>,
    /// Positions of the policies with `Egress`, by the selector of each peer in their egress rules.
    restrictions: Selectors,
}

impl<'i, 'a> NetworkPolicies<'i, 'a> {
    /// Reads them.
    pub fn of(sources: &Policies<'i, 'a>) -> Self {
        let all: Vec<_> = sources.of_kind("networking.k8s.io", "NetworkPolicy").filter_map(Policy::of).collect();
        let by_item = all.iter().enumerate().map(|(position, policy)| (policy.index, position)).collect();
        let mut restrictions = Selectors::default();
        for (position, policy) in all.iter().enumerate().filter(|(_, policy): &(usize, &Policy<'_, '_>)| policy.of_egress) {
            for (peers, _) in &policy.egress {
                if peers.is_empty() {
                    restrictions.add(position, None);
                }
                peers.iter().for_each(|peer| restrictions.add(position, peer.pods()));
            }
        }
        NetworkPolicies { all, by_item, restrictions }
    }

    fn of_item(&self, item: usize) -> Option<&Policy<'i, 'a>> {
        Some(&self.all[*self.by_item.get(&item)?])
    }

    /// Those that restrict what their pods may reach, and let them reach an application's: what clients are allowed is
    /// theirs to say, in every namespace.
    fn restrictions(&self, pods: [&Labels; 2]) -> impl Iterator<Item = &Policy<'i, 'a>> {
        let mut found = Vec::new();
        self.restrictions.matching(pods, &mut found);
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|position| &self.all[position])
    }
}

/// Carries the NetworkPolicies of the application, its clients and its namespace over.
pub fn resolve(
    interception: &Interception,
    app: &App,
    sources: &Policies<'_, '_>,
    of_network: &NetworkPolicies<'_, '_>,
    carried: &mut Carried<'_>,
    findings: &mut Findings,
) {
    let proxies = pod_labels(interception);
    let here = [namespace_key(interception.namespace.as_deref())];
    let found = sources.selecting("networking.k8s.io", "NetworkPolicy", &here, [&app.selector, &proxies]);
    let policies: Vec<&Policy<'_, '_>> = found.filter_map(|(item, _)| of_network.of_item(item)).collect();
    let ingress = ingress(interception, app, &policies, &proxies, findings);
    let egress = egress(interception, app, &policies, (&proxies, sources.mesh.istiod_namespace()), findings);
    let mut companions = Vec::new();
    if ingress.is_some() || egress.is_some() {
        let selected = mapping(&interception.selector());
        companions.push(written(interception, &interception.proxy_name, entry("matchLabels", selected), ingress, egress));
    }
    let isolated = |policy: &&Policy<'_, '_>| policy.of_ingress && app.selected_by(&policy.selector) == Selects::All;
    if policies.iter().any(isolated) {
        let mut rule = Mapping::new();
        let peer = entry("podSelector", entry("matchLabels", mapping(&interception.selector())));
        rule.insert("from".into(), vec![peer].into());
        rule.insert("ports".into(), ports(app.ports.iter().map(|port| port.target.clone())));
        let selected = entry("matchLabels", mapping(&app.selector));
        companions.push(written(interception, &interception.target_name, selected, Some(vec![rule.into()]), None));
    }
    for policy in of_network.restrictions([&app.selector, &proxies]) {
        let missing = network_client::missing(interception, app, policy, &proxies, findings);
        companions.extend(network_client::let_out(interception, policy, &missing, carried, findings));
    }
    carried.generated.extend(companions);
}

/// The labels of the proxies' pods, as far as a policy may ask for them.
fn pod_labels(interception: &Interception) -> Labels {
    let mut labels = interception.pod_labels();
    let injected =
        [("sidecar.istio.io/inject", "true"), ("istio.io/dataplane-mode", "none"), ("security.istio.io/tlsMode", "istio")];
    let injected = injected.into_iter().take(if interception.tls == TlsMode::Disable { 2 } else { 3 });
    labels.extend(injected.map(|(key, value)| (key.to_string(), value.to_string())));
    labels
}

/// Who may reach the proxies: whoever might reach the application. `None`: nobody restricts it.
fn ingress(
    interception: &Interception,
    app: &App,
    policies: &[&Policy<'_, '_>],
    proxies: &Labels,
    findings: &mut Findings,
) -> Option<Vec<Value>> {
    let listen = || ports(app.ports.iter().map(|port| port.listen.into()));
    let (mut isolated, mut closed, mut needed, mut rules) = (false, false, false, Vec::new());
    for policy in policies.iter().filter(|policy| policy.of_ingress) {
        let applies = policy.selector.matches(proxies);
        closed |= applies;
        match app.selected_by(&policy.selector) {
            Selects::None => continue,
            Selects::All => {}
            partial => {
                findings.push(part(policy, partial, interception, app));
                continue;
            }
        }
        isolated = true;
        needed |= !applies;
        if applies && policy.ingress_of_all_ports {
            continue;
        }
        for (position, rule) in sequence(policy.value, &["spec", "ingress"]).iter().enumerate() {
            let place = || format!("spec.ingress[{position}].ports");
            if applies && is_mistaken(rule, app) {
                let message = format!(
                    "a port stands here that is another one at {}, which the policy selects too",
                    interception.proxy_name
                );
                let remedy = "give the policy the selector of the application's pods";
                findings.push(Finding::error(Code::NetworkPolicyNotAdapted, message, remedy).about(policy.item).at(place()));
                continue;
            }
            let mut copy = Mapping::new();
            match at_proxies(rule, app) {
                Ports::All if applies => continue,
                Ports::All => {}
                Ports::These(listen) if listen.is_empty() => continue,
                Ports::These(listen) => drop(copy.insert("ports".into(), ports(listen.into_iter().map(Value::from)))),
                Ports::Unknown(port) => {
                    findings.push(unresolved(policy, place(), &port));
                    continue;
                }
            }
            needed = true;
            let mut whole = rule.as_mapping().cloned().unwrap_or_default();
            whole.extend(copy);
            rules.push(whole.into());
        }
    }
    if !isolated && closed {
        // The policy means everything but the application.
        return Some(vec![entry("ports", listen())]);
    }
    needed.then_some(rules)
}

fn part(policy: &Policy<'_, '_>, partial: Selects, interception: &Interception, app: &App) -> Finding {
    let front = &interception.front_name;
    let finding = if partial == Selects::Some {
        let message = format!("selects some of the pods behind {front}, whose proxies send requests to all of them");
        Finding::error(
            Code::SelectsSomePods,
            message,
            "select all of these pods, or give the selected ones a Service of their own",
        )
    } else {
        let (why, remedy) = app.untold();
        let message = format!("may select pods behind {front}, and would keep its proxies from them: {why}");
        Finding::warning(Code::MaySelectPods, message, remedy)
    };
    finding.about(policy.item).at("spec.podSelector")
}

/// What the proxies must reach where their namespace restricts it.
fn egress(
    interception: &Interception,
    app: &App,
    policies: &[&Policy<'_, '_>],
    (proxies, istiod): (&Labels, &str),
    findings: &mut Findings,
) -> Option<Vec<Value>> {
    let restricts = |policy: &&&Policy<'_, '_>| policy.of_egress && policy.selector.matches(proxies);
    let policy = policies.iter().find(restricts)?;
    let message = format!(
        "restricts what {} may reach: it gets the application, istiod ({istiod}, port {ISTIOD_PORT}) and DNS (kube-system)",
        interception.proxy_name
    );
    let remedy = "where istiod, DNS, tracing or log collectors are elsewhere, add a NetworkPolicy for the proxies (label msvcbench.io/front)";
    findings.push(Finding::warning(Code::EgressAssumed, message, remedy).about(policy.item).at("spec.podSelector"));
    let rule = |peer: Value, ports: Value| {
        Value::from(Mapping::from_iter([(Value::from("to"), vec![peer].into()), (Value::from("ports"), ports)]))
    };
    let target = entry("podSelector", entry("matchLabels", mapping(&app.selector)));
    let dns = ["UDP", "TCP"].map(|protocol| {
        Value::from(Mapping::from_iter([(Value::from("protocol"), Value::from(protocol)), (Value::from("port"), 53.into())]))
    });
    Some(vec![
        rule(target, ports(app.ports.iter().map(|port| port.target.clone()))),
        rule(entry("namespaceSelector", namespace_named(istiod)), ports([ISTIOD_PORT.into()])),
        rule(entry("namespaceSelector", namespace_named("kube-system")), dns.to_vec().into()),
    ])
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Network,
        "ingress of the policies that select the application",
        "NetworkPolicy `<proxies>` has their rules, with the listening ports",
        &[],
    )
    .because("who may reach the application may reach the proxies", "k8s networking/v1")
    .of(&[("networking.k8s.io", "NetworkPolicy")]),
    fact(
        Table::Network,
        "any of them that isolates the application",
        "NetworkPolicy `<target>` lets the proxies in at the application's ports",
        &[],
    )
    .because("policies add up, and none takes away", "the same")
    .of(&[("networking.k8s.io", "NetworkPolicy")]),
    fact(
        Table::Network,
        "egress of a policy that selects the proxies",
        "NetworkPolicy `<proxies>` lets them out to the application, istiod (its namespace is istio-system by default, port 15012) and DNS \
         (kube-system); warning {}",
        &[Code::EgressAssumed],
    )
    .because("where istiod and DNS are is not known", "istio-agent, `discoveryAddress`")
    .of(&[("networking.k8s.io", "NetworkPolicy")]),
    fact(
        Table::Network,
        "a port that the input does not resolve, or that is another one at the proxies",
        "error {}",
        &[Code::NetworkPolicyNotAdapted],
    )
    .because("the rule would mean something else", "–")
    .of(&[("networking.k8s.io", "NetworkPolicy")]),
    fact(Table::Network, "a policy that selects only some of the pods", "error {}", &[Code::SelectsSomePods])
        .because("the proxies send requests to all of them", "–")
        .of(&[("networking.k8s.io", "NetworkPolicy")]),
    fact(
        Table::Network,
        "a policy of which the input does not tell whether it selects the pods, or means them",
        "warning {}",
        &[Code::MaySelectPods],
    )
    .because("there is no workload in the input, or pods get the label only when they run", "–")
    .of(&[("networking.k8s.io", "NetworkPolicy")]),
];
