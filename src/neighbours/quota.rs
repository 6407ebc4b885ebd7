//! ResourceQuotas: what everything in a namespace may ask for together.
//!
//! What else runs in the namespace is not known. So only what the proxies need alone is compared.

use super::admitted::{Admitted, Named, and_more, found, named, written};
use super::quota_scope;
use crate::changes::Kind;
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::krm::{Finding, Findings, Item};
use crate::objects::Index;
use std::collections::HashMap;

/// Resources that every container has to name where a quota limits them (`validationSet` in Kubernetes'
/// `pkg/quota/v1/evaluator/core/pods.go`).
const NEEDED: [&str; 6] = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

const ONE: i128 = 1_000_000_000;

/// How many objects of each kind are generated in a namespace.
pub type Generated = HashMap<Kind, usize>;

/// Refuses a quota that leaves no room for the proxies that always run; warns of one without room for all
/// that may run.
pub fn check(item: &Item<'_>, pools: &[Admitted<'_>], generated: &Generated, index: &Index<'_, '_>, findings: &mut Findings) {
    let Some(spec) = item.value().ok().and_then(|value| value.get("spec")) else { return };
    let counted: Vec<_> = pools.iter().filter(|pool| quota_scope::counts(spec, pool, index)).collect();
    for hard in named(spec.get("hard")) {
        let finding = match counts(hard.resource) {
            Counted::OfPods(amount) => of_pods(&hard, amount, &counted),
            Counted::Objects => of_objects(&hard, pools, generated),
        };
        if let Some(finding) = finding {
            found(finding, item, format!("spec.hard[{}]", hard.resource), &hard.written, findings);
        }
    }
}

/// What a name in `hard` counts.
enum Counted<'h> {
    OfPods(OfPod<'h>),
    Objects,
}

/// What a pod counts for (`podComputeUsageHelper`).
#[derive(Clone, Copy)]
enum OfPod<'h> {
    Itself,
    Request(&'h str),
    Limit(&'h str),
}

fn counts(hard: &str) -> Counted<'_> {
    Counted::OfPods(match hard {
        "pods" | "count/pods" => OfPod::Itself,
        "cpu" | "memory" | "ephemeral-storage" => OfPod::Request(hard),
        _ => match (hard.strip_prefix("requests."), hard.strip_prefix("limits.")) {
            // That of PersistentVolumeClaims, of which the proxies have none.
            (Some("storage"), _) => return Counted::Objects,
            (Some(resource), _) => OfPod::Request(resource),
            (_, Some(resource)) => OfPod::Limit(resource),
            _ => return Counted::Objects,
        },
    })
}

impl OfPod<'_> {
    fn amount(self, pool: &Admitted<'_>) -> Option<i128> {
        match self {
            OfPod::Itself => Some(ONE),
            OfPod::Request(resource) => pool.container.requests.get(resource).copied(),
            OfPod::Limit(resource) => pool.container.limits.get(resource).copied(),
        }
    }

    /// The field of `proxy` that says so.
    fn field(self) -> Option<String> {
        match self {
            OfPod::Itself => None,
            OfPod::Request(resource) => Some(format!("proxy.resources.requests.{resource}")),
            OfPod::Limit(resource) => Some(format!("proxy.resources.limits.{resource}")),
        }
    }
}

fn of_pods(hard: &Named<'_>, amount: OfPod<'_>, pools: &[&Admitted<'_>]) -> Option<Finding> {
    if NEEDED.contains(&hard.resource) {
        let mut without = pools.iter().filter(|pool| amount.amount(pool).is_none());
        if let Some(pool) = without.next() {
            return Some(unnamed(hard, amount, pool, without.count()));
        }
    }
    let sum = |replicas: fn(&Admitted<'_>) -> i32| {
        let each = pools.iter().map(|pool| amount.amount(pool).unwrap_or(0).saturating_mul(i128::from(replicas(pool))));
        each.fold(0, i128::saturating_add)
    };
    let least = sum(|pool| pool.interception.pool.min_replicas);
    let most = sum(|pool| pool.interception.pool.max_replicas);
    if least.max(most) <= hard.nanos {
        return None;
    }
    let largest = pools.iter().max_by_key(|pool| (amount.amount(pool), std::cmp::Reverse(&pool.interception.proxy_name)))?;
    let who = format!("the proxies \"{}\"{}", largest.interception.proxy_name, and_more(pools.len() - 1));
    let on = largest.interception.source.object();
    let setting = |replicas: &str| {
        let setting = amount.field().map(|field| format!(" or {field}")).unwrap_or_default();
        format!("raise it, or lower {replicas}{setting} on {on}")
    };
    Some(if least > hard.nanos {
        let message = format!(
            "\"{}\" is less than the {} that {who} need for minReplicas alone; what else runs here is not known and comes on top",
            hard.written,
            written(least, hard.resource)
        );
        Finding::error(Code::QuotaRefuses, message, setting("autoscaling.minReplicas"))
    } else {
        let message = format!(
            "\"{}\" is less than the {} that {who} need for maxReplicas alone: the autoscaler could not start all; what else runs \
             here is not known and comes on top",
            hard.written,
            written(most, hard.resource)
        );
        Finding::warning(Code::QuotaStopsScaling, message, setting("autoscaling.maxReplicas"))
    })
}

fn unnamed(hard: &Named<'_>, amount: OfPod<'_>, pool: &Admitted<'_>, more: usize) -> Finding {
    let (kind, resource) = match amount {
        OfPod::Limit(resource) => ("limit", resource),
        OfPod::Request(resource) => ("request", resource),
        OfPod::Itself => unreachable!("every pod counts for one"),
    };
    let interception = pool.interception;
    let message = format!(
        "\"{}\" makes the API server refuse pods without a {resource} {kind}, and the proxies \"{}\"{} have none",
        hard.written,
        interception.proxy_name,
        and_more(more)
    );
    let remedy = format!("set {} on {}", amount.field().unwrap_or_default(), interception.source.object());
    Finding::error(Code::QuotaRefuses, message, remedy)
}

/// A quota that counts objects, such as `count/deployments.apps`: what is generated is counted.
fn of_objects(hard: &Named<'_>, pools: &[Admitted<'_>], generated: &Generated) -> Option<Finding> {
    let made: usize = generated.iter().filter(|(kind, _)| counts_kind(hard.resource, **kind)).map(|(_, made)| made).sum();
    let made_nanos = i128::try_from(made).ok()?.saturating_mul(ONE);
    if made_nanos <= hard.nanos {
        return None;
    }
    let first = pools.first()?.interception;
    let message = format!(
        "\"{}\" is less than the {made} such objects that are generated for \"{}\"{}; what else is here is not known and comes on top",
        hard.written,
        first.front_name,
        if pools.len() == 1 { String::new() } else { format!(" and {} more", pools.len() - 1) }
    );
    Some(Finding::error(Code::QuotaRefuses, message, "raise it, or intercept fewer Services in this namespace"))
}

/// `count/<resource>.<group>`, or the older name without `count/` that some kinds of the core group have.
fn counts_kind(hard: &str, kind: Kind) -> bool {
    let (group, kind) = (kind.group, kind.kind.to_lowercase());
    let plural = kind.strip_suffix("policy").map_or_else(|| format!("{kind}s"), |stem| format!("{stem}policies"));
    match hard.strip_prefix("count/") {
        Some(counted) if group.is_empty() => counted == plural,
        Some(counted) => counted.strip_prefix(plural.as_str()).and_then(|rest| rest.strip_prefix('.')) == Some(group),
        None => group.is_empty() && hard == "services" && plural == "services",
    }
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Namespace,
        "ResourceQuota `hard` that `minReplicas` of all proxies, or the generated objects, exceed alone",
        "error {}",
        &[Code::QuotaRefuses],
    )
    .because(
        "the API server refuses what exceeds it. What else runs in the namespace is not known",
        "k8s `podComputeUsageHelper`; tried",
    )
    .of(&[("", "ResourceQuota")]),
    fact(
        Table::Namespace,
        "ResourceQuota with a request or limit of CPU or memory that the proxies do not name, and no LimitRange gives",
        "error {}",
        &[Code::QuotaRefuses],
    )
    .because("the API server refuses pods without it", "k8s `validationSet` of the pods' evaluator; tried")
    .of(&[("", "ResourceQuota")]),
    fact(Table::Namespace, "ResourceQuota `hard` that only `maxReplicas` exceed", "warning {}", &[Code::QuotaStopsScaling])
        .because("the autoscaler could not start all", "the same")
        .of(&[("", "ResourceQuota")]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_the_name_by_which_a_quota_counts_it() {
        for (hard, (group, kind)) in [
            ("count/services", ("", "Service")),
            ("services", ("", "Service")),
            ("count/deployments.apps", ("apps", "Deployment")),
            ("count/networkpolicies.networking.k8s.io", ("networking.k8s.io", "NetworkPolicy")),
            ("count/authorizationpolicies.security.istio.io", ("security.istio.io", "AuthorizationPolicy")),
            ("count/gateways.networking.istio.io", ("networking.istio.io", "Gateway")),
        ] {
            assert!(counts_kind(hard, Kind { group, kind }), "{hard}");
        }
        for (hard, (group, kind)) in [
            ("deployments.apps", ("apps", "Deployment")),
            ("count/deployments.extensions", ("apps", "Deployment")),
            ("count/gateways.gateway.networking.k8s.io", ("networking.istio.io", "Gateway")),
            ("serviceaccounts", ("", "ServiceAccount")),
        ] {
            assert!(!counts_kind(hard, Kind { group, kind }), "{hard}");
        }
    }
}
