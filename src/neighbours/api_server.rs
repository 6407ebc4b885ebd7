//! What makes the API server call a Service: admission and conversion webhooks, API services.

use super::fronts::Fronts;
use crate::api::TlsMode;
use crate::findings::Code;
use crate::findings::fact::{Row, Table, fact, field};
use crate::krm::{Finding, Findings, Item};
use crate::objects::places;

/// Group, kind and places of the Service.
pub const KINDS: &[(&str, &str, &[&str])] = &[
    (
        "admissionregistration.k8s.io",
        "ValidatingWebhookConfiguration",
        &["webhooks[].clientConfig.service name", "webhooks[].clientConfig.url"],
    ),
    (
        "admissionregistration.k8s.io",
        "MutatingWebhookConfiguration",
        &["webhooks[].clientConfig.service name", "webhooks[].clientConfig.url"],
    ),
    ("apiregistration.k8s.io", "APIService", &["spec.service name"]),
    (
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        &["spec.conversion.webhook.clientConfig.service name", "spec.conversion.webhook.clientConfig.url"],
    ),
];

/// The API server is in no mesh: whatever the user chose, mutual TLS keeps it out.
pub fn check(places: &[&str], item: &Item<'_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    let Ok(value) = item.value() else { return };
    for named in places.iter().flat_map(|place| places::services(value, place)) {
        let Some(front) = fronts.of_host_anywhere(named.namespace, named.name) else { continue };
        if front.tls == TlsMode::Disable {
            continue;
        }
        let code = if front.tls_chosen { Code::ApiServerOutside } else { Code::TlsModeNotChosen };
        let message = format!("the API server calls \"{}\", and without a sidecar it cannot speak mutual TLS", front.front_name);
        let remedy = format!("set `tls: {{mode: DISABLE}}` on {}, or do not intercept the Service", front.source.object());
        findings.push(Finding::error(code, message, remedy).about(item).at(named.field).seen(named.name));
    }
}

/// The rows of the documentation for [`KINDS`].
pub fn rows() -> Vec<Row> {
    let fields = |places: &[&str]| places.iter().map(|place| field(place)).collect::<Vec<_>>().join(", ");
    let entries: Vec<_> = KINDS.iter().map(|(group, kind, places)| (*group, *kind, fields(places))).collect();
    let codes = &[Code::TlsModeNotChosen, Code::ApiServerOutside];
    let fact = fact(
        Table::Senders,
        "{}",
        "error {} while `tls.mode` is not set, error {} with ISTIO_MUTUAL; nothing with DISABLE",
        codes,
    )
    .because(
        "the API server is in no mesh, so this is no choice. With DISABLE the webhook's own TLS is carried as connections",
        "k8s admissionregistration/v1, apiregistration/v1",
    );
    vec![fact.of_table("neighbours/api_server", &entries)]
}
