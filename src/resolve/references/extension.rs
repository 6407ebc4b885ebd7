//! What no rule can translate: extensions of Envoy, and network policies of other projects.
//!
//! Sidecar resources are none of these: istiod gives gateways a default scope of their own
//! (`doGetSidecarScope`, Router), and for clients the front keeps its name and namespace.

use super::companion::{at, sequence};
use super::policies::{OTHER_NETWORKS, Policies};
use super::workloads::App;
use crate::krm::{Code, Finding, Findings};
use crate::resolve::Interception;
use crate::resolve::index::namespace_key;
use crate::resolve::names::is_generated;
use serde_yaml::Value;

/// Warns of extensions that would notice the proxies.
pub fn resolve(interception: &Interception, app: &App, sources: &Policies<'_, '_>, findings: &mut Findings) {
    let namespace = namespace_key(interception.namespace.as_deref());
    let proxies = &interception.proxy_name;
    for (_, item) in sources.extensions() {
        let id = item.id();
        let here = namespace_key(id.namespace.as_deref()) == namespace;
        let text = item.fragment().text();
        if id.is("networking.istio.io", "EnvoyFilter") {
            let Ok(value) = item.value() else { continue };
            if is_generated(item) {
                continue;
            }
            let host = format!("{}.{namespace}", interception.front_name);
            if names(text, &host) {
                let message = format!("\"{host}\" leads to {proxies} now, and only from there to the application");
                let remedy =
                    format!("check the filter: what is for the application belongs to {}.{namespace}", interception.target_name);
                findings.push(
                    Finding::warning(Code::ExtensionMoves, message, remedy).about(item).at("spec.configPatches").seen(host),
                );
            }
            let gateway = |patch: &Value| {
                matches!(at(patch, &["match", "context"]).and_then(Value::as_str), None | Some("ANY" | "GATEWAY"))
            };
            if here
                && at(value, &["spec", "workloadSelector"]).is_none()
                && at(value, &["spec", "targetRefs"]).is_none()
                && sequence(value, &["spec", "configPatches"]).iter().any(gateway)
            {
                findings.push(runs_twice(proxies, "spec.workloadSelector").about(item));
            }
        } else if id.is("extensions.istio.io", "WasmPlugin") && here {
            let Ok(value) = item.value() else { continue };
            if ["selector", "targetRef", "targetRefs"].iter().all(|field| at(value, &["spec", field]).is_none()) {
                findings.push(runs_twice(proxies, "spec.selector").about(item));
            }
        } else if OTHER_NETWORKS.contains(&id.group()) && id.kind.ends_with("NetworkPolicy") {
            let mentioned = app.selector.values().any(|value| names(text, value));
            if mentioned || here || id.namespace.is_none() {
                let message = format!("this kind is not adapted: clients must reach {proxies}, and {proxies} the application");
                let listen: Vec<u16> = app.ports.iter().map(|port| port.listen).collect();
                let remedy = format!(
                    "where it restricts them, allow the label msvcbench.io/front: {}, ports {listen:?}",
                    interception.front_name
                );
                findings.push(Finding::warning(Code::NetworkPolicyNotAdapted, message, remedy).about(item).at("spec"));
            }
        }
    }
}

fn runs_twice(proxies: &str, field: &str) -> Finding {
    let message = format!("without a selector it runs at {proxies} too, once more for each request");
    Finding::warning(Code::ExtensionMoves, message, "give it the selector of the application's pods, unless it is meant for both")
        .at(field)
}

/// Whether a word stands in a text as a whole: not as part of a longer name.
fn names(text: &str, word: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '-');
    text.match_indices(word)
        .any(|(start, _)| !part(text[..start].chars().next_back()) && !part(text[start + word.len()..].chars().next()))
}
