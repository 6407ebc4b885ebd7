//! What keeps the API server from admitting the proxies: LimitRanges and ResourceQuotas of their
//! namespace.

use super::admitted::{Admitted, Container};
use super::limit_range::Defaults;
use super::{limit_range, quota};
use crate::changes::Planned;
use crate::interception::Interception;
use crate::krm::{Findings, Item};
use crate::objects::Index;
use crate::objects::index::namespace_key;
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// Looks at every LimitRange and ResourceQuota of the namespaces in which proxies run.
pub fn check(interceptions: &[Interception], planned: &[Planned<'_>], index: &Index<'_, '_>, findings: &mut Findings) {
    let ranges = by_namespace(index.of_kind("", "LimitRange"));
    let quotas = by_namespace(index.of_kind("", "ResourceQuota"));
    if ranges.is_empty() && quotas.is_empty() {
        return;
    }
    let defaults: BTreeMap<_, _> = ranges.iter().map(|(here, ranges)| (*here, Defaults::of(ranges))).collect();
    let mut pools: BTreeMap<&str, Vec<Admitted<'_>>> = BTreeMap::new();
    for interception in interceptions {
        let here = namespace_key(interception.namespace.as_deref());
        let mut container = Container::of(&interception.proxy);
        if let Some(defaults) = defaults.get(here) {
            defaults.fill_in(&mut container);
        }
        pools.entry(here).or_default().push(Admitted { interception, container });
    }
    let of = |here: &str| pools.get(here).map_or(&[][..], Vec::as_slice);
    for (here, ranges) in &ranges {
        let mut alike: IndexMap<&Container, (&Admitted<'_>, usize)> = IndexMap::new();
        of(here).iter().for_each(|pool| alike.entry(&pool.container).or_insert((pool, 0)).1 += 1);
        let alike: Vec<_> = alike.into_values().collect();
        ranges.iter().for_each(|range| limit_range::check(range, &alike, findings));
    }
    for (here, quotas) in &quotas {
        let is_here = |planned: &&Planned<'_>| namespace_key(interceptions[planned.interception].namespace.as_deref()) == *here;
        let mut generated = quota::Generated::new();
        planned.iter().filter(is_here).for_each(|planned| *generated.entry(planned.kind).or_default() += 1);
        quotas.iter().for_each(|item| quota::check(item, of(here), &generated, index, findings));
    }
}

fn by_namespace<'i, 'a: 'i>(items: impl Iterator<Item = (usize, &'i Item<'a>)>) -> BTreeMap<&'i str, Vec<&'i Item<'a>>> {
    let mut found: BTreeMap<&str, Vec<&Item<'_>>> = BTreeMap::new();
    for (_, item) in items {
        found.entry(namespace_key(item.id().namespace.as_deref())).or_default().push(item);
    }
    found
}
