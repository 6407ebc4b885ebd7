//! LimitRanges: what a container or pod of a namespace may ask for (Kubernetes,
//! `plugin/pkg/admission/limitranger`).

use super::admitted::{Admitted, Amounts, Container, Named, and_more, found, named, written};
use crate::findings::Code;
use crate::findings::fact::{Fact, Table, fact};
use crate::krm::{Finding, Findings, Item};
use crate::objects::value::sequence;
use serde_yaml::Value;

/// What a LimitRange asks of requests and limits.
#[derive(Debug, Clone, Copy)]
enum Rule {
    Min,
    Max,
    Ratio,
    Default,
}

/// The fields with such rules. A request above a `default` that has become the limit is no valid pod.
const RULES: [(&str, Rule); 4] =
    [("min", Rule::Min), ("max", Rule::Max), ("maxLimitRequestRatio", Rule::Ratio), ("default", Rule::Default)];

/// What the LimitRanges of a namespace give to a container that does not say it itself.
#[derive(Debug, Default)]
pub struct Defaults {
    limits: Amounts,
    requests: Amounts,
}

impl Defaults {
    /// The API server has completed the LimitRanges before: a limit is the `max` without a `default`, a request
    /// is the default limit, else the `min` (`SetDefaults_LimitRangeItem`). Of several LimitRanges any one may come
    /// first.
    pub fn of(ranges: &[&Item<'_>]) -> Self {
        let mut all = Defaults::default();
        for range in ranges {
            let mut own = Defaults::default();
            for (_, limit) in items(range).filter(|(_, limit)| is_for(limit, "Container")) {
                let field = |name: &str| -> Amounts {
                    named(limit.get(name)).map(|named| (named.resource.to_string(), named.nanos)).collect()
                };
                let mut limits = field("max");
                limits.extend(field("default"));
                let mut requests = field("min");
                requests.extend(limits.clone());
                requests.extend(field("defaultRequest"));
                own.limits.extend(limits);
                own.requests.extend(requests);
            }
            let add =
                |all: &mut Amounts, own: Amounts| own.into_iter().for_each(|(name, nanos)| _ = all.entry(name).or_insert(nanos));
            add(&mut all.limits, own.limits);
            add(&mut all.requests, own.requests);
        }
        all
    }

    /// Gives them to a container (`mergePodResourceRequirements`).
    pub fn fill_in(&self, container: &mut Container) {
        for (resource, amount) in &self.limits {
            if !container.limits.contains_key(resource) {
                container.limited_by_range.insert(resource.clone());
                container.limits.insert(resource.clone(), *amount);
            }
        }
        for (resource, amount) in &self.requests {
            container.requests.entry(resource.clone()).or_insert(*amount);
        }
    }
}

/// Refuses a LimitRange under which the API server would refuse the proxies' pods. They have one container,
/// and so the rules for a pod are those for the container.
///
/// `pools`: of those whose containers ask for the same the first, and how many they are.
pub fn check(range: &Item<'_>, pools: &[(&Admitted<'_>, usize)], findings: &mut Findings) {
    for (number, limit) in items(range) {
        let Some(whose) = ["Container", "Pod"].into_iter().find(|kind| is_for(limit, kind)) else { continue };
        for (field, rule) in RULES {
            for amount in named(limit.get(field)) {
                let why = |(pool, _): &&(&Admitted<'_>, usize)| rule.broken(&amount, &pool.container);
                let mut broken = pools.iter().filter_map(|pools| Some((pools, why(&pools)?)));
                let Some(((pool, count), why)) = broken.next() else { continue };
                let more = count - 1 + broken.map(|((_, count), _)| count).sum::<usize>();
                let finding = refused(rule, whose, &amount, pool, &why, more);
                let field = format!("spec.limits[{number}].{field}[{}]", amount.resource);
                found(finding, range, field, &amount.written, findings);
            }
        }
    }
}

impl Rule {
    /// What of the container breaks the rule: `minConstraint`, `maxConstraint`, `limitRequestRatioConstraint`.
    fn broken(self, amount: &Named<'_>, container: &Container) -> Option<String> {
        let text = |nanos: &i128| written(*nanos, amount.resource);
        let request = container.requests.get(amount.resource);
        let limit = container.limits.get(amount.resource);
        let requests = |request: &i128| format!("request {}", text(request));
        let limited = |limit: &i128| format!("have the limit {}", text(limit));
        match self {
            Rule::Min => match request {
                None => Some("request none".into()),
                Some(request) if *request < amount.nanos => Some(requests(request)),
                Some(_) => limit.filter(|limit| **limit < amount.nanos).map(limited),
            },
            Rule::Max => match limit {
                None => Some("have no limit".into()),
                Some(limit) if *limit > amount.nanos => Some(limited(limit)),
                Some(_) => request.filter(|request| **request > amount.nanos).map(requests),
            },
            Rule::Ratio => match (request.filter(|request| **request > 0), limit.filter(|limit| **limit > 0)) {
                (None, _) => Some("request none".into()),
                (_, None) => Some("have no limit".into()),
                (Some(request), Some(limit)) => exceeds(*limit, *request, amount.nanos)
                    .then(|| format!("request {} with the limit {}", text(request), text(limit))),
            },
            Rule::Default => {
                let taken = container.limited_by_range.contains(amount.resource) && limit == Some(&amount.nanos);
                request.filter(|request| taken && **request > amount.nanos).map(requests)
            }
        }
    }

    /// What the amount is, and what to set in `proxy.resources`.
    fn words(self, amount: &Named<'_>, whose: &str) -> (String, String) {
        let Named { resource, written, .. } = amount;
        match self {
            Rule::Min => (
                format!("is the least {resource} of a {whose}"),
                format!("proxy.resources.requests.{resource} to {written} or more"),
            ),
            Rule::Max => (
                format!("is the most {resource} of a {whose}"),
                format!("proxy.resources.limits.{resource} to {written} or less"),
            ),
            Rule::Ratio => (
                format!("is how many times its request the {resource} limit of a {whose} may be"),
                format!("proxy.resources to a request and a limit of {resource} that fit"),
            ),
            Rule::Default => (
                format!("becomes the {resource} limit of a {whose} that has none"),
                format!("proxy.resources.limits.{resource} to the request or more"),
            ),
        }
    }
}

/// Whether the limit is more than `ratio` times the request; the ratio is in billionths too.
fn exceeds(limit: i128, request: i128, ratio: i128) -> bool {
    match (limit.checked_mul(1_000_000_000), request.checked_mul(ratio)) {
        (Some(limit), Some(most)) => limit > most,
        // More than 38 digits: nobody has so many bytes.
        _ => limit / request > ratio / 1_000_000_000,
    }
}

fn refused(rule: Rule, whose: &str, amount: &Named<'_>, pool: &Admitted<'_>, why: &str, more: usize) -> Finding {
    let (meaning, setting) = rule.words(amount, whose);
    let interception = pool.interception;
    let message = format!(
        "\"{}\" {meaning}, and the proxies \"{}\"{} {why}: the API server would refuse their pods",
        amount.written,
        interception.proxy_name,
        and_more(more)
    );
    let remedy = format!("set {setting} on {}, or change the LimitRange", interception.source.object());
    Finding::error(Code::LimitRangeRefuses, message, remedy)
}

fn items<'i>(range: &'i Item<'_>) -> impl Iterator<Item = (usize, &'i Value)> {
    range.value().map_or(&[][..], |value| sequence(value, &["spec", "limits"])).iter().enumerate()
}

fn is_for(limit: &Value, kind: &str) -> bool {
    limit.get("type").and_then(Value::as_str) == Some(kind)
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[fact(
    Table::Namespace,
    "LimitRange `min`, `max`, `maxLimitRequestRatio` of type Container or Pod, `default`, that the proxies' \
         container breaks",
    "error {}",
    &[Code::LimitRangeRefuses],
)
.because(
    "the API server refuses such pods. What the container does not say a LimitRange fills in, and injection \
         adds nothing",
    "k8s `plugin/pkg/admission/limitranger`, `SetDefaults_LimitRangeItem`; tried",
)
.of(&[("", "LimitRange")])];
