//! The front and its target agree about their ports.

use super::finding;
use super::view::{Port, Ports, View, ports};
use crate::findings::Code;
use crate::interception::Protocol;
use crate::krm::Findings;
use crate::rendered::{Object, Pool};

/// PS114.
pub fn check(view: &View<'_>, findings: &mut Findings) {
    for pool in &view.pools {
        let Some(front) = pool.front else { continue };
        // Routes of the user's may send a part of the requests to other Services.
        let Some(target) = own_target(pool).filter(|target| target.key != front.key) else { continue };
        let counterparts = Ports::of(target);
        for port in ports(front).filter(|port| port.tcp) {
            let counterpart = counterparts.number(port.number);
            let message = match counterpart.map(|other| (protocol(&port), protocol(other))) {
                None => format!("{} has no port {}, which clients call", target.to_ref(), port.number),
                Some((Some(one), Some(other))) if one != other => format!(
                    "port {} is {} here and {} in {}: the proxies would speak the latter to the application",
                    port.number,
                    one.as_str(),
                    other.as_str(),
                    target.to_ref()
                ),
                Some(_) => continue,
            };
            let field = format!("spec.ports[{}]", port.position);
            let remedy = "give both Services the same port, with the same name and appProtocol";
            findings.push(finding(front, false, Code::TargetPortDiffers, &field, message, remedy).seen(port.number));
        }
    }
}

/// The one target, or of several that which is called like the front.
fn own_target<'i>(pool: &Pool<'i>) -> Option<&'i Object> {
    match pool.targets[..] {
        [one] => Some(one),
        _ => pool.targets.iter().find(|target| target.key.name.starts_with(pool.front_name)).copied(),
    }
}

fn protocol(port: &Port<'_>) -> Option<Protocol> {
    Protocol::declared(port.number, port.name, port.app_protocol)
}
