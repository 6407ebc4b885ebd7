//! What stands in the files.

use super::{Candidate, Verdict};
use crate::api::{GROUP, VERSION};
use crate::findings::Code;
use crate::krm::{Finding, to_yaml, visible};
use serde_yaml::{Mapping, Value};
use std::fmt::Write;

/// The kustomization of a folder that has none.
pub(super) const KUSTOMIZATION: &str = "kustomization.yaml";
/// What is intercepted.
pub(super) const PROXY_SERVICES: &str = "proxyservices.yaml";

/// A kustomization with these resources, the ProxyServices and the Component.
pub(super) fn kustomization(resources: &[String]) -> String {
    let resources: Vec<Value> = resources.iter().map(|path| path.as_str().into()).chain([PROXY_SERVICES.into()]).collect();
    let fields = [
        ("apiVersion", Value::from("kustomize.config.k8s.io/v1beta1")),
        ("kind", "Kustomization".into()),
        ("resources", resources.into()),
        ("components", vec![Value::from(super::component::FOLDER)].into()),
    ];
    to_yaml(&mapping(fields), 0)
}

/// A ProxyService with nothing but its Service.
pub(super) fn proxy_service(name: &str, namespace: Option<&str>) -> String {
    let mut metadata = vec![("name", Value::from(name))];
    metadata.extend(namespace.map(|namespace| ("namespace", namespace.into())));
    to_yaml(&resource("ProxyService", mapping(metadata), mapping([("serviceName", name.into())])), 0)
}

/// A ProxyService for each Service that can be intercepted; the others as comments.
pub(super) fn proxy_services(candidates: &[Candidate]) -> String {
    let mut text = String::from(
        "# A ProxyService for each Service that can be intercepted. Worth it are those with many callers and\n\
         # several pods: remove the others. `proxy-service schema` has every field.\n",
    );
    let taken = candidates.iter().filter(|candidate| candidate.verdict == Verdict::Taken);
    let documents: Vec<String> = taken.map(|candidate| proxy_service(&candidate.name, candidate.namespace.as_deref())).collect();
    text.push_str(&documents.join("---\n"));
    for candidate in candidates {
        if let Verdict::Open(errors) = &candidate.verdict {
            text.push_str(&open(candidate, errors));
        }
    }
    text.push_str(&left_out(candidates));
    text
}

/// Interception by label.
pub(super) fn config((key, value): (&str, &str), candidates: &[Candidate]) -> String {
    let labels = mapping([("matchLabels", mapping([(key, Value::from(value))]))]);
    let config =
        resource("ProxyServiceConfig", mapping([("name", Value::from("opt-in"))]), mapping([("serviceSelector", labels)]));
    let mut text = String::from("# Every Service with this label is intercepted.\n");
    let taken: Vec<&str> = candidates
        .iter()
        .filter(|candidate| candidate.verdict == Verdict::Taken)
        .map(|candidate| candidate.name.as_str())
        .collect();
    if !taken.is_empty() {
        text.push_str("# Can have it:\n");
        for name in taken {
            let _ = writeln!(text, "# - {}", visible(name));
        }
    }
    text.push_str(&to_yaml(&config, 0));
    for candidate in candidates {
        if let Verdict::Open(errors) = &candidate.verdict {
            let _ = writeln!(text, "# Can have it beside a ProxyService that says more: {}", visible(&candidate.name));
            text.push_str(&reasons(errors));
        }
    }
    text.push_str(&left_out(candidates));
    text
}

/// A ProxyService that waits for a choice: as a comment with what is to be chosen.
fn open(candidate: &Candidate, errors: &[Finding]) -> String {
    let mut text = format!("# Yours to choose, then remove the leading `#`: {}\n", visible(&candidate.name));
    text.push_str(&reasons(errors));
    let mut block = format!("---\n{}", proxy_service(&candidate.name, candidate.namespace.as_deref()));
    let ports: Vec<u64> = errors.iter().filter_map(|error| undeclared_port(error, candidate)).collect();
    if !ports.is_empty() {
        block.push_str("  # HTTP, HTTP2, GRPC, GRPC-WEB, HTTPS, TLS or TCP\n  ports:\n");
        for port in ports {
            let _ = writeln!(block, "  - {{port: {port}, protocol: TCP}}");
        }
    }
    if errors.iter().any(|error| error.code() == Code::TlsModeNotChosen) {
        block.push_str("  # DISABLE for clients without a sidecar, ISTIO_MUTUAL if all have one\n  tls: {mode: DISABLE}\n");
    }
    for line in block.lines() {
        let _ = writeln!(text, "#{line}");
    }
    text
}

/// The number of the port that a finding points at, `spec.ports[1]`.
fn undeclared_port(error: &Finding, candidate: &Candidate) -> Option<u64> {
    if error.code() != Code::UndeclaredProtocol {
        return None;
    }
    let position: usize = error.field()?.strip_prefix("spec.ports[")?.strip_suffix(']')?.parse().ok()?;
    candidate.ports.get(position).copied()
}

fn left_out(candidates: &[Candidate]) -> String {
    let mut text = String::new();
    for candidate in candidates {
        if let Verdict::LeftOut(errors) = &candidate.verdict {
            let _ = writeln!(text, "# Left out: {}", visible(&candidate.name));
            text.push_str(&reasons(errors));
        }
    }
    text
}

fn reasons(errors: &[Finding]) -> String {
    errors.iter().fold(String::new(), |mut text, error| {
        let field = error.field().map(|field| format!(" {field}")).unwrap_or_default();
        let _ = writeln!(text, "# - {}{field}: {}", error.code(), visible(own_words(error.message())));
        text
    })
}

/// What a finding says, without who asked: nobody did yet.
pub(super) fn own_words(text: &str) -> &str {
    let text = text.strip_suffix(", or remove the request").unwrap_or(text);
    let asked = text.rfind(", and ").filter(|_| text.ends_with(" asks to intercept it"));
    asked.map_or(text, |end| &text[..end])
}

fn resource(kind: &str, metadata: Value, spec: Value) -> Value {
    let api_version = format!("{GROUP}/{VERSION}");
    mapping([("apiVersion", api_version.into()), ("kind", kind.into()), ("metadata", metadata), ("spec", spec)])
}

fn mapping<'k>(fields: impl IntoIterator<Item = (&'k str, Value)>) -> Value {
    Value::Mapping(fields.into_iter().map(|(key, value)| (Value::from(key), value)).collect::<Mapping>())
}
