//! Objects that send requests to a Service from programs which may be outside the mesh: Ingresses
//! of every make, probes, controllers with an address.
//!
//! With mutual TLS a program without a sidecar cannot connect to the proxies, not even under a
//! PERMISSIVE policy: one port of a gateway cannot take both. So the user has to choose.

use super::fronts::{Fronts, ask_for_tls};
use crate::findings::fact::{Fact, Row, Table, fact, field};
use crate::interception::Interception;
use crate::krm::{Findings, Item};
use crate::objects::{Index, places};
use std::collections::HashSet;

/// What calls Services: group, kind, and the places of their names.
pub struct Caller {
    /// API group.
    pub group: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Places as [`places::services`] reads them.
    pub places: &'static [&'static str],
    /// What the documentation says of it.
    says: &'static Fact,
}

const fn caller(says: &'static Fact, group: &'static str, kind: &'static str, places: &'static [&'static str]) -> Caller {
    Caller { group, kind, places, says }
}

const OUTSIDE: Fact = fact(Table::Senders, "{}", "outside the mesh", &[]);
static INGRESS: Fact = OUTSIDE.because("most controllers run without a sidecar", "k8s networking/v1; the controllers' CRDs");
static TARGETS: Fact = OUTSIDE.because("a load balancer of AWS sends to the endpoints", "aws-load-balancer-controller");
static PROMETHEUS: Fact = OUTSIDE.because("Prometheus, its probers and Alertmanager may have no sidecar", "prometheus-operator");
static SECRETS: Fact = OUTSIDE.because("the operator calls it", "external-secrets, `SecretStore`; cert-manager, `Issuer`");
static FLUX: Fact = OUTSIDE.because("Flux's controllers call it", "Flux, source and notification API");
static GRAFANA: Fact = OUTSIDE.because("Grafana may have no sidecar", "grafana-operator");
static KNATIVE: Fact = fact(Table::Senders, "{}", "outside the mesh; nothing for a Service of Knative's", &[])
    .because("brokers and sources may have no sidecar", "Knative Eventing");
static ROLLOUTS: Fact = OUTSIDE.because("the controller of Argo Rollouts calls it", "argo-rollouts, web metrics");
static KEDA: Fact = OUTSIDE.because("KEDA's operator calls it", "keda, `metrics-api`");

const TRAEFIK_ROUTE: &[&str] = &["spec.routes[].services[] name"];
const TRAEFIK_SERVICE: &[&str] = &["spec.weighted.services[] name", "spec.mirroring name", "spec.mirroring.mirrors[] name"];
const KONG: &[&str] = &["spec.rules[].backend serviceName"];
const KNATIVE_SINK: &[&str] = &["spec.sink.ref name", "spec.sink.uri"];
const ANALYSIS: &[&str] = &["spec.metrics[].provider.web.url"];
const STORE: &[&str] = &["spec.provider.vault.server", "spec.provider.webhook.url"];
const ISSUER: &[&str] = &["spec.vault.server", "spec.acme.server"];
const SOURCE: &[&str] = &["spec.url"];
const SCALER: &[&str] = &["spec.triggers[].metadata.url"];

/// Every kind whose only question is whether its program is in the mesh.
pub const CALLERS: &[Caller] = &[
    caller(
        &INGRESS,
        "networking.k8s.io",
        "Ingress",
        &["spec.defaultBackend.service name", "spec.rules[].http.paths[].backend.service name"],
    ),
    caller(&INGRESS, "traefik.io", "IngressRoute", TRAEFIK_ROUTE),
    caller(&INGRESS, "traefik.io", "IngressRouteTCP", TRAEFIK_ROUTE),
    caller(&INGRESS, "traefik.io", "TraefikService", TRAEFIK_SERVICE),
    // Traefik before version 3.
    caller(&INGRESS, "traefik.containo.us", "IngressRoute", TRAEFIK_ROUTE),
    caller(&INGRESS, "traefik.containo.us", "IngressRouteTCP", TRAEFIK_ROUTE),
    caller(&INGRESS, "traefik.containo.us", "TraefikService", TRAEFIK_SERVICE),
    caller(&INGRESS, "projectcontour.io", "HTTPProxy", &["spec.routes[].services[] name", "spec.tcpproxy.services[] name"]),
    caller(&INGRESS, "route.openshift.io", "Route", &["spec.to name", "spec.alternateBackends[] name"]),
    caller(&INGRESS, "getambassador.io", "Mapping", &["spec service"]),
    caller(&INGRESS, "getambassador.io", "TCPMapping", &["spec service"]),
    caller(&INGRESS, "k8s.nginx.org", "VirtualServer", &["spec.upstreams[] service"]),
    caller(&INGRESS, "k8s.nginx.org", "VirtualServerRoute", &["spec.upstreams[] service"]),
    caller(&INGRESS, "k8s.nginx.org", "TransportServer", &["spec.upstreams[] service"]),
    caller(&INGRESS, "configuration.konghq.com", "TCPIngress", KONG),
    caller(&INGRESS, "configuration.konghq.com", "UDPIngress", KONG),
    caller(
        &INGRESS,
        "apisix.apache.org",
        "ApisixRoute",
        &["spec.http[].backends[] serviceName", "spec.stream[].backend serviceName"],
    ),
    caller(&INGRESS, "zalando.org", "RouteGroup", &["spec.backends[] serviceName"]),
    caller(&TARGETS, "elbv2.k8s.aws", "TargetGroupBinding", &["spec.serviceRef name"]),
    caller(&PROMETHEUS, "monitoring.coreos.com", "Probe", &["spec.targets.staticConfig.static[]"]),
    caller(&PROMETHEUS, "monitoring.coreos.com", "ScrapeConfig", &["spec.staticConfigs[].targets[]"]),
    caller(
        &PROMETHEUS,
        "monitoring.coreos.com",
        "Prometheus",
        &["spec.remoteWrite[].url", "spec.remoteRead[].url", "spec.alerting.alertmanagers[] name"],
    ),
    caller(&PROMETHEUS, "monitoring.coreos.com", "PrometheusAgent", &["spec.remoteWrite[].url"]),
    caller(&PROMETHEUS, "monitoring.coreos.com", "AlertmanagerConfig", &["spec.receivers[].webhookConfigs[].url"]),
    caller(&SECRETS, "external-secrets.io", "SecretStore", STORE),
    caller(&SECRETS, "external-secrets.io", "ClusterSecretStore", STORE),
    caller(&SECRETS, "cert-manager.io", "Issuer", ISSUER),
    caller(&SECRETS, "cert-manager.io", "ClusterIssuer", ISSUER),
    caller(&FLUX, "notification.toolkit.fluxcd.io", "Provider", &["spec.address"]),
    caller(&FLUX, "source.toolkit.fluxcd.io", "HelmRepository", SOURCE),
    caller(&FLUX, "source.toolkit.fluxcd.io", "GitRepository", SOURCE),
    caller(&FLUX, "source.toolkit.fluxcd.io", "OCIRepository", SOURCE),
    caller(&FLUX, "source.toolkit.fluxcd.io", "Bucket", &["spec.endpoint"]),
    caller(&GRAFANA, "grafana.integreatly.org", "GrafanaDatasource", &["spec.datasource.url"]),
    caller(&KNATIVE, "eventing.knative.dev", "Trigger", &["spec.subscriber.ref name", "spec.subscriber.uri"]),
    caller(&KNATIVE, "messaging.knative.dev", "Subscription", &["spec.subscriber.ref name", "spec.subscriber.uri"]),
    caller(&KNATIVE, "sources.knative.dev", "PingSource", KNATIVE_SINK),
    caller(&KNATIVE, "sources.knative.dev", "ApiServerSource", KNATIVE_SINK),
    caller(&ROLLOUTS, "argoproj.io", "AnalysisTemplate", ANALYSIS),
    caller(&ROLLOUTS, "argoproj.io", "ClusterAnalysisTemplate", ANALYSIS),
    caller(&KEDA, "keda.sh", "ScaledObject", SCALER),
    caller(&KEDA, "keda.sh", "ScaledJob", SCALER),
];

/// Asks for `tls.mode` where one of [`CALLERS`] names a front.
pub fn check(caller: &Caller, item: &Item<'_>, index: &Index<'_, '_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    let Ok(value) = item.value() else { return };
    if caller.kind == "Ingress" && is_of_the_mesh(item, index) {
        return;
    }
    let own = item.id().namespace.as_deref();
    // One question for a front, however often the object names it.
    let mut asked = HashSet::new();
    for named in caller.places.iter().flat_map(|place| places::services(value, place)) {
        let Some(front) = fronts.of_host(named.namespace.or(own), named.name) else { continue };
        if asked.insert((&front.namespace, &front.front_name)) {
            let why = outside(&format!("this {}", caller.kind), front);
            ask_for_tls(item, &named.field, named.name, &why, front, findings);
        }
    }
}

/// Why a program that may be outside the mesh could not connect; `what` is what sends it there.
pub fn outside(what: &str, front: &Interception) -> String {
    format!(
        "{what} lets clients in to \"{}\" through a program that may not be in the mesh, and with mutual TLS it could not connect",
        front.front_name
    )
}

/// Istio's own ingress gateway (`shouldProcessIngressWithClass`): the annotation comes first, then
/// the class's controller, of which the name is the usual one.
fn is_of_the_mesh(item: &Item<'_>, index: &Index<'_, '_>) -> bool {
    if let Some(class) = item.text_at(&["metadata", "annotations", "kubernetes.io/ingress.class"]) {
        return class == "istio";
    }
    let Some(class) = item.text_at(&["spec", "ingressClassName"]) else { return false };
    let controller = index
        .of_kind("networking.k8s.io", "IngressClass")
        .find(|(_, item)| item.id().name == class)
        .and_then(|(_, item)| item.text_at(&["spec", "controller"]));
    controller.map_or(class == "istio", |controller| controller == "istio.io/ingress-controller")
}

/// The rows of the documentation for [`CALLERS`].
pub fn rows() -> Vec<Row> {
    [&INGRESS, &TARGETS, &PROMETHEUS, &SECRETS, &FLUX, &GRAFANA, &KNATIVE, &ROLLOUTS, &KEDA]
        .into_iter()
        .map(|fact| {
            let callers = CALLERS.iter().filter(|caller| std::ptr::eq(caller.says, fact));
            let fields = |caller: &Caller| caller.places.iter().map(|place| field(place)).collect::<Vec<_>>().join(", ");
            let entries: Vec<_> = callers.map(|caller| (caller.group, caller.kind, fields(caller))).collect();
            fact.of_table("neighbours/callers", &entries)
        })
        .collect()
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Senders,
    "Ingress of class `istio`, or of an IngressClass with controller `istio.io/ingress-controller`",
    "nothing",
    &[],
)
.because("Istio's ingress gateway is in the mesh and follows auto-mTLS", "istiod `shouldProcessIngressWithClass`")
.of(&[("networking.k8s.io", "Ingress"), ("networking.k8s.io", "IngressClass")])];
