//! Fields of the two Services themselves that mean something else with proxies between them.

use super::fronts::Fronts;
use super::{attached, monitors, sessions};
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::interception::Interception;
use crate::krm::{Finding, Findings, Item};
use crate::objects::{Index, places};
use serde_yaml::Value;

/// Looks at the front and at the target that the user wrote.
pub fn check(interception: &Interception, index: &Index<'_, '_>, findings: &mut Findings) {
    if let Some(position) = interception.pairing.front() {
        check_front(index.item(position), interception, index, findings);
    }
    if let Some(position) = interception.pairing.target() {
        let item = index.item(position);
        let Some(spec) = item.value().ok().and_then(|value| value.get("spec")) else { return };
        refuse_local(item, spec, "the proxies reach only the pods of their own node", findings);
        sessions::refuse_affinity(item, spec, interception, findings);
    }
}

fn check_front(item: &Item<'_>, interception: &Interception, index: &Index<'_, '_>, findings: &mut Findings) {
    let Some(spec) = item.value().ok().and_then(|value| value.get("spec")) else { return };
    refuse_local(item, spec, "clients reach only the proxies of their own node, and most nodes have none", findings);
    sessions::refuse_affinity(item, spec, interception, findings);
    sessions::refuse_annotations(item, interception, findings);
    sessions::refuse_attached(item, interception, index, findings);
    monitors::warn_of_annotations(item, interception, findings);
    warn_of_external_local(item, spec, interception, findings);
    warn_of_locality(item, spec, findings);
    warn_of_health_check(item, interception, index, findings);
}

/// kube-proxy and sidecars alike drop what has no endpoint on the node (`filterIstioEndpoint`).
fn refuse_local(item: &Item<'_>, spec: &Value, why: &str, findings: &mut Findings) {
    if text(spec, "internalTrafficPolicy") == Some("Local") {
        let message = format!("with \"Local\" {why}, and the rest is dropped");
        let remedy = "remove the field (the default is Cluster), or do not intercept the Service";
        let finding = Finding::error(Code::InternalPolicyLocal, message, remedy);
        findings.push(finding.about(item).at("spec.internalTrafficPolicy").seen("Local"));
    }
}

fn warn_of_external_local(item: &Item<'_>, spec: &Value, interception: &Interception, findings: &mut Findings) {
    if text(spec, "externalTrafficPolicy") == Some("Local") {
        let message = format!(
            "with \"Local\" only the nodes of the proxies take requests from outside, at first {}, and the application sees a \
             client's address in X-Forwarded-For only",
            interception.pool.min_replicas
        );
        let remedy = "set it to Cluster, or run enough proxies (autoscaling.minReplicas)";
        let finding = Finding::warning(Code::ExternalPolicyLocal, message, remedy);
        findings.push(finding.about(item).at("spec.externalTrafficPolicy").seen("Local"));
    }
}

/// istiod reads the field, then the annotation (`GetTrafficDistribution`), kube-proxy the others.
fn warn_of_locality(item: &Item<'_>, spec: &Value, findings: &mut Findings) {
    let mut warn = |field: String, value: &str| findings.push(prefers_nearby(item, field, value));
    if let Some(value) = text(spec, "trafficDistribution") {
        warn("spec.trafficDistribution".into(), value);
    }
    for key in [
        "networking.istio.io/traffic-distribution",
        "service.kubernetes.io/topology-mode",
        "service.kubernetes.io/topology-aware-hints",
    ] {
        let value = item.text_at(&["metadata", "annotations", key]);
        if let Some(value) = value.filter(|value| !value.eq_ignore_ascii_case("disabled")) {
            warn(format!("metadata.annotations[{key}]"), value);
        }
    }
}

/// The warning for a Service or its Namespace.
pub fn prefers_nearby(item: &Item<'_>, field: String, value: &str) -> Finding {
    let message = format!(
        "\"{value}\" makes clients prefer the proxies nearby, so that each proxy sees a part of the requests only, and from \
         there on requests go to the pods of every zone"
    );
    let remedy = "remove it, so that every proxy gets its share";
    Finding::warning(Code::PrefersNearby, message, remedy).about(item).at(field).seen(value)
}

/// Load balancers that know pods' addresses ask the pods themselves.
fn warn_of_health_check(item: &Item<'_>, interception: &Interception, index: &Index<'_, '_>, findings: &mut Findings) {
    for key in ["service.beta.kubernetes.io/aws-load-balancer-healthcheck-port", "alb.ingress.kubernetes.io/healthcheck-port"] {
        let Some(port) = item.text_at(&["metadata", "annotations", key]).filter(|port| *port != "traffic-port") else { continue };
        let remedy = "write traffic-port, or remove the annotation";
        findings.push(asks_another_port(port, remedy).about(item).at(format!("metadata.annotations[{key}]")).seen(port));
    }
    for config in attached::backend_configs(item, index) {
        warn_of_fixed_ports(config, &["spec.healthCheck.port"], interception, findings);
    }
}

/// Where a HealthCheckPolicy of GKE's has the number of a port.
const HEALTH_CHECKS: &[&str] = &[
    "spec.default.config.httpHealthCheck.port",
    "spec.default.config.httpsHealthCheck.port",
    "spec.default.config.http2HealthCheck.port",
    "spec.default.config.grpcHealthCheck.port",
    "spec.default.config.tcpHealthCheck.port",
];

/// Warns of a HealthCheckPolicy for a front that asks the application's port.
pub fn warn_of_health_policy(item: &Item<'_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    let Ok(value) = item.value() else { return };
    for named in places::services(value, "spec.targetRef name") {
        if let Some(front) = fronts.get(item.id().namespace.as_deref(), named.name) {
            warn_of_fixed_ports(item, HEALTH_CHECKS, front, findings);
        }
    }
}

fn warn_of_fixed_ports(item: &Item<'_>, places: &[&str], front: &Interception, findings: &mut Findings) {
    let Ok(value) = item.value() else { return };
    for (field, port) in places.iter().flat_map(|place| places::at(value, place)) {
        let Some(number) = port.as_u64().filter(|number| front.ports.iter().all(|port| u64::from(port.listen) != *number)) else {
            continue;
        };
        let seen = number.to_string();
        findings.push(asks_another_port(&seen, "remove the port, so that it is the Service's").about(item).at(field).seen(seen));
    }
}

fn asks_another_port(port: &str, remedy: &str) -> Finding {
    let message =
        format!("the health check asks port \"{port}\", and where it asks pods it finds the proxies, which do not listen there");
    Finding::warning(Code::HealthCheckPort, message, remedy)
}

fn text<'v>(spec: &'v Value, key: &str) -> Option<&'v str> {
    spec.get(key)?.as_str()
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Fields,
        "`internalTrafficPolicy: Local`, on the front or an existing target",
        "error {}",
        &[Code::InternalPolicyLocal],
    )
    .because("only endpoints of the own node are used, and most nodes have no proxy", "istiod `filterIstioEndpoint`, kube-proxy"),
    fact(Table::Fields, "`externalTrafficPolicy: Local`", "warning {}", &[Code::ExternalPolicyLocal])
        .because("only nodes with a proxy take requests from outside; the client's address ends at the proxy", "k8s Service"),
    fact(Table::Fields, "`healthCheckNodePort`", "nothing", &[])
        .because("tells the load balancer where proxies are", "kube-proxy"),
    fact(
        Table::Fields,
        "`trafficDistribution`; annotations `networking.istio.io/traffic-distribution` (also of the Namespace), \
         `service.kubernetes.io/topology-mode`, `…/topology-aware-hints`",
        "warning {}",
        &[Code::PrefersNearby],
    )
    .because(
        "clients prefer near proxies; the target's DestinationRule has the last word for pods, and turns locality off",
        "istiod `GetTrafficDistribution`, `GetEffectiveLbSetting`",
    ),
    fact(Table::Fields, "`publishNotReadyAddresses`", "moves to the target", &[]).because(
        "meant for the application's pods; a proxy that is not ready would refuse connections",
        "k8s endpointslice `podToEndpoint`",
    ),
    fact(Table::Fields, "`ipFamilies`, `ipFamilyPolicy`", "nothing; the target has the same", &[])
        .because("both Services need the pods' families", "k8s Service"),
    fact(
        Table::Fields,
        "`loadBalancerIP`, `loadBalancerClass`, `loadBalancerSourceRanges`, annotations of clouds and external-dns",
        "nothing; the target has none",
        &[],
    )
    .because("there stays one load balancer and one DNS name", "–"),
    fact(
        Table::Fields,
        "annotations `service.beta.kubernetes.io/aws-load-balancer-healthcheck-port`, \
         `alb.ingress.kubernetes.io/healthcheck-port` with a number",
        "warning {}",
        &[Code::HealthCheckPort],
    )
    .because("where the balancer asks pods, proxies do not listen there", "AWS Load Balancer Controller"),
    fact(
        Table::Fields,
        "HealthCheckPolicy, and BackendConfig `healthCheck`, with a `port` on which the proxies do not listen",
        "warning {}",
        &[Code::HealthCheckPort],
    )
    .because("a load balancer of Google's asks the pods themselves", "GKE")
    .of(&[("networking.gke.io", "HealthCheckPolicy"), ("cloud.google.com", "BackendConfig")]),
];
