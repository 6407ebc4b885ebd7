//! The application's pods: those behind the target of an interception.

use crate::interception::Interception;
use crate::objects::Index;
use crate::objects::index::namespace_key;
use crate::objects::namespaces::labels_of;
use crate::objects::selector::{Labels, Match, Selector, labels};
use crate::objects::value::{at, sequence};
use crate::objects::workloads::{Pod, Workloads};
use serde_yaml::Value;
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};

/// The pods behind a target, as far as the input tells.
#[derive(Debug)]
pub struct App {
    /// The target's selector.
    pub selector: Labels,
    /// The labels that their namespace has at least.
    pub namespace: Labels,
    /// The labels of every workload of the input whose pods the target selects.
    workloads: Vec<Labels>,
    /// The Service's ports.
    pub ports: Vec<AppPort>,
    /// Ports that the workloads' containers name.
    pub named: HashMap<String, BTreeSet<u16>>,
    /// Where the proxies listen for each port of the pods.
    listens: HashMap<u16, Vec<u16>>,
    /// How many ports policies at the proxies may still name.
    room: Cell<Option<usize>>,
}

/// How many ports the policies at the proxies may name. A rule for all ports of a Service is short, and
/// each of its copies is as long as the Service has ports.
pub const MOST_LISTED: usize = 50_000;

/// One port of the Service, at the pods.
#[derive(Debug, Clone, PartialEq)]
pub struct AppPort {
    /// `targetPort`, a number or a name, as a NetworkPolicy writes it too.
    pub target: Value,
    /// The container's port; `None` for a name that no workload of the input has, or several have
    /// for different ports.
    pub number: Option<u16>,
    /// Where the proxies listen for it.
    pub listen: u16,
}

/// Which of an application's pods a policy selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selects {
    None,
    All,
    /// Some of them, and not others.
    Some,
    /// Nobody can tell: the input has no workload for them, or pods get the label when they run.
    Unknown,
}

impl App {
    /// Reads the target's selector and finds the workloads that it selects.
    pub fn find(interception: &Interception, index: &Index<'_, '_>, workloads: &Workloads<'_, '_>) -> Self {
        let service = index.item(interception.behind()).value().ok();
        let selector = labels(service.and_then(|service| at(service, &["spec", "selector"])?.as_mapping()));
        let namespace = namespace_key(interception.namespace.as_deref());
        let pods = workloads.selected(namespace, &selector);
        let mut declared: HashMap<u64, &Value> = HashMap::new();
        for port in service.map_or(&[][..], |service| sequence(service, &["spec", "ports"])) {
            port.get("port").and_then(Value::as_u64).map(|number| declared.entry(number).or_insert(port));
        }
        let named = named_ports(&pods);
        let ports = interception.ports.iter().map(|port| {
            let declared = declared.get(&port.number.into());
            let target = declared.and_then(|declared| at(declared, &["targetPort"])).cloned();
            let target = target.unwrap_or_else(|| port.number.into());
            AppPort { number: container_port(&target, &named), target, listen: port.listen }
        });
        let ports: Vec<AppPort> = ports.collect();
        let mut listens: HashMap<u16, Vec<u16>> = HashMap::new();
        for (number, listen) in ports.iter().filter_map(|port| Some((port.number?, port.listen))) {
            listens.entry(number).or_default().push(listen);
        }
        App {
            selector,
            namespace: labels_of(namespace, index),
            named,
            workloads: pods.iter().map(|pod| pod.labels.clone()).collect(),
            ports,
            listens,
            room: Cell::new(Some(MOST_LISTED)),
        }
    }

    /// Whether the policies at the proxies may name so many ports more. Once they may not, they never may:
    /// what is made of them then is not written.
    pub fn has_room(&self, ports: usize) -> bool {
        self.room.set(self.room.get().and_then(|room| room.checked_sub(ports)));
        self.room.get().is_some()
    }

    /// Which of the pods a selector matches.
    pub fn selected_by(&self, selector: &Selector) -> Selects {
        match selector.matches_at_least(&self.selector) {
            Match::Yes => return Selects::All,
            Match::No => return Selects::None,
            Match::Unknown => {}
        }
        let answers: Vec<Match> = self.workloads.iter().map(|template| selector.matches_template(template)).collect();
        let all = |one: Match| answers.iter().all(|answer| *answer == one);
        match answers.contains(&Match::Yes) {
            _ if answers.is_empty() => Selects::Unknown,
            true if all(Match::Yes) => Selects::All,
            true => Selects::Some,
            false if all(Match::No) => Selects::None,
            false => Selects::Unknown,
        }
    }

    /// Why nobody can tell whether a selector matches, and what helps.
    pub fn untold(&self) -> (&'static str, &'static str) {
        if self.workloads.is_empty() {
            let remedy = "add the workload to the same build, or use the labels of the Service's selector";
            return ("the input has no workload to tell", remedy);
        }
        ("pods get a label of its selector only when they run", "use the labels of the Service's selector")
    }

    /// Where the proxies listen for a port of the pods; nothing where no Service port leads there.
    pub fn listens_for(&self, number: u16) -> impl Iterator<Item = u16> + '_ {
        self.listens.get(&number).into_iter().flatten().copied()
    }
}

fn container_port(target: &Value, named: &HashMap<String, BTreeSet<u16>>) -> Option<u16> {
    let Some(name) = target.as_str() else { return target.as_u64().and_then(|number| u16::try_from(number).ok()) };
    let numbers = named.get(name)?;
    numbers.first().copied().filter(|_| numbers.len() == 1)
}

/// The ports of the containers by name.
fn named_ports(pods: &[&Pod<'_>]) -> HashMap<String, BTreeSet<u16>> {
    let containers = pods.iter().filter_map(|pod| pod.spec).flat_map(|spec| sequence(spec, &["containers"]));
    let mut named: HashMap<String, BTreeSet<u16>> = HashMap::new();
    for port in containers.flat_map(|container| sequence(container, &["ports"])) {
        let number = port.get("containerPort").and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok());
        if let (Some(name), Some(number)) = (port.get("name").and_then(Value::as_str), number) {
            named.entry(name.to_string()).or_default().insert(number);
        }
    }
    named
}
