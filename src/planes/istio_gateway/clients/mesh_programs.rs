//! Objects of Istio's own that have a program call a Service without mutual TLS: istiod, the agent beside Envoy, and
//! Envoy where its bootstrap has the cluster.
//!
//! None of these calls goes through a sidecar's listeners, so that none has mutual TLS, whoever is in the mesh.

use crate::findings::Code;
use crate::findings::fact::{Fact, Row, Table, fact};
use crate::krm::{Findings, Item};
use crate::mesh::{Mesh, mesh_config};
use crate::neighbours::fronts::{Fronts, ask_or_warn};
use crate::objects::places;
use crate::objects::value::{at, sequence};
use serde_yaml::Value;
use std::collections::HashSet;

/// A kind of object that names a Service for such a program.
pub struct Program {
    /// API group.
    pub group: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// The addresses that the program calls, with their fields.
    addresses: fn(&Item<'_>) -> Vec<(String, String)>,
    /// Whether istiod's namespace completes a bare name, and not the object's.
    of_istiod: bool,
    /// Who calls, and for what.
    who: &'static str,
    /// What to do instead.
    instead: &'static str,
    /// What the documentation says of it.
    says: &'static Fact,
}

static KEYS: Fact = OUTSIDE_ALWAYS.because(
    "istiod fetches the keys itself, unless `jwks` has them; from `issuer` only where there is no `jwksUri`",
    "istiod `JwksResolver.GetPublicKey`",
);
static PLUGIN: Fact = OUTSIDE_ALWAYS
    .because("the agent beside Envoy fetches the plugin as the sidecar's user", "istio-agent, `wasm/httpfetcher.go`");
static TELEMETRY: Fact = OUTSIDE_ALWAYS.because(
    "Envoy's bootstrap has the cluster, which knows no mutual TLS unless `tlsSettings` say so",
    "Istio, `envoy_bootstrap.json`",
);
const OUTSIDE_ALWAYS: Fact =
    fact(Table::Senders, "{}", "outside the mesh; warning {} where ISTIO_MUTUAL was chosen", &[Code::ClientOutside]);

const fn telemetry(group: &'static str, kind: &'static str) -> Program {
    Program {
        group,
        kind,
        addresses: sinks,
        of_istiod: true,
        who: "sidecars send telemetry",
        instead: "name the collector in an extension provider of the mesh, which sidecars call as they call every Service",
        says: &TELEMETRY,
    }
}

/// Every such kind.
pub const PROGRAMS: &[Program] = &[
    Program {
        group: "security.istio.io",
        kind: "RequestAuthentication",
        addresses: keys,
        of_istiod: true,
        who: "istiod sends its requests for keys",
        instead: "write the keys in `jwks`",
        says: &KEYS,
    },
    Program {
        group: "extensions.istio.io",
        kind: "WasmPlugin",
        addresses: plugin,
        of_istiod: false,
        who: "the agents beside Envoy send their requests for the plugin",
        instead: "have another Service serve the plugin",
        says: &PLUGIN,
    },
    telemetry("", "ConfigMap"),
    telemetry("install.istio.io", "IstioOperator"),
    telemetry("sailoperator.io", "Istio"),
];

/// Below a MeshConfig: an address to which every Envoy of the mesh sends, and its TLS.
const SINKS: [(&str, &[&str]); 5] = [
    ("defaultConfig.tracing.zipkin.address", TRACING_TLS),
    ("defaultConfig.tracing.lightstep.address", TRACING_TLS),
    ("defaultConfig.tracing.datadog.address", TRACING_TLS),
    ("defaultConfig.envoyAccessLogService.address", &["defaultConfig", "envoyAccessLogService", "tlsSettings", "mode"]),
    ("defaultConfig.envoyMetricsService.address", &["defaultConfig", "envoyMetricsService", "tlsSettings", "mode"]),
];
const TRACING_TLS: &[&str] = &["defaultConfig", "tracing", "tlsSettings", "mode"];

/// Asks for `tls.mode` where one of [`PROGRAMS`] names a front; warns where ISTIO_MUTUAL was chosen.
pub fn check(program: &Program, item: &Item<'_>, fronts: &Fronts<'_>, mesh: &Mesh, findings: &mut Findings) {
    let namespace = if program.of_istiod { Some(mesh.istiod_namespace()) } else { item.id().namespace.as_deref() };
    let mut asked = HashSet::new();
    for (field, address) in (program.addresses)(item) {
        let Some(front) = fronts.of_host(namespace, &address) else { continue };
        if !asked.insert((&front.namespace, &front.front_name)) {
            continue;
        }
        let why = format!(
            "{} to \"{}\" without the mesh's mutual TLS, which the proxies would ask them for",
            program.who, front.front_name
        );
        ask_or_warn(program.instead, item, &field, &address, &why, front, findings);
    }
}

/// The URLs of a RequestAuthentication from which istiod fetches (`JwksResolver.BuildLocalJwks`).
fn keys(item: &Item<'_>) -> Vec<(String, String)> {
    let Ok(value) = item.value() else { return Vec::new() };
    let said = |rule: &Value, key: &str| rule.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_string);
    let fetched = |(number, rule): (usize, &Value)| {
        if said(rule, "jwks").is_some() {
            return None;
        }
        let (key, url) = ["jwksUri", "issuer"].iter().find_map(|key| Some((key, said(rule, key)?)))?;
        is_http(&url).then(|| (format!("spec.jwtRules[{number}].{key}"), url))
    };
    sequence(value, &["spec", "jwtRules"]).iter().enumerate().filter_map(fetched).collect()
}

/// The URL of a WasmPlugin, where it is no image.
fn plugin(item: &Item<'_>) -> Vec<(String, String)> {
    let url = item.text_at(&["spec", "url"]).filter(|url| is_http(url));
    url.into_iter().map(|url| ("spec.url".to_string(), url.to_string())).collect()
}

fn sinks(item: &Item<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Some((field, config)) = mesh_config(item) {
        for (place, tls) in SINKS {
            if at(&config, tls).and_then(Value::as_str).is_some_and(|mode| mode != "DISABLE") {
                continue;
            }
            let named = places::services(&config, place).into_iter();
            found.extend(named.map(|named| (format!("{field}.{}", named.field), named.name.to_string())));
        }
    }
    found
}

fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// Whether an object of Kubernetes' own may be one of these. Spares the others the parser.
pub fn may_be_one(item: &Item<'_>) -> bool {
    item.id().name.starts_with("istio") && item.fragment().text().contains("defaultConfig")
}

/// The rows of the documentation for [`PROGRAMS`].
pub fn rows() -> Vec<Row> {
    let fields = |says: &Fact| match says {
        _ if std::ptr::eq(says, &KEYS) => "`jwtRules[].jwksUri`, `jwtRules[].issuer`".to_string(),
        _ if std::ptr::eq(says, &PLUGIN) => "`url`".to_string(),
        _ => {
            let sinks: Vec<_> = SINKS.iter().map(|(place, _)| format!("`meshConfig.{place}`")).collect();
            sinks.join(", ")
        }
    };
    [&KEYS, &PLUGIN, &TELEMETRY]
        .into_iter()
        .map(|says| {
            let of = PROGRAMS.iter().filter(|program| std::ptr::eq(program.says, says));
            let entries: Vec<_> = of.map(|program| (program.group, program.kind, fields(says))).collect();
            says.of_table("planes/istio_gateway/clients/mesh_programs", &entries)
        })
        .collect()
}
