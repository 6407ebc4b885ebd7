//! How the proxies of a Service change.

use super::effect::{Effect, Pair};
use super::pool_words::{balancer, crowd, destination, ports, size, targets};
use super::safe::name;
use super::{Change, Path};
use crate::rendered::{Inventory, Key, Object, Pool};
use serde_yaml::Value;
use std::collections::HashMap;

/// What is said of a pool that is there before and after; `None` where nothing of it changes.
pub fn changes(
    pair: &Pair<'_>,
    old: &Pool<'_>,
    new: &Pool<'_>,
    changed: &HashMap<&Key, &[Change]>,
) -> Option<(Effect, Vec<String>)> {
    let crowd = crowd(new);
    let (effect, mut sentences) = match (old.intercepts(), new.intercepts()) {
        (false, true) => {
            (Effect::Intercepted, vec![format!("traffic now goes through {crowd} (was: past them, they were prepared)")])
        }
        (true, false) => {
            let effect = if new.front.is_some() { Effect::Released } else { Effect::Broken };
            (effect, vec![released(new)])
        }
        (_, intercepts) => (if intercepts { Effect::Changed } else { Effect::Prepared }, Vec::new()),
    };
    if sentences.is_empty() {
        if let (Some(before), Some(after)) = (old.front, new.front) {
            compared(&mut sentences, "ports of the Service: ", (ports(before), ports(after)));
        }
    } else {
        sentences.extend(rules_that_moved(pair, effect == Effect::Intercepted));
        sentences.extend(what_stays(old.front, new.front));
    }
    compared(&mut sentences, "", (size(old), size(new)));
    compared(&mut sentences, "", (balancer(old), balancer(new)));
    compared(&mut sentences, "the proxies send to ", (targets(old), targets(new)));
    sentences.extend(touched(old, new, changed));
    if sentences.is_empty() { None } else { Some((effect, sentences)) }
}

fn released(new: &Pool<'_>) -> String {
    match new.front {
        Some(front) => format!("traffic goes {} again; the proxies stay", destination(front)),
        None => "the Service goes; its proxies stay".into(),
    }
}

fn compared(sentences: &mut Vec<String>, what: &str, (before, after): (String, String)) {
    if before != after {
        sentences.push(format!("{what}{after} (was: {before})"));
    }
}

/// What else of the pool has other fields now.
fn touched(old: &Pool<'_>, new: &Pool<'_>, changed: &HashMap<&Key, &[Change]>) -> Vec<String> {
    let is_kept = |known: &[&Object], object: &Object| known.iter().any(|known| known.key == object.key);
    let mut said = Vec::new();
    let pods = changed.get(&new.deployment.key).is_some_and(|changes| any_at(changes, &["spec", "template"]));
    if pods {
        said.push("the proxies are rolled out anew".into());
    }
    for routes in new.routes.iter().filter(|routes| is_kept(&old.routes, routes) && changed.contains_key(&routes.key)) {
        said.push(format!("the routes of VirtualService `{}` at the proxies change", name(&routes.key.name)));
    }
    let policies = |changes: &&[Change]| changes.iter().any(|change| !is_balancer(&change.path));
    for rule in new.rules.iter().filter(|rule| is_kept(&old.rules, rule)) {
        if changed.get(&rule.key).is_some_and(policies) {
            said.push(format!("the policies of DestinationRule `{}` change", name(&rule.key.name)));
        }
    }
    said
}

fn any_at(changes: &[Change], fields: &[&str]) -> bool {
    changes.iter().any(|change| change.path.starts_with(fields))
}

fn is_balancer(path: &Path) -> bool {
    path.starts_with(&["spec", "trafficPolicy", "loadBalancer"]) || path.starts_with(&["metadata"])
}

/// The user's own rules that decide at another place now: at the proxies, or at the clients again.
pub fn rules_that_moved(pair: &Pair<'_>, to_proxies: bool) -> Vec<String> {
    let (from, to, other) = match to_proxies {
        true => (&pair.before, &pair.after, pair.before_all),
        false => (&pair.after, &pair.before, pair.after_all),
    };
    let Some(pool) = to else { return Vec::new() };
    let knows = |list: &[&Object], object: &Object| list.iter().any(|known| known.key == object.key);
    let (routes_before, rules_before) = from.as_ref().map_or((&[][..], &[][..]), |pool| (&pool.routes[..], &pool.rules[..]));
    let moved = |object: &&&Object, known: &[&Object]| exists(other, object) && !knows(known, object);
    let routes = pool.routes.iter().filter(|routes| moved(routes, routes_before)).map(|routes| {
        let place = if to_proxies { "now apply at the proxies" } else { "apply at the clients again" };
        format!("the routes of VirtualService `{}` {place}", name(&routes.key.name))
    });
    let rules = pool.rules.iter().filter(|rule| moved(rule, rules_before)).map(|rule| {
        let place =
            if to_proxies { "now apply from the proxies to the pods" } else { "apply from the clients to the pods again" };
        format!("the policies of DestinationRule `{}` {place}", name(&rule.key.name))
    });
    routes.chain(rules).collect()
}

fn exists(inventory: &Inventory, object: &Object) -> bool {
    inventory.get(&object.key).is_some()
}

/// What clients see of the Service: that it stays, or how its ports change.
pub fn what_stays(before: Option<&Object>, after: Option<&Object>) -> Vec<String> {
    let (Some(before), Some(after)) = (before, after) else { return Vec::new() };
    if ADDRESS.iter().any(|field| before.at(&["spec", field]) != after.at(&["spec", field])) {
        return vec!["the address of the Service changes".into()];
    }
    if as_seen(before) == as_seen(after) {
        return vec!["its name, address and ports stay".into()];
    }
    vec![format!("its name and address stay; its ports: {} (were: {})", ports(after), ports(before))]
}

/// The fields of a Service that decide where clients find it.
const ADDRESS: [&str; 8] =
    ["type", "clusterIP", "clusterIPs", "externalName", "externalIPs", "loadBalancerIP", "loadBalancerClass", "ipFamilies"];

/// The ports without what only the Service itself uses: where it sends the requests.
fn as_seen(service: &Object) -> Vec<Vec<Option<&Value>>> {
    let fields = ["port", "name", "nodePort", "appProtocol"];
    service.list(&["spec", "ports"]).map(|port| fields.iter().map(|field| port.get(field)).collect()).collect()
}
