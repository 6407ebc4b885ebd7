//! What it means: for each Service that is or was intercepted, in words that are true by the
//! objects.

use super::effect::{Effect, Meaning, Pair};
use super::{ObjectChange, changed_fields, pool_change, pool_words};
use crate::interception::FRONT_LABEL;
use crate::rendered::{Inventory, Pool};
use std::collections::BTreeMap;

/// A sentence for each front whose proxies come, go or change, by namespace and name.
pub fn of(before: &Inventory, after: &Inventory, objects: &[ObjectChange]) -> Vec<Meaning> {
    let mut pairs: BTreeMap<(&str, &str), Pair<'_>> = BTreeMap::new();
    let empty = || Pair { before_all: before, after_all: after, before: None, after: None };
    for pool in sorted(before) {
        pairs.entry((pool.namespace, pool.front_name)).or_insert_with(empty).before.get_or_insert(pool);
    }
    for pool in sorted(after) {
        pairs.entry((pool.namespace, pool.front_name)).or_insert_with(empty).after.get_or_insert(pool);
    }
    let changed = changed_fields(objects);
    let meanings = pairs.into_iter().filter_map(|((namespace, front_name), pair)| {
        let (effect, sentences) = match (&pair.before, &pair.after) {
            (None, Some(new)) => appears(&pair, new),
            (Some(old), None) => disappears(&pair, old),
            (Some(old), Some(new)) => pool_change::changes(&pair, old, new, &changed)?,
            (None, None) => return None,
        };
        Some(Meaning { namespace: namespace.into(), front_name: front_name.into(), effect, sentences })
    });
    meanings.collect()
}

/// The pools by the names of their Deployments: of several for one front the same one counts, whatever
/// the order of the manifests.
fn sorted(inventory: &Inventory) -> Vec<Pool<'_>> {
    let mut pools = inventory.pools();
    pools.sort_by(|a, b| a.deployment.key.cmp(&b.deployment.key));
    pools
}

fn appears(pair: &Pair<'_>, new: &Pool<'_>) -> (Effect, Vec<String>) {
    let crowd = pool_words::crowd(new);
    if !new.intercepts() {
        let sentence = match pair.before_all.service(new.namespace, new.front_name) {
            Some(_) => format!("proxies stand ready ({crowd}); the Service does not send its traffic to them yet"),
            None => format!("proxies stand ready ({crowd}), but there is no Service to send traffic to them"),
        };
        return (Effect::Prepared, vec![sentence]);
    }
    let Some(front) = pair.before_all.service(new.namespace, new.front_name) else {
        return (Effect::Intercepted, vec![format!("new; traffic goes through {crowd}")]);
    };
    let was = format!("was: {}", pool_words::destination(front));
    let mut sentences = vec![format!("traffic now goes through {crowd} ({was})")];
    sentences.extend(pool_change::rules_that_moved(pair, true));
    sentences.extend(pool_change::what_stays(pair.before_all.service(new.namespace, new.front_name), new.front));
    (Effect::Intercepted, sentences)
}

fn disappears(pair: &Pair<'_>, old: &Pool<'_>) -> (Effect, Vec<String>) {
    let proxies = pool_words::size(old);
    let Some(front) = pair.after_all.service(old.namespace, old.front_name) else {
        return (Effect::Removed, vec![format!("the Service goes, and its {proxies} with it")]);
    };
    if front.text(&["spec", "selector", FRONT_LABEL]) == Some(old.front_name) {
        let sentence = format!("the {proxies} go, and the Service still selects them: it would have no endpoints");
        return (Effect::Broken, vec![sentence]);
    }
    if !old.intercepts() {
        return (Effect::Released, vec![format!("the {proxies} that were prepared go; traffic never went through them")]);
    }
    let mut sentences = vec![format!("traffic goes {} again (was: through {proxies})", pool_words::destination(front))];
    sentences.extend(pool_change::rules_that_moved(pair, false));
    sentences.extend(pool_change::what_stays(old.front, Some(front)));
    (Effect::Released, sentences)
}
