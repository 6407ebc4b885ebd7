//! What the documentation says of a check, as data beside the check.

use super::Code;

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
    /// The row of a fact.
    pub fn of(module: &'static str, fact: &Fact) -> Self {
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
