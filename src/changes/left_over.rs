//! What an earlier run generated and nothing asks for any more.

use super::Changes;
use crate::interception::names::is_generated;
use crate::interception::{Interception, MANAGER};
use crate::objects::Index;
use crate::objects::index::namespace_key;
use memchr::memmem;
use std::collections::HashSet;

/// Label with the name of the front, on everything generated but the two Services.
const INSTANCE: [&str; 3] = ["metadata", "labels", "app.kubernetes.io/instance"];

/// Removes the objects that an earlier run generated for an interception and that this run does not need: the
/// EnvoyFilter after `choiceCount` is gone, the budget of a pool that may be empty, the copy of a policy that is
/// not there any more. They would stay in force.
///
/// Objects for a front that is not among the interceptions stay: a lower layer of the build may have asked for it.
pub fn remove_left_over(interceptions: &[Interception], index: &Index<'_, '_>, changes: &mut Changes) {
    let mut of_fronts = HashSet::new();
    let mut names = HashSet::new();
    for interception in interceptions {
        let namespace = namespace_key(interception.namespace.as_deref());
        of_fronts.insert((namespace, interception.front_name.as_str()));
        names.insert((namespace, interception.proxy_name.as_str()));
        names.insert((namespace, interception.target_name.as_str()));
    }
    let manager = memmem::Finder::new(MANAGER);
    for (position, item) in index.items() {
        let namespace = namespace_key(item.id().namespace.as_deref());
        if changes.is_claimed(position) || manager.find(item.fragment().text().as_bytes()).is_none() || !is_generated(item) {
            continue;
        }
        // Later layers rename objects, and not the label.
        let named = names.contains(&(namespace, item.id().name.as_ref()));
        if named || item.text_at(&INSTANCE).is_some_and(|front| of_fronts.contains(&(namespace, front))) {
            changes.remove(position);
        }
    }
}
