//! Finds the chains in manifests.

use super::callers::callers;
use super::chain::{Chain, Column, NodeKey};
use super::pods::{Workload, add_pods, workloads};
use super::routes::{Way, listening, ways};
use super::size::{scaling, size};
use crate::interception::Protocol;
use crate::rendered::{Inventory, Object, Pool};
use serde_yaml::Value;

/// The chain of every Service, in the order of the manifests; those that only proxies call (the
/// targets) are in the chains of their fronts.
#[must_use]
pub fn chains(inventory: &Inventory) -> Vec<Chain> {
    let pools = inventory.pools();
    let workloads = workloads(inventory);
    let callers = callers(inventory);
    let is_target = |service: &Object| {
        pools.iter().any(|pool| pool.targets.iter().any(|target| target.key == service.key))
            && !pools.iter().any(|pool| pool.front.is_some_and(|front| front.key == service.key))
            && !callers.iter().any(|caller| caller.service == service.key)
    };
    let services = inventory.of_kind("", "Service").filter(|service| !is_target(service));
    let mut chains: Vec<Chain> = Vec::new();
    for service in services {
        // Repeated objects are drawn once.
        if chains.iter().any(|chain| chain.name == service.key.name && chain.namespace == service.key.namespace) {
            continue;
        }
        let pool = pools.iter().find(|pool| pool.front.is_some_and(|front| front.key == service.key));
        let mut chain = Chain::new(&service.key.namespace, &service.key.name);
        let front = front(&mut chain, service, pool);
        let clients = chain.node(Column::Clients, "", "", "clients", Vec::new());
        chain.edge(&clients, &front, ports(service));
        for caller in callers.iter().filter(|caller| caller.service == service.key) {
            let client = chain.node(Column::Clients, &caller.kind, &caller.namespace, &caller.name, vec![caller.kind.clone()]);
            chain.edge(&client, &front, Vec::new());
        }
        if let Some(pool) = pool {
            chain.proxied = true;
            proxies(&mut chain, &front, pool, inventory, &workloads);
        }
        if !pool.is_some_and(Pool::intercepts) {
            add_pods(&mut chain, &front, service, None, &workloads, inventory);
        }
        chains.push(chain);
    }
    chains
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

fn proxies(chain: &mut Chain, front: &NodeKey, pool: &Pool<'_>, inventory: &Inventory, workloads: &[Workload<'_>]) {
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
        add_pods(chain, &target, service, Some(&subsets), workloads, inventory);
    }
}
