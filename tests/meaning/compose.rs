//! Manifests and requests of a combination.

use crate::documents::{self, kind, lay_over, map_strings};
use crate::examine::Subject;
use crate::tables::{Combination, Construct, Tables};
use serde_json::{Map, Value, json};

/// The manifests that everything starts from.
pub fn base() -> Vec<Value> {
    documents::read(&crate::folder().join("base.yaml"))
}

/// What is asked of every combination.
pub fn requests() -> Vec<Value> {
    documents::typed(&crate::folder().join("requests.yaml"))
}

/// The manifests and requests of a combination.
pub fn compose(tables: &Tables, combination: &Combination) -> Subject {
    let (mut documents, mut requests) = (base(), requests());
    let mut needs_subsets = false;
    for name in combination {
        let construct = tables.construct(name);
        let place = Place::of(tables, combination, name);
        for (key, body) in construct {
            match key.as_str() {
                "needs" => needs_subsets |= body == "subsets",
                "requests" => requests.extend(body.as_array().expect("requests are a list").clone()),
                "leaveOut" | "host" | "namespace" => {}
                object => lay_over(&mut documents, place.object(object, name, body)),
            }
        }
    }
    if needs_subsets {
        add_subsets(&mut documents, &Place::of(tables, combination, "rules/"));
    }
    let left_out = combination.iter().find_map(|name| tables.construct(name).get("leaveOut")?.as_str());
    if let Some(namespace) = left_out {
        (documents, requests) = without_namespace(documents, requests, namespace);
    }
    Subject { documents, requests }
}

/// Where a table's objects live, and how they write hosts.
struct Place {
    namespace: String,
    host: String,
}

impl Place {
    /// The place that the combination has for the construct's table.
    fn of(tables: &Tables, combination: &Combination, construct: &str) -> Place {
        let at = format!("{}_at/", construct.split('/').next().unwrap_or_default());
        let chosen: Option<&Construct> = combination.iter().find(|name| name.starts_with(&at)).map(|name| tables.construct(name));
        let field =
            |name: &str, otherwise: &str| chosen.and_then(|place| place.get(name)?.as_str()).unwrap_or(otherwise).to_owned();
        Place { namespace: field("namespace", "shop"), host: field("host", "cart") }
    }

    fn object(&self, key: &str, construct: &str, body: &Value) -> Value {
        let parts: Vec<&str> = key.split('/').collect();
        let own_name = construct.rsplit('/').next().unwrap_or_default();
        let (kind, namespace, name) = match parts[..] {
            [kind] => (kind, self.namespace.as_str(), own_name),
            [kind, name] => (kind, self.namespace.as_str(), name),
            [kind, namespace, name] => (kind, namespace, name),
            _ => panic!("{construct}: {key}"),
        };
        let orders = self.host.replacen("cart", "orders", 1);
        let body = map_strings(body, &|text| text.replace("$host", &self.host).replace("$orders", &orders));
        let mut object = Map::from_iter([
            ("apiVersion".to_owned(), json!(api_version(kind))),
            ("kind".to_owned(), json!(kind)),
            ("metadata".to_owned(), json!({"name": name})),
        ]);
        if ["spec", "data", "metadata"].iter().any(|field| body.get(field).is_some()) {
            let Value::Object(fields) = body else { panic!("{construct}: {key}") };
            object.extend(fields);
            object["metadata"]["name"] = json!(name);
        } else {
            object.insert("spec".to_owned(), body);
        }
        if kind != "Namespace" {
            object["metadata"]["namespace"] = json!(namespace);
        }
        Value::Object(object)
    }
}

fn api_version(kind: &str) -> &str {
    match kind {
        "Service" | "Namespace" | "ConfigMap" => "v1",
        "Deployment" | "StatefulSet" => "apps/v1",
        "NetworkPolicy" => "networking.k8s.io/v1",
        "ProxyService" | "ProxyServiceConfig" => "msvcbench.io/v1alpha1",
        "EnvoyFilter" => "networking.istio.io/v1alpha3",
        "AuthorizationPolicy" | "RequestAuthentication" | "PeerAuthentication" => "security.istio.io/v1",
        _ => "networking.istio.io/v1",
    }
}

/// Gives the rule for the front the subsets that routes lead to, or makes one.
fn add_subsets(documents: &mut Vec<Value>, place: &Place) {
    let subsets = json!([{"name": "v1", "labels": {"version": "v1"}}, {"name": "v2", "labels": {"version": "v2"}}]);
    let mut rules = documents.iter_mut().filter(|document| kind(document) == "DestinationRule");
    match rules.find(|rule| rule["spec"]["host"] == place.host) {
        Some(rule) if rule["spec"]["subsets"].is_null() => rule["spec"]["subsets"] = subsets,
        Some(_) => {}
        None => documents.push(place.object("DestinationRule/subsets", "", &json!({"host": "$host", "subsets": subsets}))),
    }
}

/// The objects without the namespace, which they then get from kubectl: `default`.
fn without_namespace(documents: Vec<Value>, requests: Vec<Value>, namespace: &str) -> (Vec<Value>, Vec<Value>) {
    let rename = |text: &str| {
        let words: Vec<&str> = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()).collect();
        let renamed = words.into_iter().map(|word| match word.strip_prefix(namespace) {
            Some(rest) if rest.len() < 2 && !rest.starts_with(|c: char| c.is_ascii_alphanumeric()) => format!("default{rest}"),
            _ => word.to_owned(),
        });
        renamed.collect()
    };
    let documents =
        documents.iter().filter(|document| !(kind(document) == "Namespace" && documents::name(document) == namespace));
    let without = documents.map(|document| {
        let mut document = map_strings(document, &rename);
        if documents::namespace(&document) == "default" {
            document["metadata"].as_object_mut().expect("metadata is an object").remove("namespace");
        }
        document
    });
    (without.collect(), requests.iter().map(|request| map_strings(request, &rename)).collect())
}
