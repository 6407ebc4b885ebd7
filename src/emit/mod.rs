//! From interceptions to objects: one file for each generated kind.
//!
//! Objects made from scratch are typed; the two Services are rewritten as values, so that fields
//! that this program does not know survive.

pub mod istio;

mod autoscaler;
mod deployment;
mod disruption_budget;
mod object;
mod service;
mod service_account;

use crate::krm::{Edits, Finding, Findings, HOST_ANNOTATION_DOMAINS, Item, NewObject};
use crate::resolve::{Front, Kind, Resolution, Target};
use serde_yaml::{Mapping, Value};
use std::mem::take;

/// Everything that becomes of the items: fronts rewritten, the rest of each interception after its
/// front, resources of ours gone.
///
/// Where the user's rule counts and not the interception's setting, `findings` says so. What `resolution`
/// has rewritten moves into the edits: a second copy of a long rule would be as long.
///
/// # Errors
/// A Service cannot be parsed; `resolve` has parsed it before, so this does not happen.
pub fn emit(
    items: &[Item<'_>],
    resolution: &mut Resolution,
    consumed: &[usize],
    findings: &mut Findings,
) -> Result<Edits, Finding> {
    let mut edits = Edits { removed: consumed.to_vec(), ..Edits::default() };
    edits.removed.extend(&resolution.removed);
    for (index, value) in take(&mut resolution.rewritten) {
        replace(&mut edits, index, items[index].value()?, value);
    }
    let Resolution { interceptions, mesh, .. } = resolution;
    for interception in interceptions {
        let anchor = interception.anchor();
        let original = items[anchor].value()?;
        if let Front::Existing(index) = interception.front {
            let front = match interception.target {
                _ if interception.intercepts() => service::front_in_place(original, interception),
                Target::Existing(target) if interception.goes_back => service::front_before(original, items[target].value()?),
                _ => original.clone(),
            };
            replace(&mut edits, index, original, front);
        }
        if let Some(index) = interception.rules.on_target {
            let rule = istio::rule_of_target(&items[index], interception, findings)?;
            replace(&mut edits, index, items[index].value()?, rule);
        }
        for index in &interception.rules.on_front {
            let original = items[*index].value()?;
            let general = istio::is_for_all_ports(items, *index, interception);
            replace(&mut edits, *index, original, istio::rule_of_clients(original, general, interception));
        }
        for generated in interception.generated() {
            let existing = interception.existing.get(&generated).copied();
            let object = match generated.kind {
                Kind::Service if generated.name == interception.front_name => {
                    service::front_from_target(original, interception).into()
                }
                Kind::Service if generated.name == interception.proxy_name => service::proxies_own(original, interception).into(),
                Kind::Service => service::target_from_front(original, interception).into(),
                Kind::ServiceAccount => NewObject::typed(&service_account::service_account(interception)),
                Kind::Deployment => NewObject::typed(&deployment::deployment(interception)),
                Kind::HorizontalPodAutoscaler => NewObject::typed(&autoscaler::autoscaler(interception)),
                Kind::PodDisruptionBudget => NewObject::typed(&disruption_budget::disruption_budget(interception)),
                Kind::Gateway => NewObject::typed(&istio::gateway(interception, mesh)),
                Kind::VirtualService => NewObject::typed(&istio::virtual_service(interception, mesh)),
                Kind::DestinationRule if generated.name == interception.proxy_name => {
                    NewObject::typed(&istio::clients_rule(interception))
                }
                Kind::DestinationRule => istio::rule_of_pods(items, interception, findings)?,
                Kind::AuthorizationPolicy | Kind::NetworkPolicy => object::companion(interception, &generated).into(),
                Kind::EnvoyFilter => NewObject::typed(&istio::envoy_filter(interception)),
            };
            match existing {
                Some(index) => {
                    let old = items[index].value()?;
                    replace(&mut edits, index, old, with_host_annotations(object.into_value(), old));
                }
                None => edits.after.entry(anchor).or_default().push(object),
            }
        }
        debug_assert!(interception.target != Target::FromFront || matches!(interception.front, Front::Existing(_)));
    }
    Ok(edits)
}

/// An item that would not change keeps its source text.
fn replace(edits: &mut Edits, index: usize, old: &Value, new: Value) {
    if *old != new {
        edits.replaced.insert(index, new);
    }
}

/// The object of an earlier run keeps the annotations in which its host keeps books.
fn with_host_annotations(mut object: Value, old: &Value) -> Value {
    let kept: Mapping = old
        .get("metadata")
        .and_then(|metadata| metadata.get("annotations")?.as_mapping())
        .into_iter()
        .flatten()
        .filter(|(key, _)| key.as_str().is_some_and(|key| HOST_ANNOTATION_DOMAINS.iter().any(|domain| key.starts_with(domain))))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if !kept.is_empty()
        && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_mapping_mut)
    {
        let annotations = metadata.entry("annotations".into()).or_insert_with(|| Mapping::new().into());
        if let Some(annotations) = annotations.as_mapping_mut() {
            annotations.extend(kept);
        }
    }
    object
}
