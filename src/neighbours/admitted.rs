//! A pool of proxies, and what their container asks for when the API server admits a pod.

use crate::api::Proxy;
use crate::interception::Interception;
use crate::interception::proxy_resources::{Quantities, requests_and_limits};
use crate::krm::{Finding, Findings, Item, quantity};
use serde_yaml::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The pool of proxies of one interception, and what each of its pods asks for.
pub struct Admitted<'r> {
    /// The interception.
    pub interception: &'r Interception,
    /// The one container of its pods.
    pub container: Container,
}

/// Amounts in billionths, by resource.
pub type Amounts = BTreeMap<String, i128>;

/// Requests and limits of the container.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Container {
    /// What is reserved.
    pub requests: Amounts,
    /// What is allowed at the most.
    pub limits: Amounts,
    /// The resources whose limit a LimitRange gives.
    pub limited_by_range: BTreeSet<String>,
}

impl Container {
    /// What the Deployment says. The API server takes a limit for the request where there is none
    /// (`SetDefaults_Pod`), before any LimitRange.
    pub fn of(proxy: &Proxy) -> Self {
        let (requests, limits) = requests_and_limits(proxy);
        let (mut requests, limits) = (amounts(&requests), amounts(&limits));
        for (resource, amount) in &limits {
            requests.entry(resource.clone()).or_insert(*amount);
        }
        Container { requests, limits, limited_by_range: BTreeSet::new() }
    }

    /// Whether the pod is of the class BestEffort: neither CPU nor memory is asked for (`GetPodQOS`).
    pub fn is_best_effort(&self) -> bool {
        let asks =
            |amounts: &Amounts| ["cpu", "memory"].iter().any(|resource| amounts.get(*resource).is_some_and(|some| *some > 0));
        !asks(&self.requests) && !asks(&self.limits)
    }
}

/// An amount that an object names: the resource, its text, billionths.
pub struct Named<'v> {
    /// The resource.
    pub resource: &'v str,
    /// The amount as it is written.
    pub written: String,
    /// The amount.
    pub nanos: i128,
}

/// The amounts of a mapping; what is no quantity is left out, for the API server refuses it.
pub fn named<'v>(mapping: Option<&'v Value>) -> impl Iterator<Item = Named<'v>> {
    mapping.and_then(Value::as_mapping).into_iter().flatten().filter_map(|(resource, value)| {
        let written = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(Named { resource: resource.as_str()?, nanos: quantity::parse(&written)?, written })
    })
}

/// An amount of a resource, as Kubernetes writes it.
pub fn written(nanos: i128, resource: &str) -> String {
    quantity::written(nanos, resource.contains("memory") || resource.contains("storage"))
}

fn amounts(quantities: &Quantities) -> Amounts {
    quantities.iter().filter_map(|(resource, amount)| Some((resource.clone(), quantity::parse(&amount.0)?))).collect()
}

/// `other`, where a finding about the first of several pools speaks for them too.
pub fn and_more(other: usize) -> String {
    if other == 0 { String::new() } else { format!(" (and those of {other} more)") }
}

/// Puts a finding at a field of the object.
pub fn found(finding: Finding, item: &Item<'_>, field: String, seen: &str, findings: &mut Findings) {
    findings.push(finding.about(item).at(field).seen(seen));
}
