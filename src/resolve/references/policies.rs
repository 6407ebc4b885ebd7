//! The items of an input that may be policies about pods: found once, for all interceptions.

use crate::krm::{Item, ObjectId};
use crate::resolve::index::Index;

/// Network policies of other projects than Kubernetes.
pub const OTHER_NETWORKS: [&str; 4] = ["cilium.io", "crd.projectcalico.org", "projectcalico.org", "policy.networking.k8s.io"];

/// Everything that may be a policy about pods, with its index.
pub struct Policies<'i, 'a>(Vec<(usize, &'i Item<'a>)>);

impl<'i, 'a> Policies<'i, 'a> {
    /// Picks them by group and kind; nothing is parsed.
    pub fn of(index: &Index<'i, 'a>) -> Self {
        let mut policies: Vec<_> = index.items().filter(|(_, item)| is_policy(item.id())).collect();
        // What is carried over from several must not depend on the order in which they came.
        policies.sort_by_key(|(_, item)| (item.id().kind.as_ref(), item.id().namespace.as_deref(), item.id().name.as_ref()));
        Policies(policies)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in the order of their kinds and names.
    pub fn items(&self) -> impl Iterator<Item = (usize, &'i Item<'a>)> + '_ {
        self.0.iter().copied()
    }
}

fn is_policy(id: &ObjectId<'_>) -> bool {
    match id.group() {
        "security.istio.io" | "networking.k8s.io" | "extensions.istio.io" => id.kind != "Ingress",
        "networking.istio.io" => id.kind == "EnvoyFilter",
        group => OTHER_NETWORKS.contains(&group),
    }
}
