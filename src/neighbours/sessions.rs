//! What keeps each client at one pod. The proxies hide the pods: an ingress controller or
//! kube-proxy would keep each client at one *proxy*, which chooses a pod anew for every request.

use super::attached;
use super::fronts::Fronts;
use crate::findings::Code;
use crate::findings::fact::{Fact, Row, Table, fact, field};
use crate::interception::{Balancer, Interception};
use crate::krm::{Finding, Findings, Item};
use crate::objects::{Index, places};
use serde_yaml::Value;

/// Which values keep a client at a pod.
#[derive(Debug, Clone, Copy)]
enum Keeps {
    /// Whatever stands there.
    Any,
    /// This one.
    Is(&'static str),
    /// Every other.
    Not(&'static str),
    /// Those with this in it.
    Has(&'static str),
}

impl Keeps {
    fn holds(self, value: Option<&str>) -> bool {
        match self {
            Keeps::Any => true,
            Keeps::Is(wanted) => value == Some(wanted),
            Keeps::Not(other) => value.is_some_and(|value| value != other),
            Keeps::Has(part) => value.is_some_and(|value| value.contains(part)),
        }
    }
}

/// Fields of objects in front of a Service: group, kind, place, values.
const FIELDS: &[(&str, &str, &str, Keeps)] = &[
    ("gateway.networking.k8s.io", "HTTPRoute", "spec.rules[].sessionPersistence", Keeps::Any),
    ("gateway.networking.k8s.io", "GRPCRoute", "spec.rules[].sessionPersistence", Keeps::Any),
    ("traefik.io", "IngressRoute", "spec.routes[].services[].sticky", Keeps::Any),
    ("traefik.io", "TraefikService", "spec.weighted.sticky", Keeps::Any),
    ("traefik.containo.us", "IngressRoute", "spec.routes[].services[].sticky", Keeps::Any),
    ("traefik.containo.us", "TraefikService", "spec.weighted.sticky", Keeps::Any),
    ("projectcontour.io", "HTTPProxy", "spec.routes[].loadBalancerPolicy.strategy", Keeps::Is("Cookie")),
    ("projectcontour.io", "HTTPProxy", "spec.routes[].loadBalancerPolicy.strategy", Keeps::Is("RequestHash")),
    ("k8s.nginx.org", "VirtualServer", "spec.upstreams[].sessionCookie", Keeps::Any),
    ("k8s.nginx.org", "VirtualServer", "spec.upstreams[].lb-method", Keeps::Has("hash")),
    ("k8s.nginx.org", "VirtualServerRoute", "spec.upstreams[].sessionCookie", Keeps::Any),
    ("k8s.nginx.org", "VirtualServerRoute", "spec.upstreams[].lb-method", Keeps::Has("hash")),
    ("k8s.nginx.org", "TransportServer", "spec.upstreams[].loadBalancingMethod", Keeps::Has("hash")),
    ("getambassador.io", "Mapping", "spec.load_balancer.policy", Keeps::Is("ring_hash")),
    ("getambassador.io", "Mapping", "spec.load_balancer.policy", Keeps::Is("maglev")),
    ("zalando.org", "RouteGroup", "spec.backends[].algorithm", Keeps::Is("consistentHash")),
    ("apisix.apache.org", "ApisixUpstream", "spec.loadbalancer.type", Keeps::Is("chash")),
    ("networking.gke.io", "GCPBackendPolicy", "spec.default.sessionAffinity.type", Keeps::Not("NONE")),
];

/// Objects about a Service that call nobody: group, kind, and where they name it.
pub const POLICIES: &[(&str, &str, &[&str])] = &[
    ("apisix.apache.org", "ApisixUpstream", &["metadata name"]),
    ("networking.gke.io", "GCPBackendPolicy", &["spec.targetRef name"]),
];

/// Annotations of Ingresses and Services, likewise.
const ANNOTATIONS: &[(&str, Keeps)] = &[
    ("nginx.ingress.kubernetes.io/affinity", Keeps::Is("cookie")),
    ("nginx.ingress.kubernetes.io/upstream-hash-by", Keeps::Any),
    ("traefik.ingress.kubernetes.io/service.sticky.cookie", Keeps::Is("true")),
    ("haproxy-ingress.github.io/affinity", Keeps::Is("cookie")),
    ("ingress.kubernetes.io/affinity", Keeps::Is("cookie")),
    ("haproxy.org/cookie-persistence", Keeps::Any),
    ("appgw.ingress.kubernetes.io/cookie-based-affinity", Keeps::Is("true")),
    ("alb.ingress.kubernetes.io/target-group-attributes", Keeps::Has("stickiness.enabled=true")),
    ("service.beta.kubernetes.io/aws-load-balancer-target-group-attributes", Keeps::Has("stickiness.enabled=true")),
    ("nginx.org/sticky-cookie-services", Keeps::Any),
    ("nginx.com/sticky-cookie-services", Keeps::Any),
    ("nginx.org/lb-method", Keeps::Has("hash")),
];

/// Annotations of a Service that name an object of its namespace, group, kind, place and values in that.
const ATTACHED: &[(&str, &str, &str, &str, Keeps)] = &[
    (attached::BACKEND_CONFIG[0], "cloud.google.com", "BackendConfig", AFFINITY_TYPE, Keeps::Not("NONE")),
    (attached::BACKEND_CONFIG[1], "cloud.google.com", "BackendConfig", AFFINITY_TYPE, Keeps::Not("NONE")),
    ("konghq.com/upstream-policy", "configuration.konghq.com", "KongUpstreamPolicy", "spec.hashOn", Keeps::Any),
    ("konghq.com/override", "configuration.konghq.com", "KongIngress", "upstream.hash_on", Keeps::Not("none")),
];

const AFFINITY_TYPE: &str = "spec.sessionAffinity.affinityType";

/// Refuses an object that names a front and keeps clients at a pod.
pub fn check(item: &Item<'_>, places: &[&str], fronts: &Fronts<'_>, findings: &mut Findings) {
    let Ok(value) = item.value() else { return };
    let own = item.id().namespace.as_deref();
    let named = places.iter().flat_map(|place| places::services(value, place));
    let Some(front) = named.into_iter().find_map(|named| fronts.of_host(named.namespace.or(own), named.name)) else { return };
    refuse_annotations(item, front, findings);
    for (group, kind, place, keeps) in FIELDS {
        if !item.id().is(group, kind) {
            continue;
        }
        for (field, value) in places::at(value, place) {
            if keeps.holds(value.as_str()) {
                findings.push(refused(&field, front).about(item).at(field));
            }
        }
    }
}

/// Refuses annotations of an Ingress or a Service that keep clients at a pod.
pub fn refuse_annotations(item: &Item<'_>, front: &Interception, findings: &mut Findings) {
    for (key, keeps) in ANNOTATIONS {
        if let Some(value) = item.text_at(&["metadata", "annotations", key]).filter(|value| keeps.holds(Some(value))) {
            findings.push(refused(key, front).about(item).at(format!("metadata.annotations[{key}]")).seen(value));
        }
    }
}

/// Refuses objects that annotations of the front attach to it, and that keep clients at a pod.
pub fn refuse_attached(item: &Item<'_>, front: &Interception, index: &Index<'_, '_>, findings: &mut Findings) {
    for (key, group, kind, place, keeps) in ATTACHED {
        for attached in attached::objects(item, key, (group, kind), index) {
            let Ok(value) = attached.value() else { continue };
            for (field, value) in places::at(value, place).into_iter().filter(|(_, value)| keeps.holds(value.as_str())) {
                findings.push(refused(value.as_str().unwrap_or(&field), front).about(attached).at(field.as_str()));
            }
        }
    }
}

/// Refuses `sessionAffinity: ClientIP` of a front or its target, unless the proxies choose the pod by the
/// address of the client, as kube-proxy did, and see it.
pub fn refuse_affinity(item: &Item<'_>, spec: &Value, front: &Interception, findings: &mut Findings) {
    if spec.get("sessionAffinity").and_then(Value::as_str) != Some("ClientIP") {
        return;
    }
    let by_address = front.ports.iter().all(|port| match &front.traffic.of(port.number).balancer {
        Balancer::ConsistentHash(hash) => hash.use_source_ip == Some(true),
        Balancer::Simple(_) => false,
    });
    let finding = match (by_address, hides_addresses(spec)) {
        (true, None) => return,
        (true, Some(what)) => {
            let message = format!(
                "\"ClientIP\" keeps each client at one pod by its address, and of clients from outside the proxies of \"{}\" see that of a node: {what}",
                front.front_name
            );
            let remedy =
                "set `externalTrafficPolicy: Local`, or remove `sessionAffinity` if no client from outside depends on it";
            Finding::error(Code::SessionAffinity, message, remedy)
        }
        (false, _) => refused("ClientIP", front),
    };
    findings.push(finding.about(item).at("spec.sessionAffinity").seen("ClientIP"));
}

/// Why kube-proxy may put a node's address in the place of a client's.
fn hides_addresses(spec: &Value) -> Option<String> {
    let text = |key: &str| spec.get(key).and_then(Value::as_str);
    if text("externalTrafficPolicy") == Some("Local") {
        return None;
    }
    let opened = text("type").filter(|kind| matches!(*kind, "NodePort" | "LoadBalancer")).map(|kind| format!("type {kind}"));
    let addresses = spec.get("externalIPs").and_then(Value::as_sequence).is_some_and(|addresses| !addresses.is_empty());
    opened.or_else(|| addresses.then(|| "externalIPs".to_string()))
}

/// `what` is the value or the field that keeps a client at one endpoint.
fn refused(what: &str, front: &Interception) -> Finding {
    let message = format!(
        "\"{what}\" keeps each client at one pod; with the proxies of \"{}\" between them it would keep it at one proxy",
        front.front_name
    );
    let hash = if what == "ClientIP" { "{useSourceIp: true}" } else { "…" };
    let remedy = format!(
        "remove it, and where clients depend on it set `trafficPolicy: {{consistentHash: {hash}}}` on {}, which chooses the pod by client",
        front.source.object()
    );
    Finding::error(Code::SessionAffinity, message, remedy)
}

/// The rows of the documentation for the tables of fields, annotations and attached objects.
pub fn rows() -> Vec<Row> {
    let keeps = |what, why| {
        fact(Table::Senders, what, "error {}", &[Code::SessionAffinity]).because(why, "the controllers' CRDs and annotations")
    };
    let entries: Vec<_> = FIELDS.iter().map(|(group, kind, place, keeps)| (*group, *kind, keeps.words(place))).collect();
    let fields = keeps("{}", "keeps each client at one proxy, no longer at one pod");
    let mut annotations =
        keeps("annotations of all these objects, and of the front", "the same").of_table("neighbours/sessions", &[]);
    let named = ANNOTATIONS.iter().map(|(key, keeps)| keeps.words(key)).collect::<Vec<_>>();
    annotations.what = format!("{}: {}", annotations.what, named.join(", "));
    let attached = ATTACHED.iter().map(|(key, group, kind, place, keeps)| {
        let mut row = fact(Table::Fields, "", "error {}", &[Code::SessionAffinity])
            .because("keeps each client at one proxy, no longer at one pod", "the controllers' CRDs")
            .of_table("neighbours/sessions", &[(*group, *kind, String::new())]);
        row.what = format!("annotation `{key}` with a {kind} that has {}", keeps.words(place));
        row
    });
    [fields.of_table("neighbours/sessions", &entries), annotations].into_iter().chain(attached).collect()
}

/// The kinds of the tables.
pub fn kinds() -> Vec<(&'static str, &'static str)> {
    let fields = FIELDS.iter().map(|(group, kind, ..)| (*group, *kind));
    let attached = ATTACHED.iter().map(|(_, group, kind, ..)| (*group, *kind));
    fields.chain(POLICIES.iter().map(|(group, kind, _)| (*group, *kind))).chain(attached).collect()
}

impl Keeps {
    /// A field with the values, in words.
    fn words(self, place: &str) -> String {
        let named = field(place);
        match self {
            Keeps::Any => named,
            Keeps::Is(value) => format!("{}: {value}`", named.trim_end_matches('`')),
            Keeps::Not(other) => format!("{named} other than {other}"),
            Keeps::Has(part) => format!("{named} with `{part}`"),
        }
    }
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Fields,
    "`sessionAffinity: ClientIP`, on the front or an existing target",
    "error {}, unless `consistentHash: {useSourceIp: true}` chooses the pod and kube-proxy keeps the address \
         (no NodePort, LoadBalancer or `externalIPs` without `externalTrafficPolicy: Local`)",
    &[Code::SessionAffinity],
)
.because("keeps each client at one proxy, which chooses pods freely", "kube-proxy; istiod has no such field")];
