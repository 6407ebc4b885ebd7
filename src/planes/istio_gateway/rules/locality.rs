//! Where clients run, by which istiod chooses pods, and where proxies run between.
//!
//! A DestinationRule's `localityLbSetting` or `zoneAwareLbSetting` goes before the Service's traffic distribution, and
//! this before the mesh's (`GetEffectiveLbSetting`). All of them are about the locality and the labels of who sends:
//! the client before, and a proxy at the pods now. The rule of the target switches locality off unless asked.

use super::Ruled;
use super::policy_fields::in_policies;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::krm::{Finding, Findings, Item};
use crate::mesh::{Mesh, MeshConfig};
use crate::objects::Index;
use crate::planes::istio_gateway::Settings;
use serde_yaml::{Mapping, Value};
use std::collections::HashSet;

/// The two settings of locality, in a `loadBalancer` and in a MeshConfig.
const SETTINGS: [&str; 2] = ["zoneAwareLbSetting", "localityLbSetting"];

/// Labels that say where a pod runs; of others a proxy has its own, and not the client's.
const TOPOLOGY: [&str; 6] = [
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.istio.io/subzone",
    "topology.istio.io/network",
    "topology.istio.io/cluster",
    "kubernetes.io/hostname",
];

/// Warns of preferences that end at the proxies, or mean something else there.
pub fn check(fronts: &[Ruled<'_>], settings: &[Settings], mesh: &Mesh, index: &Index<'_, '_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for (Ruled { interception, rules }, settings) in fronts.iter().zip(settings) {
        let revision = settings.revision.as_deref();
        let chosen = interception.traffic.general.locality.enabled == Some(true);
        for config in mesh.configs_of(revision).filter(|_| !chosen) {
            if let Some(setting) = SETTINGS.into_iter().find(|setting| spreads(config, setting))
                && told.insert(config.source.object())
            {
                findings.push(config.source.point(of_mesh(setting, interception), setting));
            }
        }
        let rules: Vec<_> = rules.on_front.iter().map(|rule| index.item(*rule)).collect();
        rules.iter().for_each(|item| warn_of_labels(item, interception, findings));
        if !chosen
            && fails_over_by_default(mesh, revision)
            && let Some(finding) = rules.iter().find_map(|item| of_outliers(item, interception))
        {
            findings.push(finding);
        }
    }
}

/// Whether a mesh's setting takes effect without `outlierDetection`; failover needs one.
fn spreads(config: &MeshConfig, setting: &str) -> bool {
    let Some(said) = config.mapping(&[setting]).filter(|said| is_on(said)) else { return false };
    let weighs = said.get("distribute").and_then(Value::as_sequence).is_some_and(|shares| !shares.is_empty());
    setting == "zoneAwareLbSetting" || weighs
}

fn is_on(setting: &Mapping) -> bool {
    setting.get("enabled").and_then(Value::as_bool) != Some(false)
}

/// Istio's default is on (`mesh.DefaultMeshConfig`); a message without `enabled` takes its place and is on as well.
fn fails_over_by_default(mesh: &Mesh, revision: Option<&str>) -> bool {
    let mut configs = mesh.configs_of(revision);
    configs.all(|config| config.mapping(&["localityLbSetting"]).is_none_or(is_on))
}

fn of_mesh(setting: &str, interception: &Interception) -> Finding {
    let message = format!(
        "`{setting}` spreads the requests of clients over {} by where the clients run, and from there on requests go to the \
         pods of every zone",
        interception.proxy_name
    );
    let remedy = "set `trafficPolicy.locality` of the ProxyService if proxies are to do the same by where they run, and have \
                  proxies in each of the zones";
    Finding::warning(Code::MeshPrefersNearby, message, remedy)
}

/// What chooses by labels of the client that is no longer the one who sends. `label=value` is the same for all who send
/// (`priorityLabelOverrides`).
fn warn_of_labels(item: &Item<'_>, interception: &Interception, findings: &mut Findings) {
    let Ok(rule) = item.value() else { return };
    for setting in SETTINGS {
        let found = in_policies(rule, |settings| settings.get("loadBalancer")?.get(setting)?.as_mapping());
        for (at, said) in found.into_iter().filter(|(_, said)| is_on(said)) {
            let labels = said.get("failoverPriority").and_then(Value::as_sequence).into_iter().flatten();
            let of_clients = |label: &&str| !label.contains('=') && !TOPOLOGY.contains(label);
            let Some(label) = labels.filter_map(Value::as_str).find(of_clients) else { continue };
            let message = format!(
                "\"{label}\" compares the label of each pod with that of who sends: {} instead of the client",
                interception.proxy_name
            );
            let remedy = format!("write `{label}=VALUE` to prefer pods with a value, or remove the label");
            let finding = Finding::warning(Code::PrefersNearby, message, remedy);
            findings.push(finding.about(item).at(format!("{at}.loadBalancer.{setting}.failoverPriority")).seen(label));
        }
    }
}

/// The first `outlierDetection` of a rule that has no setting of locality beside it: it switches the mesh's failover on,
/// and each zone's clients have preferred the zone's pods (`LocalityLBSettings.ApplyToCluster`).
fn of_outliers(item: &Item<'_>, interception: &Interception) -> Option<Finding> {
    let rule = item.value().ok()?;
    let general = rule.get("spec").and_then(|spec| spec.get("trafficPolicy")?.get("loadBalancer"));
    let policies = in_policies(rule, |settings| settings.get("outlierDetection").filter(|own| !own.is_null()).map(|_| settings));
    let (at, _) = policies.into_iter().find(|(at, settings)| {
        // A subset inherits the balancer of the rule, and a port none.
        let inherited = general.filter(|_| !at.ends_with(']'));
        settings.get("loadBalancer").or(inherited).is_none_or(leaves_locality_open)
    })?;
    let message = format!(
        "with outlier detection each zone's clients have preferred the pods of their zone, by the mesh's default; {} asks the \
         pods of every zone",
        interception.proxy_name
    );
    let remedy = "set `trafficPolicy.locality: {enabled: true}` of the ProxyService if proxies are to prefer the pods of their \
                  zone, or `localityLbSetting: {enabled: false}` beside it if no zone is to be preferred";
    Some(Finding::warning(Code::PrefersNearby, message, remedy).about(item).at(format!("{at}.outlierDetection")))
}

/// Without a setting of its own; PASSTHROUGH knows no pods (`ORIGINAL_DST`).
fn leaves_locality_open(balancer: &Value) -> bool {
    let passes_through = balancer.get("simple").and_then(Value::as_str) == Some("PASSTHROUGH");
    !passes_through && SETTINGS.iter().all(|setting| balancer.get(*setting).is_none_or(Value::is_null))
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Rules,
        "MeshConfig in the build: `localityLbSetting.distribute`, `zoneAwareLbSetting`",
        "warning {}, unless the ProxyService has `trafficPolicy.locality`",
        &[Code::MeshPrefersNearby],
    )
    .because(
        "clients choose proxies by it, and the target's DestinationRule turns locality off",
        "istiod `GetEffectiveLbSetting`",
    )
    .of(&[("", "ConfigMap")]),
    fact(
        Table::Rules,
        "DestinationRule for the front: `outlierDetection` without `localityLbSetting`",
        "warning {}, once for each ProxyService; nothing where the mesh, or `trafficPolicy.locality`, says otherwise",
        &[Code::PrefersNearby],
    )
    .because("it switches failover by locality on, and clients have preferred their zone", "istiod `ApplyToCluster`")
    .of(&[("networking.istio.io", "DestinationRule")]),
    fact(
        Table::Rules,
        "the same: `failoverPriority` with a label that is none of a topology, without `=` and a value",
        "warning {}",
        &[Code::PrefersNearby],
    )
    .because("the labels compared are those of who sends, a proxy", "istiod `applyFailoverPriorityPerLocality`")
    .of(&[("networking.istio.io", "DestinationRule")]),
];
