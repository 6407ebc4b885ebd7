//! The items of an input that may be policies about pods: found once, for all interceptions, and by
//! what they select.

use crate::krm::{Item, ObjectId};
use crate::mesh::Mesh;
use crate::objects::Index;
use crate::objects::index::namespace_key;
use crate::objects::selector::{Labels, Selector};
use crate::objects::value::at;
use std::cell::OnceCell;
use std::collections::HashMap;

/// Network policies of other projects than Kubernetes.
pub const OTHER_NETWORKS: [&str; 4] = ["cilium.io", "crd.projectcalico.org", "projectcalico.org", "policy.networking.k8s.io"];

/// Everything that may be a policy about pods, in the order of kinds and names: what is carried over
/// from several must not depend on the order in which they came.
pub struct Policies<'i, 'a> {
    /// The mesh that they are for.
    pub mesh: &'i Mesh,
    all: Vec<(usize, &'i Item<'a>)>,
    by_place: HashMap<(&'i str, &'i str, &'i str), Place>,
    extensions: Vec<usize>,
}

/// The policies of one kind in one namespace, as positions; their selectors are read when somebody
/// asks for them.
#[derive(Default)]
struct Place {
    all: Vec<usize>,
    selectors: OnceCell<Selectors>,
}

/// What selects pods, by a number, found by what these have.
#[derive(Default)]
pub struct Selectors {
    /// By the first label of their selector, its key and its value.
    by_label: HashMap<String, HashMap<String, Vec<usize>>>,
    /// Those that select by no label.
    open: Vec<usize>,
}

impl<'i, 'a> Policies<'i, 'a> {
    /// Picks them by group and kind; nothing is parsed.
    pub fn of(index: &Index<'i, 'a>, mesh: &'i Mesh) -> Self {
        let mut all: Vec<_> = index.items().filter(|(_, item)| is_policy(item.id())).collect();
        all.sort_by_key(|(_, item)| (item.id().kind.as_ref(), item.id().namespace.as_deref(), item.id().name.as_ref()));
        let mut policies = Policies { mesh, all, by_place: HashMap::new(), extensions: Vec::new() };
        for (position, (_, item)) in policies.all.iter().enumerate() {
            let id = item.id();
            if !matches!(id.group(), "security.istio.io" | "networking.k8s.io") {
                policies.extensions.push(position);
                continue;
            }
            let place = policies.by_place.entry((id.group(), &id.kind, namespace_key(id.namespace.as_deref()))).or_default();
            place.all.push(position);
        }
        policies
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Those of a kind, in every namespace.
    pub fn of_kind(&self, group: &str, kind: &str) -> impl Iterator<Item = (usize, &'i Item<'a>)> + '_ {
        let places = self.by_place.iter().filter(|((of, named, _), _)| *of == group && *named == kind);
        self.at(places.flat_map(|(_, place)| place.all.iter().copied()).collect())
    }

    /// Those of a kind in some namespaces, without those whose selector cannot match: `pods` are labels
    /// that pods have, and those of the first may have others too.
    pub fn selecting(
        &self,
        group: &str,
        kind: &str,
        namespaces: &[&str],
        pods: [&Labels; 2],
    ) -> impl Iterator<Item = (usize, &'i Item<'a>)> + '_ {
        let places = namespaces.iter().filter_map(|namespace| self.by_place.get(&(group, kind, *namespace)));
        let mut found = Vec::new();
        for place in places {
            let selectors = place.selectors.get_or_init(|| Selectors::read(place.all.iter().map(|at| (*at, self.all[*at].1))));
            selectors.matching(pods, &mut found);
        }
        self.at(found)
    }

    /// Everything else: extensions of Envoy, other projects' network policies.
    pub fn extensions(&self) -> impl Iterator<Item = (usize, &'i Item<'a>)> + '_ {
        self.extensions.iter().map(|position| self.all[*position])
    }

    fn at(&self, mut positions: Vec<usize>) -> impl Iterator<Item = (usize, &'i Item<'a>)> + '_ {
        positions.sort_unstable();
        positions.dedup();
        positions.into_iter().map(|position| self.all[position])
    }
}

impl Selectors {
    fn read<'i, 'a: 'i>(items: impl Iterator<Item = (usize, &'i Item<'a>)>) -> Self {
        let mut selectors = Selectors::default();
        for (position, item) in items {
            let field = if item.id().kind == "NetworkPolicy" { "podSelector" } else { "selector" };
            let selector = item.value().ok().map(|value| Selector::read(at(value, &["spec", field])));
            selectors.add(position, selector.as_ref());
        }
        selectors
    }

    /// Adds a selector; `None`: one that matches all pods.
    pub fn add(&mut self, position: usize, selector: Option<&Selector>) {
        let Some((key, values)) = selector.and_then(Selector::first_label) else { return self.open.push(position) };
        let by_value = self.by_label.entry(key.to_string()).or_default();
        for value in values {
            by_value.entry(value.to_string()).or_default().push(position);
        }
    }

    /// Those that can match, some of them more than once. `pods` are labels that pods have, and those of the first may
    /// have others too.
    pub fn matching(&self, [app, proxies]: [&Labels; 2], found: &mut Vec<usize>) {
        found.extend(&self.open);
        for (key, by_value) in &self.by_label {
            match app.get(key) {
                Some(value) => found.extend(by_value.get(value).into_iter().flatten()),
                None => found.extend(by_value.values().flatten()),
            }
            found.extend(proxies.get(key).and_then(|value| by_value.get(value)).into_iter().flatten());
        }
    }
}

fn is_policy(id: &ObjectId<'_>) -> bool {
    match id.group() {
        "security.istio.io" | "networking.k8s.io" | "extensions.istio.io" => id.kind != "Ingress",
        "networking.istio.io" => id.kind == "EnvoyFilter",
        group => OTHER_NETWORKS.contains(&group),
    }
}
