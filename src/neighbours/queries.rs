//! Metrics and queries that mean the Service or its application by name.
//!
//! A request is two now, and each has its series of Istio's metrics (Istio, standard metrics):
//!
//! | reporter | source | destination |
//! |---|---|---|
//! | `source`: the client's sidecar | the client | the front; workload and identity of the proxies |
//! | `source`: a proxy | the proxies | the target; workload and identity of the application |
//! | `destination`: the application's sidecar | the proxies | the same |

use super::applications::Applications;
use super::fronts::Fronts;
use crate::findings::Code;
use crate::findings::fact::{Fact, Row, Table, fact};
use crate::interception::Interception;
use crate::krm::{Finding, Findings, Item};
use crate::objects::promql::{Matcher, Selector};
use crate::objects::{Index, places, promql};
use memchr::memmem::Finder;
use serde_yaml::Value;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Kinds that hold queries to Prometheus as text.
pub const QUERIES: &[(&str, &str)] = &[
    ("monitoring.coreos.com", "PrometheusRule"),
    ("operator.victoriametrics.com", "VMRule"),
    ("keda.sh", "ScaledObject"),
    ("flagger.app", "MetricTemplate"),
    ("argoproj.io", "AnalysisTemplate"),
    ("argoproj.io", "ClusterAnalysisTemplate"),
    ("", "ConfigMap"),
];

/// Istio's labels of a request's Service.
const SERVICE: [&str; 3] = ["destination_service", "destination_service_name", "destination_service_host"];

/// Warns where a query asks Istio's metrics for what no series has any more, or for what other requests have.
pub fn check(interceptions: &[Interception], fronts: &Fronts<'_>, index: &Index<'_, '_>, findings: &mut Findings) {
    static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("destination_"));
    let mut applications = None;
    for (_, item) in index.items() {
        let id = item.id();
        let holds_queries = QUERIES.iter().any(|(group, kind)| id.is(group, kind));
        if !holds_queries || FINDER.find(item.fragment().text().as_bytes()).is_none() {
            continue;
        }
        let Ok(value) = item.value() else { continue };
        let applications = applications.get_or_insert_with(|| Applications::of(interceptions, index));
        // One finding of a sort for an object, however many queries it holds.
        let mut said = HashSet::new();
        for_each_text(value, String::new(), &mut |field, text| {
            if FINDER.find(text.as_bytes()).is_none() {
                return;
            }
            for (sort, seen, message, remedy) in asked(text, id.kind == "ConfigMap", fronts, applications) {
                if said.insert(sort) {
                    let finding = Finding::warning(Code::MeasuresProxies, message, remedy).about(item).at(field);
                    findings.push(finding.seen(seen));
                }
            }
        });
    }
}

/// What a finding is about: sort, value, message, remedy.
type Asked = (Sort, String, String, String);

/// Why a query means something else now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Sort {
    /// The Service as the application's sidecar reports it.
    Service,
    /// The Service and the application, which are two destinations now.
    ServiceAndApplication,
    /// The client and the application, between which the proxies are.
    Pair,
    /// The application as its clients report it.
    Reporter,
    /// The application, by client.
    Grouped,
}

/// What is asked in a text. A text is one query, or in `lines` a file with a query on each.
fn asked(text: &str, lines: bool, fronts: &Fronts<'_>, applications: &Applications<'_>) -> Vec<Asked> {
    let query = promql::read(text);
    let grouped = |selector: &Selector<'_>| {
        let same = |line: usize| !lines || line == selector.line;
        query.grouped.iter().find(|(label, line)| same(*line) && *label != "source_cluster").map(|(label, _)| *label)
    };
    query.selectors.iter().filter_map(|selector| of_selector(selector, &grouped, fronts, applications)).collect()
}

fn of_selector<'t>(
    selector: &Selector<'t>,
    grouped: &impl Fn(&Selector<'t>) -> Option<&'t str>,
    fronts: &Fronts<'_>,
    applications: &Applications<'_>,
) -> Option<Asked> {
    let equal = |label: &str| selector.matchers.iter().find(|of| of.label == label && of.operator == "=").map(|of| of.value);
    let by_clients = equal("reporter") == Some("source");
    let namespace = equal("destination_workload_namespace");
    let service = selector.matchers.iter().find(|of| SERVICE.contains(&of.label) && fronts.named_in(of.value));
    let application = selector.matchers.iter().find_map(|of| Some((of, applications.asked(of, namespace)?)));
    let (sort, seen, message, remedy) = match (service, application) {
        (Some(service), Some((of, front))) => (
            Sort::ServiceAndApplication,
            format!("{}, {}", written(service), written(of)),
            format!(
                "requests for the Service end at the proxies \"{}\" now, those that end there at the application are for \
                 \"{}\", and none has both",
                front.proxy_name, front.target_name
            ),
            format!("ask for \"{}\" with the one, or for \"{}\" with the other", front.target_name, front.proxy_name),
        ),
        (Some(_), None) if by_clients => return None,
        (Some(service), None) => (
            Sort::Service,
            written(service),
            "clients report these requests as before, but as their destination only the target reports them, under its own name"
                .to_string(),
            "ask for reporter=\"source\", or for the target Service (by default the name with -ep)".to_string(),
        ),
        (None, Some((of, front))) => of_application(selector, of, front, by_clients, grouped(selector))?,
        (None, None) => return None,
    };
    let message = format!("a query has {seen}: {message}");
    Some((sort, seen, message, remedy))
}

fn of_application(
    selector: &Selector<'_>,
    of: &Matcher<'_>,
    front: &Interception,
    by_clients: bool,
    grouped: Option<&str>,
) -> Option<Asked> {
    let proxies = &front.proxy_name;
    let clients = format!("ask for destination_workload=\"{proxies}\" with reporter=\"source\" to measure what clients see");
    if let Some(source) = selector.matchers.iter().find(|source| names_a_client(source, front)) {
        let seen = format!("{}, {}", written(source), written(of));
        let message = format!("between the two are the proxies \"{proxies}\" now, and the application has no other clients");
        return Some((Sort::Pair, seen, message, format!("{clients}, or leave out the client to measure the application")));
    }
    // The proxies by name are what is meant.
    if selector.matchers.iter().any(|source| source.label.starts_with("source_") && source.value.contains(proxies.as_str())) {
        return None;
    }
    if by_clients {
        let seen = format!("reporter=\"source\", {}", written(of));
        let message = format!("the clients report \"{proxies}\" as the destination now, and only the proxies the application");
        return Some((
            Sort::Reporter,
            seen,
            message,
            format!("{clients}, or for reporter=\"destination\" to measure the application"),
        ));
    }
    let label = grouped?;
    let message = format!("by {label} all of it is one group now, that of the proxies \"{proxies}\"");
    Some((Sort::Grouped, written(of), message, clients))
}

/// Whether a matcher leaves some clients of a front in, and its proxies out, or the other way round.
fn names_a_client(source: &Matcher<'_>, front: &Interception) -> bool {
    let universal = matches!(source.value, "" | "unknown") || source.value.starts_with(".*") || source.value.starts_with(".+");
    let proxies = match source.label {
        "source_workload_namespace" => front.namespace.as_deref().unwrap_or_default(),
        "source_cluster" => return false,
        label if label.starts_with("source_") => &front.proxy_name,
        _ => return false,
    };
    !universal && (proxies.is_empty() || !source.value.contains(proxies))
}

fn written(matcher: &Matcher<'_>) -> String {
    format!("{}{}\"{}\"", matcher.label, matcher.operator, matcher.value)
}

/// Calls `look` for each text in a value, with its field.
fn for_each_text<'v>(value: &'v Value, field: String, look: &mut impl FnMut(&str, &'v str)) {
    match value {
        Value::String(text) => look(&field, text),
        Value::Sequence(entries) => {
            for (number, entry) in entries.iter().enumerate() {
                for_each_text(entry, format!("{field}[{number}]"), look);
            }
        }
        Value::Mapping(fields) => {
            for (key, entry) in fields {
                let Some(key) = key.as_str() else { continue };
                let below = match (field.is_empty(), key.contains('.')) {
                    (true, _) => key.to_string(),
                    (_, true) => format!("{field}[{key}]"),
                    (_, false) => format!("{field}.{key}"),
                };
                for_each_text(entry, below, look);
            }
        }
        _ => {}
    }
}

/// Warns of a HorizontalPodAutoscaler by a metric of the Service object.
pub fn check_autoscaler(item: &Item<'_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    let Ok(value) = item.value() else { return };
    let own = item.id().namespace.as_deref();
    for named in places::services(value, "spec.metrics[].object.describedObject name") {
        let Some(front) = fronts.get(own, named.name) else { continue };
        let message = format!("a metric of the Service \"{}\" is one of its endpoints, and those are the proxies", named.name);
        let remedy = format!("describe the Service \"{}\", or measure the application's pods", front.target_name);
        findings.push(Finding::warning(Code::MeasuresProxies, message, remedy).about(item).at(named.field).seen(named.name));
    }
}

/// The rows of the documentation for [`QUERIES`].
pub fn rows() -> Vec<Row> {
    let entries: Vec<_> = QUERIES.iter().map(|(group, kind)| (*group, *kind, String::new())).collect();
    let asks =
        |what, why| fact(Table::Finders, what, "warning {}", &[Code::MeasuresProxies]).because(why, "Istio, standard metrics");
    let service = asks(
        "{} with a query for `destination_service`, `destination_service_name` or `destination_service_host` of the front, without \
         `reporter=\"source\"`",
        "the application's sidecar reports as destination, and its Service is the target now",
    );
    let alike = [
        asks(
            "the same for a client (`source_workload`, `source_app`, `source_canonical_service`, `source_principal` …) together with \
             the application (`destination_workload`, `destination_app`, `destination_canonical_service`, `destination_principal`)",
            "the client's requests end at the proxies, and the application's come from the proxies: no series has both",
        ),
        asks(
            "the same for the front together with the application",
            "as destination, the front's requests have the proxies, and the application's the target",
        ),
        asks(
            "the same for the application with `reporter=\"source\"`",
            "clients report the proxies as the destination, and the proxies the application: with their identity and their retries",
        ),
        asks("the same for the application, by a `source_…` label", "all requests come from the proxies"),
    ];
    let stays =
        fact(Table::Finders, "the same for the application alone, or for the front with `reporter=\"source\"`", "nothing", &[])
            .because("one side reports it as before: the application's sidecar, or the clients'", "Istio, standard metrics");
    let mut rows = vec![service.of_table("neighbours/queries", &entries)];
    rows.extend(alike.iter().chain([&stays]).map(|fact| fact.of_table("neighbours/queries", &entries)));
    rows
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(
        Table::Finders,
        "HorizontalPodAutoscaler `metrics[].object.describedObject` = the Service",
        "warning {}",
        &[Code::MeasuresProxies],
    )
    .because("a metric of the Service is that of the proxies", "k8s autoscaling/v2")
    .of(&[("autoscaling", "HorizontalPodAutoscaler")]),
    fact(Table::Finders, "HorizontalPodAutoscaler, ScaledObject, VerticalPodAutoscaler of the application", "nothing", &[])
        .because("they mean the workload, which does not change", "k8s autoscaling/v2"),
];
