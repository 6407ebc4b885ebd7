//! Gateways of Istio's that are for every gateway of the mesh, the proxies among them.

use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::krm::{Finding, Findings, Item};
use crate::objects::Index;
use crate::objects::value::{at, sequence};
use serde_yaml::Value;
use std::collections::HashMap;

/// Refuses a Gateway without a selector, of any namespace, whose servers share a port with a front;
/// warns of the others.
///
/// istiod gives it to every gateway (`mergeGateways`: a Gateway without selector matches all), and of
/// two servers for one port the older Gateway decides whether it is plaintext.
pub fn check(interceptions: &[Interception], index: &Index<'_, '_>, findings: &mut Findings) {
    let mut fronts: HashMap<u64, &Interception> = HashMap::new();
    for front in interceptions {
        for port in &front.ports {
            fronts.entry(port.number.into()).or_insert(front);
            fronts.entry(port.listen.into()).or_insert(front);
        }
    }
    let Some(first) = interceptions.first() else { return };
    for (_, item) in index.of_kind("networking.istio.io", "Gateway") {
        let Ok(value) = item.value() else { continue };
        if at(value, &["spec", "selector"]).and_then(Value::as_mapping).is_some_and(|selector| !selector.is_empty()) {
            continue;
        }
        let servers = sequence(value, &["spec", "servers"]).iter().enumerate();
        let numbers = servers.filter_map(|(server, value)| Some((server, at(value, &["port", "number"])?.as_u64()?)));
        let shared = numbers.filter_map(|(server, number)| Some((server, number, *fronts.get(&number)?))).next();
        findings.push(finding(item, shared, first));
    }
}

fn finding(item: &Item<'_>, shared: Option<(usize, u64, &Interception)>, first: &Interception) -> Finding {
    let remedy = "give it the labels of the gateway's pods, for example `selector: {istio: ingressgateway}`";
    let every = "without a selector the Gateway is for every gateway of the mesh";
    match shared {
        Some((server, number, front)) => {
            let proxies = &front.proxy_name;
            let message =
                format!("{every}, and its server for port {number} is one with that of {proxies}, with its hosts and its TLS");
            Finding::error(Code::GatewayOfAllPods, message, remedy)
                .about(item)
                .at(format!("spec.servers[{server}].port.number"))
                .seen(number.to_string())
        }
        None => {
            let message = format!("{every}, and has {} listen on its ports too", first.proxy_name);
            Finding::warning(Code::GatewayOfAllPods, message, remedy).about(item).at("spec.selector")
        }
    }
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Rules,
    "Gateway without `selector`",
    "error {} if it has a server for a port of the front, else a warning",
    &[Code::GatewayOfAllPods],
)
.because("it is for every gateway, the proxies among them", "istiod `mergeGateways`")
.of(&[("networking.istio.io", "Gateway")])];
