//! The user's routes at the proxies: what the interception says of every route holds for them too,
//! where they say nothing else.

use super::virtual_service;
use crate::emit::object::untyped;
use crate::resolve::Interception;
use serde::Serialize;
use serde_yaml::{Mapping, Value};

/// What distinguishes one generated route from the other; the rest is the same for all.
const OF_ONE_ROUTE: [&str; 4] = ["name", "match", "rewrite", "route"];

/// Completes the routes of a VirtualService that has moved to the interception's proxies.
pub fn complete_routes(moved: &mut Value, interception: &Interception) {
    let mut open = interception.clone();
    open.routed_by_user.clear();
    let generated = untyped(&virtual_service(&open));
    let route = generated.get("spec").and_then(|spec| spec.get("http")?.get(0)?.as_mapping());
    let common = |key: &Value| key.as_str().is_some_and(|key| !OF_ONE_ROUTE.contains(&key));
    let policy: Mapping =
        route.into_iter().flatten().filter(|(key, _)| common(key)).map(|(key, value)| (key.clone(), value.clone())).collect();
    complete(moved, &policy);
}

/// The copy of the user's routes, as they will be when they have moved.
pub fn copied_routes(interception: &Interception) -> Value {
    let mut object = untyped(&virtual_service(interception));
    object["metadata"]["name"] = interception.copy_name().into();
    object["spec"] = interception.copied_routes.clone().unwrap_or_default();
    complete_routes(&mut object, interception);
    object
}

/// Generated routes, for the namespaces for which the user's are.
pub fn for_the_same_clients(routes: &impl Serialize, interception: &Interception) -> Value {
    let mut object = untyped(routes);
    if let Some(namespaces) = interception.copied_routes.as_ref().and_then(|copied| copied.get("exportTo")) {
        object["spec"]["exportTo"] = namespaces.clone();
    }
    object
}

/// A route that sends no request on (a redirect, a direct response) needs no policy for that.
fn complete(moved: &mut Value, policy: &Mapping) {
    let routes = moved.get_mut("spec").and_then(|spec| spec.get_mut("http")?.as_sequence_mut());
    for route in routes.into_iter().flatten().filter_map(Value::as_mapping_mut) {
        if route.contains_key("route") {
            for (key, value) in policy {
                route.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_of_the_user_s_keeps_what_it_says() {
        let mut moved: Value =
            serde_yaml::from_str("spec: {http: [{route: [], timeout: 1s}, {route: []}, {redirect: {uri: /}}]}").unwrap();
        complete(&mut moved, &serde_yaml::from_str("{timeout: 5s}").unwrap());
        let expected = "spec: {http: [{route: [], timeout: 1s}, {route: [], timeout: 5s}, {redirect: {uri: /}}]}";
        assert_eq!(moved, serde_yaml::from_str::<Value>(expected).unwrap());
    }
}
