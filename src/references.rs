//! All that the documentation says of the checks: the tables of `docs/references.md` and `docs/policies.md` are made of
//! it. The program itself does not read it.

use crate::findings::fact::{Fact, Row};
use crate::neighbours::{api_server, callers, controllers, endpoints, gateway_api, monitors, queries, sessions};
use crate::objects::workloads;
use crate::planes::istio_gateway::clients::mesh_programs;

/// Every row, in the order of writing.
#[must_use]
pub fn rows() -> Vec<Row> {
    let of = |(module, of_tables, facts): &Module| {
        let plain = facts.iter().map(|fact| Row::of(module, fact));
        of_tables().into_iter().chain(plain).collect::<Vec<_>>()
    };
    MODULES.iter().flat_map(of).collect()
}

/// The kinds in the tables of the code.
#[must_use]
pub fn kinds() -> Vec<(&'static str, &'static str)> {
    let mut kinds: Vec<_> = callers::CALLERS.iter().map(|caller| (caller.group, caller.kind)).collect();
    kinds.extend(gateway_api::ROUTES.iter().map(|kind| (gateway_api::GROUP, *kind)));
    kinds.extend(sessions::kinds());
    kinds.extend(endpoints::ADDRESSES.iter().map(|(group, kind, ..)| (*group, *kind)));
    kinds.extend(api_server::KINDS.iter().map(|(group, kind, _)| (*group, *kind)));
    kinds.extend(mesh_programs::PROGRAMS.iter().map(|program| (program.group, program.kind)));
    kinds.extend(controllers::CONTROLLERS.iter().flat_map(|of| of.kinds.iter().map(|kind| (of.group, *kind))));
    kinds.extend(monitors::KINDS.iter().map(|(group, kind, _)| (*group, *kind)));
    kinds.extend(queries::QUERIES);
    kinds.extend(workloads::WORKLOADS);
    kinds
}

/// A module with the rows of its tables and those of its other checks.
type Module = (&'static str, fn() -> Vec<Row>, &'static [Fact]);

/// Every module that says something, in the order of writing.
const MODULES: &[Module] = &[
    ("neighbours/callers", callers::rows, callers::FACTS),
    ("neighbours/sessions", sessions::rows, sessions::FACTS),
    ("neighbours/api_server", api_server::rows, &[]),
    ("planes/istio_gateway/clients/mesh_programs", mesh_programs::rows, &[]),
    ("neighbours/endpoints", endpoints::rows, endpoints::FACTS),
    ("planes/istio_gateway/clients/workloads", Vec::new, crate::planes::istio_gateway::clients::workloads::FACTS),
    ("neighbours/monitors", monitors::rows, monitors::FACTS),
    ("neighbours/queries", queries::rows, queries::FACTS),
    ("neighbours/budgets", Vec::new, crate::neighbours::budgets::FACTS),
    ("neighbours/bypass", Vec::new, crate::neighbours::bypass::FACTS),
    ("interception/selector_conflicts", Vec::new, crate::interception::selector_conflicts::FACTS),
    ("neighbours/controllers", controllers::rows, controllers::FACTS),
    ("planes/istio_gateway/rules/written_labels", Vec::new, crate::planes::istio_gateway::rules::written_labels::FACTS),
    ("interception/pair", Vec::new, crate::interception::pair::FACTS),
    ("planes/istio_gateway/rules/hidden_target", Vec::new, crate::planes::istio_gateway::rules::hidden_target::FACTS),
    ("interception/adopted", Vec::new, crate::interception::adopted::FACTS),
    ("neighbours/service_fields", Vec::new, crate::neighbours::service_fields::FACTS),
    ("planes/istio_gateway/clients/namespaces", Vec::new, crate::planes::istio_gateway::clients::namespaces::FACTS),
    ("planes/istio_gateway/clients/revision", Vec::new, crate::planes::istio_gateway::clients::revision::FACTS),
    ("neighbours/limit_range", Vec::new, crate::neighbours::limit_range::FACTS),
    ("neighbours/quota", Vec::new, crate::neighbours::quota::FACTS),
    ("neighbours/quota_scope", Vec::new, crate::neighbours::quota_scope::FACTS),
    ("planes/istio_gateway/routes/virtual_service", Vec::new, crate::planes::istio_gateway::routes::virtual_service::FACTS),
    ("planes/istio_gateway/rules/destination_rule", Vec::new, crate::planes::istio_gateway::rules::destination_rule::FACTS),
    ("planes/istio_gateway/rules/front_tls", Vec::new, crate::planes::istio_gateway::rules::front_tls::FACTS),
    ("planes/istio_gateway/rules/wildcard_rule", Vec::new, crate::planes::istio_gateway::rules::wildcard_rule::FACTS),
    ("planes/istio_gateway/rules/limits", Vec::new, crate::planes::istio_gateway::rules::limits::FACTS),
    ("planes/istio_gateway/rules/passthrough", Vec::new, crate::planes::istio_gateway::rules::passthrough::FACTS),
    (
        "planes/istio_gateway/rules/passthrough_elsewhere",
        Vec::new,
        crate::planes::istio_gateway::rules::passthrough_elsewhere::FACTS,
    ),
    ("planes/istio_gateway/rules/without_auto_mtls", Vec::new, crate::planes::istio_gateway::rules::without_auto_mtls::FACTS),
    ("planes/istio_gateway/rules/other_domain", Vec::new, crate::planes::istio_gateway::rules::other_domain::FACTS),
    ("planes/istio_gateway/rules/choices", Vec::new, crate::planes::istio_gateway::rules::choices::FACTS),
    ("planes/istio_gateway/rules/locality", Vec::new, crate::planes::istio_gateway::rules::locality::FACTS),
    ("planes/istio_gateway/rules/exported", Vec::new, crate::planes::istio_gateway::rules::exported::FACTS),
    ("neighbours/gateway_api", Vec::new, gateway_api::FACTS),
    ("planes/istio_gateway/clients/sight", Vec::new, crate::planes::istio_gateway::clients::sight::FACTS),
    ("planes/istio_gateway/routes/gateways", Vec::new, crate::planes::istio_gateway::routes::gateways::FACTS),
    (
        "planes/istio_gateway/policies/authorization_policy",
        Vec::new,
        crate::planes::istio_gateway::policies::authorization_policy::FACTS,
    ),
    (
        "planes/istio_gateway/policies/authorization_path",
        Vec::new,
        crate::planes::istio_gateway::policies::authorization_path::FACTS,
    ),
    (
        "planes/istio_gateway/policies/authorization_set",
        Vec::new,
        crate::planes::istio_gateway::policies::authorization_set::FACTS,
    ),
    ("planes/istio_gateway/policies/identity", Vec::new, crate::planes::istio_gateway::policies::identity::FACTS),
    ("neighbours/network_policy", Vec::new, crate::neighbours::network_policy::FACTS),
    ("neighbours/network_client", Vec::new, crate::neighbours::network_client::FACTS),
    ("planes/istio_gateway/policies/authentication", Vec::new, crate::planes::istio_gateway::policies::authentication::FACTS),
    (
        "planes/istio_gateway/policies/request_authentication",
        Vec::new,
        crate::planes::istio_gateway::policies::request_authentication::FACTS,
    ),
    ("planes/istio_gateway/rules/tls_elsewhere", Vec::new, crate::planes::istio_gateway::rules::tls_elsewhere::FACTS),
    ("planes/istio_gateway/policies/extension", Vec::new, crate::planes::istio_gateway::policies::extension::FACTS),
    ("planes/istio_gateway/policies/inbound_filter", Vec::new, crate::planes::istio_gateway::policies::inbound_filter::FACTS),
    ("planes/istio_gateway/policies/mod", Vec::new, crate::planes::istio_gateway::policies::FACTS),
];
