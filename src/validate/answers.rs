//! The routes of the proxies are for whatever host clients send.

use super::finding;
use super::view::View;
use crate::findings::Code;
use crate::krm::{Findings, few_by};
use crate::rendered::Object;
use serde_yaml::Value;

/// PS105. On the proxies' Gateway istiod makes of the host `cart` one virtual host of the full name
/// alone, and clients send `Host: cart`.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for pool in &view.pools {
        let for_http = |routes: &&&Object| routes.list(&["spec", "http"]).next().is_some();
        let for_all = |routes: &&Object| routes.list(&["spec", "hosts"]).any(|host| host.as_str() == Some("*"));
        let Some(first) = pool.routes.iter().find(for_http) else { continue };
        if pool.routes.iter().filter(for_http).any(for_all) {
            continue;
        }
        let hosts: Vec<_> = first.list(&["spec", "hosts"]).filter_map(Value::as_str).collect();
        let (hosts, front) = (few_by(",", hosts), pool.front_name);
        let message =
            format!("for \"{hosts}\" istiod matches the full name alone; clients send `Host: {front}`, and would get 404");
        let remedy = "write `hosts: [\"*\"]`: the Gateway is the Service's own";
        findings.push(finding(first, true, Code::RoutesForOtherHosts, "spec.hosts", message, remedy).seen(hosts));
    }
}
