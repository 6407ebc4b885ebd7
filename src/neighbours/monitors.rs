//! Scrapers that find pods through the Service: its endpoints are the proxies now.

use crate::api::TlsMode;
use crate::findings::Code;
use crate::findings::fact::{Fact, Row, Table, fact};
use crate::interception::{FRONT_LABEL, Interception, MANAGER};
use crate::krm::{Finding, Findings, Item};
use crate::objects::index::namespace_key;
use crate::objects::value::sequence;
use crate::objects::{Index, labels};
use serde_yaml::Value;
use std::collections::HashSet;

/// Group, kind, and the field in each endpoint that relabels targets.
pub const KINDS: &[(&str, &str, &str)] = &[
    ("monitoring.coreos.com", "ServiceMonitor", "relabelings"),
    ("operator.victoriametrics.com", "VMServiceScrape", "relabelConfigs"),
];

/// A front as monitors find it.
pub struct Found<'r, 'i, 'a> {
    interception: &'r Interception,
    service: Service<'i, 'a>,
    /// The names of its ports.
    ports: Vec<&'i str>,
}

/// Every front, read once for all monitors.
pub fn fronts<'r, 'i, 'a>(interceptions: &'r [Interception], index: &Index<'i, 'a>) -> Vec<Found<'r, 'i, 'a>> {
    let found = interceptions.iter().map(|interception| {
        let service = Service { item: index.item(interception.anchor()), made: interception.pairing.front().is_none() };
        let ports = service.item.value().ok().map_or(&[][..], |value| sequence(value, &["spec", "ports"]));
        let ports = ports.iter().filter_map(|port| port.get("name").and_then(Value::as_str)).collect();
        Found { interception, service, ports }
    });
    found.collect()
}

/// Warns of a monitor whose selector finds a front, unless it drops the proxies already.
pub fn check(relabelings: &str, item: &Item<'_>, index: &Index<'_, '_>, fronts: &[Found<'_, '_, '_>], findings: &mut Findings) {
    let Ok(value) = item.value() else { return };
    let Some(spec) = value.get("spec") else { return };
    let nothing = Value::Mapping(serde_yaml::Mapping::new());
    let selector = spec.get("selector").unwrap_or(&nothing);
    let everything = selector.as_mapping().is_some_and(serde_yaml::Mapping::is_empty);
    let scraped_ports = scraped_ports(spec, relabelings);
    if scraped_ports.is_empty() {
        return;
    }
    let namespaces = namespaces(spec, item.id().namespace.as_deref());
    let looks_into = |namespace: &Option<String>| {
        namespaces.as_ref().is_none_or(|namespaces| namespaces.contains(namespace_key(namespace.as_deref())))
    };
    let finds = |found: &&Found<'_, '_, '_>| {
        looks_into(&found.interception.namespace)
            && (everything || found.service.matched_by(selector))
            && found.ports.iter().any(|port| scraped_ports.contains(port))
    };
    findings.push_of_each(fronts.iter().filter(finds), |found| {
        let interception = found.interception;
        let target = Service { item: index.item(interception.behind()), made: interception.pairing.target().is_none() };
        scraped(interception, target.matched_by(selector), relabelings).about(item).at("spec.selector")
    });
}

/// A monitor that scrapes the proxies; `comes_through`: whether its selector finds the target.
fn scraped(interception: &Interception, comes_through: bool, relabelings: &str) -> Finding {
    let (name, target_name) = (&interception.front_name, &interception.target_name);
    let proxies = match interception.tls {
        TlsMode::IstioMutual => "cannot be scraped without mutual TLS, so that they look down",
        TlsMode::Disable => "answer with the metrics of any one pod",
    };
    let pods = if comes_through {
        format!("the application's pods come through \"{target_name}\", with that name as their `service`")
    } else {
        format!("the application's pods are not found any more, for the labels of \"{target_name}\" do not match")
    };
    let message = format!("the selector finds \"{name}\", whose pods are the proxies, which {proxies}; {pods}");
    let remedy = format!(
        "add to the {relabelings} of every endpoint `{{sourceLabels: [{}], regex: .+, action: drop}}`, and to keep the \
             name `{{sourceLabels: [__meta_kubernetes_service_name], regex: {target_name}, targetLabel: service, \
             replacement: {name}}}`, the same for job",
        proxy_label()
    );
    Finding::warning(Code::ScrapesProxies, message, remedy)
}

/// Warns of annotations by which a scraper finds pods through the front: they stay with it, and
/// its endpoints are the proxies.
pub fn warn_of_annotations(item: &Item<'_>, front: &Interception, findings: &mut Findings) {
    const SCRAPE: &str = "prometheus.io/scrape";
    if item.text_at(&["metadata", "annotations", SCRAPE]) == Some("true") {
        let message = format!(
            "\"true\" makes Prometheus scrape the endpoints of \"{}\", which are the proxies, and no more the application's pods",
            front.front_name
        );
        let remedy = "move the prometheus.io annotations to the template of the application's pods";
        let field = format!("metadata.annotations[{SCRAPE}]");
        findings.push(Finding::warning(Code::ScrapesProxies, message, remedy).about(item).at(field).seen("true"));
    }
}

/// A Service, and whether it is made as a copy of the item.
struct Service<'i, 'a> {
    item: &'i Item<'a>,
    made: bool,
}

impl Service<'_, '_> {
    fn matched_by(&self, selector: &Value) -> bool {
        labels::matches(selector, |key| match key {
            "app.kubernetes.io/managed-by" if self.made => Some(MANAGER),
            _ => self.item.text_at(&["metadata", "labels", key]),
        })
    }
}

/// `namespaceSelector`: any (`None`), those named, else the monitor's own.
fn namespaces<'v>(spec: &'v Value, own: Option<&'v str>) -> Option<HashSet<&'v str>> {
    let selector = spec.get("namespaceSelector");
    if selector.and_then(|selector| selector.get("any")?.as_bool()) == Some(true) {
        return None;
    }
    Some(match selector.and_then(|selector| selector.get("matchNames")?.as_sequence()) {
        Some(names) if !names.is_empty() => names.iter().filter_map(Value::as_str).collect(),
        _ => HashSet::from([namespace_key(own)]),
    })
}

/// The ports of Services that endpoints mean by name, without dropping the proxies. By `targetPort` a scraper
/// finds ports of containers, and the proxies have others.
fn scraped_ports<'v>(spec: &'v Value, relabelings: &str) -> HashSet<&'v str> {
    let label = proxy_label();
    let drops = |relabeling: &Value| {
        let labels = relabeling.get("sourceLabels").or_else(|| relabeling.get("source_labels"));
        labels.and_then(Value::as_sequence).into_iter().flatten().any(|of| of.as_str() == Some(&label))
    };
    let endpoints = sequence(spec, &["endpoints"]).iter();
    let scraping = endpoints.filter(|endpoint| !sequence(endpoint, &[relabelings]).iter().any(drops));
    scraping.filter_map(|endpoint| endpoint.get("port").and_then(Value::as_str)).collect()
}

/// The proxies' label as Prometheus' Kubernetes discovery writes it.
fn proxy_label() -> String {
    format!("__meta_kubernetes_pod_label_{}", FRONT_LABEL.replace(['.', '/', '-'], "_"))
}

/// The rows of the documentation for [`KINDS`].
pub fn rows() -> Vec<Row> {
    let what = "{} whose selector matches the front, with a port of it";
    let happens = "warning {} with the relabelings to add; nothing once they are there";
    let fact = fact(Table::Finders, what, happens, &[Code::ScrapesProxies]).because(
        "the target has the front's labels: pods come through the target, under its name, and the proxies through the front. \
         Dropping what carries the pod label `msvcbench.io/front` needs no names and outlives renamings",
        "prometheus-operator, `generateServiceMonitorConfig`",
    );
    let entries: Vec<_> = KINDS.iter().map(|(group, kind, _)| (*group, *kind, String::new())).collect();
    vec![fact.of_table("neighbours/monitors", &entries)]
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(Table::Finders, "ServiceMonitor, VMServiceScrape by `targetPort`, or a port that the front has not", "nothing", &[])
        .because("no proxy has such a container port", "prometheus-operator, ServiceMonitor")
        .of(&[("monitoring.coreos.com", "ServiceMonitor")]),
    fact(Table::Finders, "PodMonitor", "nothing", &[]).because(
        "matches the application's pods as before; the proxies' port 15090 is found by monitors made for Envoys, \
         as is meant",
        "prometheus-operator, PodMonitor",
    ),
    fact(Table::Finders, "Service annotation `prometheus.io/scrape: \"true\"`", "warning {}", &[Code::ScrapesProxies])
        .because(
            "annotations stay with the front (else both would be scraped), and its endpoints are the proxies",
            "Prometheus, `kubernetes-service-endpoints` example",
        )
        .of(&[("", "Service")]),
];
