//! Finds the chains in manifests.

use super::callers::{Caller, callers};
use super::chain::{Chain, Column, MOST_DRAWN, NodeKey};
use super::pods::{Workloads, add_pods};
use super::routes::{Way, listening, ways};
use super::size::{scaling, size};
use crate::interception::Protocol;
use crate::rendered::{Inventory, Key, Object, Pool};
use serde_yaml::Value;
use std::collections::{HashMap, HashSet};

/// The chain of every Service, in the order of the manifests; those that only proxies call (the
/// targets) are in the chains of their fronts.
#[must_use]
pub fn chains(inventory: &Inventory) -> Vec<Chain> {
    let pools = inventory.pools();
    let workloads = Workloads::of(inventory);
    let all_callers = callers(inventory);
    let mut callers: HashMap<&Key, Vec<&Caller>> = HashMap::new();
    all_callers.iter().for_each(|caller| callers.entry(&caller.service).or_default().push(caller));
    let mut of_front: HashMap<&Key, &Pool<'_>> = HashMap::new();
    for pool in &pools {
        pool.front.into_iter().for_each(|front| _ = of_front.entry(&front.key).or_insert(pool));
    }
    let targets: HashSet<&Key> = pools.iter().flat_map(|pool| &pool.targets).map(|target| &target.key).collect();
    let is_target = |key: &Key| targets.contains(key) && !of_front.contains_key(key) && !callers.contains_key(key);
    let services = inventory.of_kind("", "Service").filter(|service| !is_target(&service.key));
    let mut chains: Vec<Chain> = Vec::new();
    let mut drawn: HashSet<&Key> = HashSet::new();
    for service in services {
        // Repeated objects are drawn once.
        if !drawn.insert(&service.key) {
            continue;
        }
        let pool = of_front.get(&service.key).copied();
        let mut chain = Chain::new(&service.key.namespace, &service.key.name);
        let front = front(&mut chain, service, pool);
        let clients = chain.node(Column::Clients, "", "", "clients", Vec::new());
        chain.edge(&clients, &front, ports(service));
        add_callers(&mut chain, &front, callers.get(&service.key).map_or(&[], Vec::as_slice));
        if let Some(pool) = pool {
            chain.proxied = true;
            proxies(&mut chain, &front, pool, inventory, &workloads);
        }
        if !pool.is_some_and(Pool::intercepts) {
            add_pods(&mut chain, &front, service, None, &workloads);
        }
        chains.push(chain);
    }
    chains
}

/// Adds the first of those that call a front, and says how many more there are.
fn add_callers(chain: &mut Chain, front: &NodeKey, callers: &[&Caller]) {
    for caller in callers.iter().take(MOST_DRAWN) {
        let client = chain.node(Column::Clients, &caller.kind, &caller.namespace, &caller.name, vec![caller.kind.clone()]);
        chain.edge(&client, front, Vec::new());
    }
    if let more @ 1.. = callers.len().saturating_sub(MOST_DRAWN) {
        let others = chain.node(Column::Clients, "", "", &format!("and {more} more"), vec!["routes".to_string()]);
        chain.edge(&others, front, Vec::new());
    }
}

fn front(chain: &mut Chain, service: &Object, pool: Option<&Pool<'_>>) -> NodeKey {
    let kind = service.text(&["spec", "type"]).filter(|kind| *kind != "ClusterIP");
    let kind = kind.map_or_else(|| "Service".to_string(), |kind| format!("Service, {kind}"));
    let selects = match pool {
        Some(pool) if pool.intercepts() => "selects the proxies",
        _ if service.at(&["spec", "selector"]).is_some() => "selects its pods",
        _ => "selects nothing",
    };
    let key = &service.key;
    chain.node(Column::Front, "Service", &key.namespace, &key.name, vec![kind, selects.to_string()])
}

/// `80 HTTP`, a line for each port.
fn ports(service: &Object) -> Vec<String> {
    service.list(&["spec", "ports"]).filter_map(port).collect()
}

fn port(port: &Value) -> Option<String> {
    let number = port.get("port")?.as_u64()?;
    let text = |key: &str| port.get(key).and_then(Value::as_str);
    let short = u16::try_from(number).ok()?;
    let transport = text("protocol").filter(|transport| *transport != "TCP");
    let protocol = Protocol::declared(short, text("name"), text("appProtocol")).map(Protocol::as_str);
    let protocol = transport.or(protocol).map_or_else(String::new, |protocol| format!(" {protocol}"));
    Some(format!("{number}{protocol}"))
}

fn proxies(chain: &mut Chain, front: &NodeKey, pool: &Pool<'_>, inventory: &Inventory, workloads: &Workloads<'_>) {
    let deployment = pool.deployment;
    let says = vec![size(deployment, pool.autoscaler, "proxies"), scaling(pool.autoscaler)];
    let proxies = chain.node(Column::Proxies, "Deployment", &deployment.key.namespace, &deployment.key.name, says);
    if pool.intercepts() {
        chain.edge(front, &proxies, listening(pool));
    }
    for Way { service, says, subsets } in ways(pool, inventory) {
        let (namespace, name) = (&service.key.namespace, &service.key.name);
        let target = chain.node(Column::Target, "Service", namespace, name, vec!["Service".to_string()]);
        chain.edge(&proxies, &target, says);
        add_pods(chain, &target, service, Some(&subsets), workloads);
    }
}
