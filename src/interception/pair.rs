//! Pairs a spec with its Service and its target.

use super::names::{derived, is_service_name};
use super::service::Service;
use super::{DataPlane, FRONT_LABEL, Interception, Pairing, Pool, Rollout, adopted, ports, proxy_resources, traffic};
use crate::api::{Autoscaling, Phase, Spec, TlsMode};
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::krm::{Finding, Findings, Item, Layers};
use crate::objects::Index;
use crate::objects::index::namespace_key;
use crate::spelling;
use std::collections::HashMap;

/// Refuses a second spec for a front, and goes on with the first.
pub fn refuse_repeated(specs: &mut Vec<Spec>, findings: &mut Findings) {
    let mut fronts: HashMap<(String, String), String> = HashMap::new();
    specs.retain(|spec| {
        let front = (namespace_key(spec.namespace.as_deref()).to_string(), spec.service_name.clone());
        let Some(other) = fronts.get(&front) else {
            fronts.insert(front, spec.source.object().to_string());
            return true;
        };
        let message = format!("Service \"{}\" is intercepted by \"{other}\" already", spec.service_name);
        let finding = Finding::error(Code::InterceptedTwice, message, "keep one of the two").seen(spec.service_name.as_str());
        findings.push(spec.source.point(finding, "serviceName"));
        false
    });
}

/// Resolves one spec.
///
/// # Errors
/// Everything that is wrong with it or with its Services.
pub fn pair(spec: &Spec, index: &Index<'_, '_>, findings: &mut Findings) -> Result<Interception, Findings> {
    let front_name = &spec.service_name;
    let target_name = spec.target.clone().unwrap_or_else(|| derived(front_name, "-ep"));
    if target_name == *front_name {
        let finding = Finding::error(
            Code::TargetIsFront,
            format!("\"{target_name}\" is the Service itself: its proxies would call themselves"),
            format!("remove `target`, or name another Service, such as {}", derived(front_name, "-ep")),
        );
        return Err(spec.source.point(finding.seen(target_name.as_str()), "target").into());
    }
    for (field, name) in [("serviceName", front_name), ("target", &target_name)] {
        if !is_service_name(name) {
            let message = format!("\"{name}\" cannot be the name of a Service");
            let remedy =
                "write the bare name: lower-case letters, digits and `-`, beginning with a letter, without the namespace";
            return Err(spec.source.point(Finding::error(Code::InvalidName, message, remedy).seen(name.as_str()), field).into());
        }
    }
    let front = one(spec, index, front_name)?;
    let target = one(spec, index, &target_name)?;
    let pairing = match (front, target) {
        (Some(front), target) => Pairing::FrontGiven { front, target },
        (None, Some(target)) => Pairing::TargetGiven { target },
        (None, None) => return Err(not_found(spec, index, &target_name).into()),
    };
    let asked_by = spec.source.object().to_string();
    let original = pairing.anchor();
    let service = Service::read(index.item(original), &asked_by)?;
    let adopted_target = match pairing {
        Pairing::FrontGiven { target: Some(target), .. } => Some(Service::read(index.item(target), &asked_by)?),
        _ => None,
    };
    let mut errors = Findings::default();
    refuse_closed_circle(&service, adopted_target.as_ref(), &mut errors);
    if let Some(target) = &adopted_target {
        adopted::warn_of_others(&service, target, findings);
    }
    let ports = ports::resolve(spec, &service, adopted_target.as_ref(), findings).unwrap_or_else(|found| {
        errors.extend(found);
        Vec::new()
    });
    let traffic = traffic::resolve(spec, &ports, &mut errors);
    let tls = tls_mode(spec, &service, pairing, &mut errors);
    let pool = pool(spec, &mut errors);
    refuse_double_budget(spec, &mut errors);
    let proxy = spec.settings.proxy.clone().unwrap_or_default();
    if let Err((finding, field)) = proxy_resources::check(&proxy) {
        errors.push(spec.source.point(finding, &field));
    }
    if errors.has_errors() {
        return Err(errors);
    }
    findings.extend(errors);
    let own_part_of = index.item(original).text_at(&["metadata", "labels", "app.kubernetes.io/part-of"]);
    Ok(Interception {
        source: spec.source.clone(),
        data_plane: DataPlane::IstioGateway,
        namespace: index.item(original).id().namespace.as_ref().map(ToString::to_string),
        front_name: front_name.clone(),
        former_names: front.map(|front| former_names(index.item(front))).unwrap_or_default(),
        pairing,
        target_name,
        proxy_name: derived(front_name, "-proxy"),
        ports,
        traffic,
        tls,
        tls_chosen: spec.settings.tls.as_ref().is_some_and(|tls| tls.mode.is_some()),
        pool,
        proxy,
        part_of: own_part_of.unwrap_or(front_name).to_string(),
        rollout: Rollout {
            phase: spec.settings.phase.unwrap_or_default(),
            reverting: spec.settings.phase == Some(Phase::Prepare) && service.selected(FRONT_LABEL).is_some(),
            argocd: spec.settings.gitops.as_ref().and_then(|gitops| gitops.argocd).unwrap_or_default(),
            flux: spec.settings.gitops.as_ref().and_then(|gitops| gitops.flux).unwrap_or_default(),
        },
    })
}

fn former_names(item: &Item<'_>) -> Vec<String> {
    let mut names = Layers::of(item).names;
    names.retain(|name| *name != item.id().name);
    names
}

/// The one Service of this name, if there is one.
fn one(spec: &Spec, index: &Index<'_, '_>, name: &str) -> Result<Option<usize>, Finding> {
    match index.find("", "Service", spec.namespace.as_deref(), name) {
        [] => Ok(None),
        [only] => Ok(Some(*only)),
        [_, second, ..] => Err(Finding::error(
            Code::DuplicateObject,
            format!("there are two Services \"{name}\" in this namespace, and {} asks for one", spec.source.object()),
            "remove one of the two",
        )
        .about(index.item(*second))
        .at("metadata.name")
        .seen(name)),
    }
}

fn not_found(spec: &Spec, index: &Index<'_, '_>, target: &str) -> Finding {
    let name = &spec.service_name;
    let here = namespace_key(spec.namespace.as_deref());
    let place = spec.namespace.as_ref().map_or("without a namespace".to_string(), |name| format!("in namespace \"{name}\""));
    let elsewhere =
        index.services().find(|(_, item)| item.id().name == name.as_str()).map(|(_, item)| item.id().namespace.clone());
    let names: Vec<&str> = index
        .services()
        .filter(|(_, item)| namespace_key(item.id().namespace.as_deref()) == here)
        .map(|(_, item)| item.id().name.as_ref())
        // Comparing is slow: a build in which nothing fits must not take for ever to say so.
        .filter(|other| other.len().abs_diff(name.len()) <= 3)
        .take(100)
        .collect();
    let remedy = match (elsewhere, spelling::closest(name.as_str(), &names, 1, 0.6).first()) {
        (Some(Some(other)), _) => format!("set the namespace to \"{other}\", where there is one"),
        (Some(None), _) => "remove the namespace here or set it on the Service: there is one without".to_string(),
        (None, Some(near)) => format!("did you mean \"{near}\"? Otherwise add the Service to the same build"),
        (None, None) => "add the Service to the same build, or correct the name".to_string(),
    };
    let message = format!("there is no Service \"{name}\" {place}, and no \"{target}\" to make it from");
    spec.source.point(Finding::error(Code::ServiceNotFound, message, remedy).seen(name.as_str()), "serviceName")
}

/// A Service that selects proxies is a front already: only a target can tell what is behind them.
fn refuse_closed_circle(service: &Service<'_, '_>, target: Option<&Service<'_, '_>>, errors: &mut Findings) {
    let behind = target.unwrap_or(service);
    if let Some(front) = behind.selected(FRONT_LABEL) {
        errors.push(
            Finding::error(
                Code::AlreadyIntercepted,
                format!("the Service selects the proxies of \"{front}\", not the application's pods"),
                "add the target Service that the earlier run made, or restore the Service's own selector",
            )
            .about(behind.item)
            .at("spec.selector")
            .seen(front),
        );
    }
}

fn tls_mode(spec: &Spec, service: &Service<'_, '_>, pairing: Pairing, errors: &mut Findings) -> TlsMode {
    let asked = spec.settings.tls.as_ref().and_then(|tls| tls.mode);
    if let (None, Some(_), Some((field, value))) = (asked, pairing.front(), service.opened_by()) {
        errors.push(
            Finding::error(
                Code::TlsModeNotChosen,
                format!("\"{value}\" lets clients in that are not in the mesh, and with mutual TLS they could not connect"),
                format!(
                    "set `tls: {{mode: DISABLE}}` on {} to keep them, or ISTIO_MUTUAL if every client has a sidecar",
                    spec.source.object()
                ),
            )
            .about(service.item)
            .at(field)
            .seen(value),
        );
    }
    asked.unwrap_or_default()
}

fn pool(spec: &Spec, errors: &mut Findings) -> Pool {
    let (min, max, cpu, behavior) = match spec.settings.autoscaling.clone() {
        Some(Autoscaling { min_replicas, max_replicas, target_cpu_utilization_percentage, behavior }) => {
            (min_replicas, max_replicas, target_cpu_utilization_percentage, behavior)
        }
        None => (None, None, None, None),
    };
    // A bound that is set alone moves the other's default.
    let min_replicas = min.unwrap_or_else(|| max.unwrap_or(2).min(2));
    let max_replicas = max.unwrap_or_else(|| min_replicas.max(5));
    if min_replicas > max_replicas {
        let finding = Finding::error(
            Code::ReplicasOutOfOrder,
            format!("{min_replicas} is greater than maxReplicas {max_replicas}"),
            "lower minReplicas or raise maxReplicas",
        );
        errors.push(spec.source.point(finding.seen(min_replicas), "autoscaling.minReplicas"));
    }
    Pool { min_replicas, max_replicas, target_cpu: cpu.unwrap_or(70), behavior }
}

fn refuse_double_budget(spec: &Spec, errors: &mut Findings) {
    let budget = spec.settings.proxy.as_ref().and_then(|proxy| proxy.disruption_budget.as_ref());
    if budget.is_some_and(|budget| budget.min_available.is_some() == budget.max_unavailable.is_some()) {
        let finding = Finding::error(
            Code::InvalidValue,
            "a disruption budget has exactly one of minAvailable and maxUnavailable",
            "write one of the two",
        );
        errors.push(spec.source.point(finding, "proxy.disruptionBudget"));
    }
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(Table::Fields, "`type` NodePort, LoadBalancer; `externalIPs`", "outside the mesh", &[])
    .because("clients come from outside the cluster", "–")];
