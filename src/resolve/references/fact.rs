//! What the documentation says of each check, as data beside the check: the tables of
//! `docs/references.md` and `docs/policies.md` are made of it. The program itself does not read it.

use super::{api_server, callers, controllers, endpoints, gateway_api, mesh_programs, monitors, queries, sessions, workloads};
use crate::krm::Code;

/// The tables of the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Objects that send requests to the Service.
    Senders,
    /// Objects that find pods or count requests.
    Finders,
    /// Other Services and endpoints.
    Services,
    /// Controllers of their own.
    Controllers,
    /// The Service's own fields.
    Fields,
    /// The Namespace and what is in it for all pods.
    Namespace,
    /// Istio's rules for the Service.
    Rules,
    /// AuthorizationPolicies.
    Authorization,
    /// Network policies.
    Network,
    /// Other policies.
    Others,
}

impl Table {
    /// Every table.
    pub const ALL: [Table; 10] = [
        Table::Senders,
        Table::Finders,
        Table::Services,
        Table::Controllers,
        Table::Fields,
        Table::Namespace,
        Table::Rules,
        Table::Authorization,
        Table::Network,
        Table::Others,
    ];

    /// The page in `docs/` that has it.
    #[must_use]
    pub fn page(self) -> &'static str {
        match self {
            Table::Authorization | Table::Network | Table::Others => "policies.md",
            _ => "references.md",
        }
    }

    /// The title of its first column.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Table::Fields | Table::Namespace => "field",
            Table::Rules | Table::Others => "object, field",
            Table::Authorization => "the user's policy",
            Table::Network => "the user's policies",
            _ => "kind, field",
        }
    }
}

/// One row: what becomes of a kind or a field, and why.
#[derive(Debug, Clone, Copy)]
pub struct Fact {
    table: Table,
    what: &'static str,
    happens: &'static str,
    codes: &'static [Code],
    why: &'static str,
    source: &'static str,
    kinds: &'static [(&'static str, &'static str)],
}

/// `what` is the kind and the field; `{}` in it stands for the kinds of the table in the code. `happens` says
/// what is done; `{}` in it stands for the next of `codes`.
pub const fn fact(table: Table, what: &'static str, happens: &'static str, codes: &'static [Code]) -> Fact {
    Fact { table, what, happens, codes, why: "", source: "–", kinds: &[] }
}

impl Fact {
    /// Why, and who says so upstream.
    pub const fn because(self, why: &'static str, source: &'static str) -> Self {
        Fact { why, source, ..self }
    }

    /// The kinds that a function looks at, by API group and name.
    pub const fn of(self, kinds: &'static [(&'static str, &'static str)]) -> Self {
        Fact { kinds, ..self }
    }

    /// The row of a table of kinds: each with its API group and what else the table says of it.
    pub fn of_table(&self, module: &'static str, entries: &[Entry]) -> Row {
        let mut row = Row::of(module, self);
        row.what = self.what.replacen("{}", &listed(entries), 1);
        row.kinds = entries.iter().map(|(group, kind, _)| (*group, *kind)).collect();
        row
    }
}

/// A kind of a table in the code: API group, kind, and the fields in words.
pub type Entry = (&'static str, &'static str, String);

/// A row of the documentation.
#[derive(Debug)]
pub struct Row {
    /// The file of the check, below `src/resolve/references/`, without its ending.
    pub module: &'static str,
    /// Where it stands.
    pub table: Table,
    /// The kind and the field.
    pub what: String,
    /// What happens, with the codes.
    pub happens: String,
    /// The codes that it names.
    pub codes: Vec<Code>,
    /// Why.
    pub why: &'static str,
    /// Who says so upstream.
    pub source: &'static str,
    /// API groups and kinds of the objects that the check looks at.
    pub kinds: Vec<(&'static str, &'static str)>,
}

impl Row {
    fn of(module: &'static str, fact: &Fact) -> Self {
        let mut happens = fact.happens.to_string();
        for code in fact.codes {
            happens = happens.replacen("{}", &code.to_string(), 1);
        }
        Row {
            module,
            table: fact.table,
            what: fact.what.to_string(),
            happens,
            codes: fact.codes.to_vec(),
            why: fact.why,
            source: fact.source,
            kinds: fact.kinds.to_vec(),
        }
    }
}

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

/// A place as the tables of the code have it (`places::services`), in words.
#[must_use]
pub fn field(place: &str) -> String {
    let path = place.split(' ').next().unwrap_or(place);
    format!("`{}`", path.strip_prefix("spec.").unwrap_or(path))
}

/// The kinds with their groups, those with the same fields together.
fn listed(entries: &[Entry]) -> String {
    let mut by_fields: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
    for (group, kind, fields) in entries {
        match by_fields.iter_mut().find(|(known, _)| known == fields) {
            Some((_, kinds)) => kinds.push((*group, *kind)),
            None => by_fields.push((fields, vec![(*group, *kind)])),
        }
    }
    let parts = by_fields.into_iter().map(|(fields, kinds)| {
        let (mut names, mut groups) = (Vec::new(), Vec::new());
        for (group, kind) in kinds {
            if !names.contains(&kind) {
                names.push(kind);
            }
            if !group.is_empty() && !groups.contains(&group) {
                groups.push(group);
            }
        }
        let groups: Vec<_> = groups.into_iter().map(|group| format!("`{group}`")).collect();
        let groups = if groups.is_empty() { String::new() } else { format!(" ({})", groups.join(", ")) };
        format!("{}{groups} {fields}", names.join(", ")).trim_end().to_string()
    });
    parts.collect::<Vec<_>>().join("; ")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_with_the_same_fields_stand_together() {
        let of = |group, kind, fields: &str| (group, kind, fields.to_string());
        let entries =
            [of("a.io", "A", "`x`"), of("b.io", "B", ""), of("c.io", "A", "`x`"), of("a.io", "C", "`x`"), of("", "D", "")];
        assert_eq!(listed(&entries), "A, C (`a.io`, `c.io`) `x`; B, D (`b.io`)");
        assert_eq!(field("spec.rules[].backend name"), "`rules[].backend`");
    }
}
