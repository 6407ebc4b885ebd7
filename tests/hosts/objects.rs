//! Rendered manifests as objects, and whether what refers to a name or label still finds it.

use serde::Deserialize;
use serde_yaml::Value;

const FRONT: &str = "msvcbench.io/front";
const NAMESPACE: &str = "msvcbench.io/namespace";

/// The objects of a stream, in an order of their own.
pub fn objects(text: &str) -> Result<Vec<Value>, String> {
    let mut objects = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        objects.push(Value::deserialize(document).map_err(|error| error.to_string())?);
    }
    objects.sort_by_key(identity);
    Ok(objects)
}

pub fn text<'v>(object: &'v Value, path: &[&str]) -> Option<&'v str> {
    at(object, path).and_then(Value::as_str)
}

fn at<'v>(object: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(object, |value, key| value.get(*key))
}

/// `Kind namespace/name`.
pub fn identity(object: &Value) -> String {
    let part = |path: &[&str]| text(object, path).unwrap_or_default().to_string();
    format!("{} {}/{}", part(&["kind"]), part(&["metadata", "namespace"]), part(&["metadata", "name"]))
}

/// Whether two streams hold the same objects, whatever their order.
pub fn same(expected: &str, actual: &str) -> Result<(), String> {
    let (expected, actual) = (objects(expected)?, objects(actual)?);
    let names = |objects: &[Value]| objects.iter().map(identity).collect::<Vec<_>>();
    if names(&expected) != names(&actual) {
        return Err(format!("other objects:\n{:#?}\nwhere these are due:\n{:#?}", names(&actual), names(&expected)));
    }
    match expected.iter().zip(&actual).find(|(expected, actual)| expected != actual) {
        None => Ok(()),
        Some((expected, actual)) => {
            let [expected, actual] = [expected, actual].map(|object| serde_yaml::to_string(object).unwrap_or_default());
            let diff = similar::TextDiff::from_lines(&expected, &actual);
            Err(diff.unified_diff().header("due", "is").to_string())
        }
    }
}

/// Every name and label that ties an interception's objects together leads where it should.
pub fn coherent(manifests: &str) -> Result<(), String> {
    let objects = objects(manifests)?;
    let mut faults = Vec::new();
    for object in &objects {
        let place = Place { objects: &objects, object, namespace: text(object, &["metadata", "namespace"]) };
        place.check(&mut faults);
    }
    if !objects.iter().any(is_front) {
        faults.push("no Service is intercepted".into());
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

fn is_front(object: &Value) -> bool {
    text(object, &["kind"]) == Some("Service") && at(object, &["spec", "selector", FRONT]).is_some()
}

struct Place<'o> {
    objects: &'o [Value],
    object: &'o Value,
    namespace: Option<&'o str>,
}

impl Place<'_> {
    fn check(&self, faults: &mut Vec<String>) {
        let mut expect = |path: &[&str], wanted: Option<&str>| {
            let found = text(self.object, path);
            if found != wanted {
                faults.push(format!("{}: {} is {found:?}, not {wanted:?}", identity(self.object), path.join(".")));
            }
        };
        let name = text(self.object, &["metadata", "name"]);
        let namespace = Some(self.namespace.unwrap_or("unset"));
        let mut names: Vec<(&str, Option<&str>)> = Vec::new();
        match text(self.object, &["kind"]) {
            _ if text(self.object, &["apiVersion"]).is_some_and(|version| version.starts_with("msvcbench.io/")) => {
                expect(&["kind"], None);
            }
            Some("Service") if is_front(self.object) => {
                expect(&["spec", "selector", FRONT], name);
                let proxies = self.objects.iter().filter(|other| {
                    text(other, &["metadata", "namespace"]) == self.namespace
                        && text(other, &["spec", "template", "metadata", "labels", FRONT]) == name
                });
                let (count, own) = (proxies.count().to_string(), "1");
                if count != own {
                    faults.push(format!("{}: {count} Deployments are behind it, not {own}", identity(self.object)));
                }
            }
            Some("Deployment") if at(self.object, &["spec", "selector", "matchLabels", FRONT]).is_some() => {
                let front = text(self.object, &["spec", "selector", "matchLabels", FRONT]);
                expect(&["spec", "template", "metadata", "labels", FRONT], front);
                expect(&["spec", "template", "metadata", "labels", NAMESPACE], namespace);
                let spread = at(self.object, &["spec", "template", "spec", "topologySpreadConstraints"]);
                if let Some(first) = spread.and_then(|constraints| constraints.get(0))
                    && text(first, &["labelSelector", "matchLabels", FRONT]) != front
                {
                    faults.push(format!("{}: the spread is over other pods", identity(self.object)));
                }
                names.push(("Service", front));
                let selecting = self.services_that_select(at(self.object, &["spec", "template", "metadata", "labels"]));
                if selecting != [front.unwrap_or_default()] {
                    faults.push(format!("{}: Services {selecting:?} select its pods", identity(self.object)));
                }
                names.push(("ServiceAccount", text(self.object, &["spec", "template", "spec", "serviceAccountName"])));
            }
            Some("PodDisruptionBudget") if at(self.object, &["spec", "selector", "matchLabels", FRONT]).is_some() => {
                names.push(("Service", text(self.object, &["spec", "selector", "matchLabels", FRONT])))
            }
            Some("HorizontalPodAutoscaler") => names.push(("Deployment", text(self.object, &["spec", "scaleTargetRef", "name"]))),
            Some("Gateway") if at(self.object, &["spec", "selector", FRONT]).is_some() => {
                expect(&["spec", "selector", NAMESPACE], namespace);
                names.push(("Service", text(self.object, &["spec", "selector", FRONT])));
            }
            Some("DestinationRule") => names.push(("Service", text(self.object, &["spec", "host"]))),
            Some("VirtualService") => self.virtual_service(&mut names),
            _ => {}
        }
        for (kind, name) in names {
            let wanted = format!("{kind} {}/{}", self.namespace.unwrap_or_default(), name.unwrap_or("(none)"));
            if !self.objects.iter().any(|other| identity(other) == wanted) {
                faults.push(format!("{}: there is no {wanted}", identity(self.object)));
            }
        }
    }

    /// istiod takes the first Service that selects a Gateway's pods: there must be no other.
    fn services_that_select(&self, labels: Option<&Value>) -> Vec<&str> {
        let selects = |service: &&Value| {
            let selector = at(service, &["spec", "selector"]).and_then(Value::as_mapping);
            text(service, &["kind"]) == Some("Service")
                && text(service, &["metadata", "namespace"]) == self.namespace
                && selector
                    .is_some_and(|all| all.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value)))
        };
        self.objects.iter().filter(selects).filter_map(|service| text(service, &["metadata", "name"])).collect()
    }

    fn virtual_service<'o>(&'o self, names: &mut Vec<(&'static str, Option<&'o str>)>) {
        let list = |value: Option<&'o Value>| value.and_then(Value::as_sequence).into_iter().flatten();
        let gateways = list(at(self.object, &["spec", "gateways"])).map(Value::as_str);
        names.extend(gateways.filter(|name| *name != Some("mesh")).map(|name| ("Gateway", name)));
        let hosts = list(at(self.object, &["spec", "hosts"])).map(Value::as_str);
        names.extend(hosts.filter(|host| *host != Some("*")).map(|host| ("Service", host)));
        for family in ["http", "tcp", "tls"] {
            for route in list(at(self.object, &["spec", family])) {
                let destinations = list(route.get("route")).map(|destination| text(destination, &["destination", "host"]));
                names.extend(destinations.map(|host| ("Service", host)));
            }
        }
    }
}
