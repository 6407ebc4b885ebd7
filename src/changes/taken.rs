//! Names of generated objects that other objects have already.

use super::{Kind, Planned};
use crate::findings::Code;
use crate::interception::Interception;
use crate::interception::names::is_generated;
use crate::krm::{Finding, Findings};
use crate::objects::Index;
use crate::objects::index::namespace_key;
use std::collections::{HashMap, HashSet};

/// Refuses generated objects whose name somebody else's object has, in the input or in another
/// interception. Objects of an earlier run are noted, to be replaced in place.
pub fn refuse_taken(interceptions: &[Interception], planned: &mut [Planned<'_>], index: &Index<'_, '_>, findings: &mut Findings) {
    let mut owners: HashMap<(Kind, &str, String), usize> = HashMap::new();
    let mut rivals = HashSet::new();
    for planned in planned {
        let interception = &interceptions[planned.interception];
        let source = &interception.source;
        let Kind { group, kind } = planned.kind;
        let namespace = namespace_key(interception.namespace.as_deref());
        if let Some(owner) = owners.insert((planned.kind, namespace, planned.name.clone()), planned.interception) {
            // One finding for each pair of interceptions says enough.
            if rivals.insert(planned.interception) {
                let message = format!("\"{}\" generates a {kind} \"{}\" too", interceptions[owner].source.object(), planned.name);
                let remedy = "give each ProxyService a Service and a target of its own";
                let finding = Finding::error(Code::NameTaken, message, remedy).seen(planned.name.as_str());
                findings.push(source.point(finding, "target"));
            }
            continue;
        }
        for found in index.find(group, kind, interception.namespace.as_deref(), &planned.name) {
            let item = index.item(*found);
            if is_generated(item) {
                planned.existing = Some(*found);
            } else {
                let message = format!("the name \"{}\" is that of the {kind} to generate for {}", planned.name, source.object());
                let finding = Finding::error(Code::NameTaken, message, format!("rename or remove this {kind}"));
                findings.push(finding.about(item).at("metadata.name").seen(planned.name.as_str()));
            }
        }
    }
}
