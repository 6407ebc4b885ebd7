//! Endpoints that somebody writes: beside the proxies, clients would reach them directly; and other
//! hosts whose endpoint is the front.

use super::fronts::{Fronts, ask_or_warn};
use crate::findings::Code;
use crate::findings::fact::{Fact, Row, Table, fact, field};
use crate::interception::Interception;
use crate::krm::{Finding, Findings, Item};
use crate::mesh::Mesh;
use crate::objects::places;

/// An EndpointSlice belongs to the Service in its label, whoever wrote it (Kubernetes' API).
pub fn check_slice(item: &Item<'_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    const SERVICE: &str = "kubernetes.io/service-name";
    let label = |key: &str| item.text_at(&["metadata", "labels", key]);
    // A copy of what the cluster keeps itself: its controller writes it anew.
    if label("endpointslice.kubernetes.io/managed-by") == Some("endpointslice-controller.k8s.io") {
        return;
    }
    let Some(name) = label(SERVICE) else { return };
    if let Some(front) = fronts.get(item.id().namespace.as_deref(), name) {
        findings
            .push(beside(front, &format!("metadata.labels[{SERVICE}]"), name, &format!("\"{}\"", front.target_name)).about(item));
    }
}

/// istiod gives a host the endpoints of its Service and of every ServiceEntry for it together.
pub fn check_service_entry(item: &Item<'_>, fronts: &Fronts<'_>, mesh: &Mesh, findings: &mut Findings) {
    let Ok(value) = item.value() else { return };
    for named in places::services(value, "spec.hosts[]") {
        // Hosts of a ServiceEntry are whole: a short one is not the Service's.
        let Some((short, domain)) = named.name.split_once('.') else { continue };
        if mesh.of_other_domain(named.name).is_some() {
            continue; // `other_domain` says so.
        }
        if let Some(front) = fronts.of_host(None, named.name).filter(|front| front.front_name == short) {
            // Without exportTo every namespace would learn of the target.
            let host = format!("\"{}.{domain}\", with `exportTo: [.]`,", front.target_name);
            findings.push(beside(front, &named.field, named.name, &host).about(item));
        }
    }
}

/// Where another host gets the front's name as its address: group, kind, place, who calls it how, and
/// what to do instead.
///
/// A sidecar speaks mutual TLS to endpoints whose labels say that they can
/// (`security.istio.io/tlsMode`), and an address has none.
pub const ADDRESSES: &[(&str, &str, &str, &str, &str)] = &[
    ("networking.istio.io", "ServiceEntry", "spec.endpoints[].address", CALL, INSTEAD),
    ("networking.istio.io", "WorkloadEntry", "spec.address", CALL, INSTEAD),
    // Without the final dot istiod makes it an alias of the front.
    (
        "",
        "Service",
        "spec.externalName",
        "istiod does not know the name with a final dot, and sidecars call",
        "write it without the final dot",
    ),
];

const CALL: &str = "sidecars call";
const INSTEAD: &str = "have clients call the Service by its own name";

/// Whether a Service may be an alias that istiod does not know. Spares the others the parser.
pub fn may_be_an_alias(text: &str) -> bool {
    text.contains("externalName")
}

/// Asks for `tls.mode` where an address is the name of a front, and warns where ISTIO_MUTUAL was chosen: `how` says
/// who calls it.
pub fn check_address(place: &str, (how, instead): (&str, &str), item: &Item<'_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    let Ok(value) = item.value() else { return };
    let is_alias = item.id().kind == "Service";
    for named in places::services(value, place) {
        if is_alias && (!named.name.ends_with('.') || item.text_at(&["spec", "type"]) != Some("ExternalName")) {
            continue;
        }
        if let Some(front) = fronts.of_host(item.id().namespace.as_deref(), named.name) {
            let why = format!(
                "{how} \"{}\" by this address in plaintext, and with mutual TLS they could not connect to the proxies",
                front.front_name
            );
            ask_or_warn(instead, item, &named.field, named.name, &why, front, findings);
        }
    }
}

fn beside(front: &Interception, field: &str, seen: &str, instead: &str) -> Finding {
    let message =
        format!("\"{seen}\" gives \"{}\" endpoints beside its proxies, and clients would call them directly", front.front_name);
    let remedy = format!("write {instead} instead, so that the proxies call them");
    Finding::error(Code::EndpointsBesideProxies, message, remedy).at(field).seen(seen)
}

const CHOSEN: &str = "outside the mesh; warning {} where ISTIO_MUTUAL was chosen";

/// The rows of the documentation for [`ADDRESSES`].
pub fn rows() -> Vec<Row> {
    let entries = |of_alias: bool| -> Vec<_> {
        let those = ADDRESSES.iter().filter(|(_, kind, ..)| (*kind == "Service") == of_alias);
        those.map(|(group, kind, place, ..)| (*group, *kind, field(place))).collect()
    };
    let address = fact(Table::Senders, "{} with the front's name or `clusterIP`", CHOSEN, &[Code::ClientOutside]).because(
        "an address has no label `security.istio.io/tlsMode`, and sidecars call it in plaintext",
        "istiod `BestEffortInferServiceMTLSMode`",
    );
    let alias = fact(Table::Senders, "{} with the front's host and a final dot", CHOSEN, &[Code::ClientOutside]).because(
        "istiod finds no Service of that name: sidecars take the address for one of nobody and call in plaintext",
        "istiod `push_context.go`, aliases",
    );
    vec![address.of_table("neighbours/endpoints", &entries(false)), alias.of_table("neighbours/endpoints", &entries(true))]
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(Table::Senders, "Service of type ExternalName to the front's host", "nothing", &[])
        .because(
            "istiod makes it an alias of the front, for all clients in the mesh; the proxies take any Host header",
            "istiod `push_context.go`, aliases",
        )
        .of(&[("", "Service")]),
    fact(
        Table::Services,
        "EndpointSlice with the label `kubernetes.io/service-name` of the front",
        "error {}",
        &[Code::EndpointsBesideProxies],
    )
    .because("clients reach its addresses beside the proxies", "k8s discovery/v1")
    .of(&[("discovery.k8s.io", "EndpointSlice")]),
    fact(Table::Services, "EndpointSlice of `endpointslice-controller.k8s.io`, Endpoints", "nothing", &[])
        .because("the cluster's controllers write them anew from the selector", "k8s endpointslice controller")
        .of(&[("discovery.k8s.io", "EndpointSlice")]),
    fact(Table::Services, "ServiceEntry with the front's whole host", "error {}", &[Code::EndpointsBesideProxies])
        .because("istiod joins its endpoints with the Service's", "istiod, `EndpointIndex` shards")
        .of(&[("networking.istio.io", "ServiceEntry")]),
];
