//! All that the documentation says of the checks: the tables of `docs/references.md` and `docs/policies.md` are made of
//! it. The program itself does not read it.

use super::fact::{Fact, Row};
use super::{api_server, callers, controllers, endpoints, gateway_api, mesh_programs, monitors, pods, queries, sessions};

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
    kinds.extend(pods::WORKLOADS);
    kinds
}

/// A module with the rows of its tables and those of its other checks.
type Module = (&'static str, fn() -> Vec<Row>, &'static [Fact]);

/// Every module that says something, in the order of writing.
const MODULES: &[Module] = &[
    ("callers", callers::rows, callers::FACTS),
    ("sessions", sessions::rows, sessions::FACTS),
    ("api_server", api_server::rows, &[]),
    ("mesh_programs", mesh_programs::rows, &[]),
    ("endpoints", endpoints::rows, endpoints::FACTS),
    ("clients", Vec::new, super::clients::FACTS),
    ("monitors", monitors::rows, monitors::FACTS),
    ("queries", queries::rows, queries::FACTS),
    ("budgets", Vec::new, super::budgets::FACTS),
    ("around", Vec::new, super::around::FACTS),
    ("../reach", Vec::new, crate::resolve::reach::FACTS),
    ("controllers", controllers::rows, controllers::FACTS),
    ("written_labels", Vec::new, super::written_labels::FACTS),
    ("../pair", Vec::new, crate::resolve::pair::FACTS),
    ("hidden_target", Vec::new, super::hidden_target::FACTS),
    ("../adopted", Vec::new, crate::resolve::adopted::FACTS),
    ("service_fields", Vec::new, super::service_fields::FACTS),
    ("namespaces", Vec::new, super::namespaces::FACTS),
    ("revision", Vec::new, super::revision::FACTS),
    ("limit_range", Vec::new, super::limit_range::FACTS),
    ("quota", Vec::new, super::quota::FACTS),
    ("quota_scope", Vec::new, super::quota_scope::FACTS),
    ("virtual_service", Vec::new, super::virtual_service::FACTS),
    ("destination_rule", Vec::new, super::destination_rule::FACTS),
    ("front_tls", Vec::new, super::front_tls::FACTS),
    ("wildcard_rule", Vec::new, super::wildcard_rule::FACTS),
    ("limits", Vec::new, super::limits::FACTS),
    ("passthrough", Vec::new, super::passthrough::FACTS),
    ("passthrough_elsewhere", Vec::new, super::passthrough_elsewhere::FACTS),
    ("without_auto_mtls", Vec::new, super::without_auto_mtls::FACTS),
    ("other_domain", Vec::new, super::other_domain::FACTS),
    ("choices", Vec::new, super::choices::FACTS),
    ("locality", Vec::new, super::locality::FACTS),
    ("exported", Vec::new, super::exported::FACTS),
    ("gateway_api", Vec::new, gateway_api::FACTS),
    ("sight", Vec::new, super::sight::FACTS),
    ("gateways", Vec::new, super::gateways::FACTS),
    ("authorization_policy", Vec::new, super::authorization_policy::FACTS),
    ("authorization_path", Vec::new, super::authorization_path::FACTS),
    ("authorization_set", Vec::new, super::authorization_set::FACTS),
    ("identity", Vec::new, super::identity::FACTS),
    ("network_policy", Vec::new, super::network_policy::FACTS),
    ("network_client", Vec::new, super::network_client::FACTS),
    ("authentication", Vec::new, super::authentication::FACTS),
    ("request_authentication", Vec::new, super::request_authentication::FACTS),
    ("tls_elsewhere", Vec::new, super::tls_elsewhere::FACTS),
    ("extension", Vec::new, super::extension::FACTS),
    ("inbound_filter", Vec::new, super::inbound_filter::FACTS),
    ("mod", Vec::new, super::FACTS),
];
