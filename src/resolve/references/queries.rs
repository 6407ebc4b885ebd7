//! Metrics and queries that mean the Service by name.

use super::fronts::Fronts;
use super::places;
use crate::krm::{Code, Finding, Findings, Item, beginning};
use memchr::memmem::Finder;
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

/// Istio's label of a request's Service, also as `destination_service_name` and `…_host`.
const LABEL: &str = "destination_service";

/// Most bytes of a matcher behind the label: an operator and a host, which has at most 253 characters.
const LONGEST: usize = 400;

/// Whether there can be a query in a text for [`check_query`] to look at.
pub fn may_ask(text: &str) -> bool {
    static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(LABEL));
    FINDER.find(text.as_bytes()).is_some()
}

/// Warns where a query asks Istio's metrics for a front. Its clients report it as before; what
/// received the requests, and reported them as destination, was the application's sidecar, which
/// knows itself as the target now.
pub fn check_query(item: &Item<'_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    for (position, _) in item.fragment().text().match_indices(LABEL) {
        let after = beginning(&item.fragment().text()[position + LABEL.len()..], LONGEST);
        // Up to the end of the label's value: the next matcher, or the end of the selector.
        let matcher = after.split([',', '}', '\n']).next().unwrap_or_default();
        if !fronts.named_in(matcher) {
            continue;
        }
        let matcher = format!("{LABEL}{}", matcher.trim_end());
        let message = format!(
            "a query has {}: clients report these requests as before, but as their destination only the target reports them, under \
             its own name",
            matcher.replace('\\', "")
        );
        let remedy = "ask for reporter=\"source\", or for the target Service (by default the name with -ep)";
        findings.push(Finding::warning(Code::MeasuresProxies, message, remedy).about(item).seen(matcher));
        return;
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
