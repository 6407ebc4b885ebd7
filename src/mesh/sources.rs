//! Who says what of the mesh: ProxyServiceConfigs, and what the build has of Istio's own configuration.

use super::{Mesh, MeshConfig};
use crate::api::{MeshSettings, SpecSource};
use crate::findings::Code;
use crate::krm::{Finding, Findings, Item, read_value};
use serde_yaml::Value;

/// Annotation of a generated Gateway with the cluster's domain, where that is not Istio's default: rendered manifests
/// have no other trace of it, and `validate`, `diff` and `graph` read them.
pub const DOMAIN_ANNOTATION: &str = "msvcbench.io/cluster-domain";

/// A field that several may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Domain,
    RootNamespace,
    TrustDomain,
    AutoMtls,
    IstioVersion,
}

impl Field {
    const ALL: [Field; 5] = [Field::Domain, Field::RootNamespace, Field::TrustDomain, Field::AutoMtls, Field::IstioVersion];

    /// Its name below `spec.mesh` of a ProxyServiceConfig.
    fn name(self) -> &'static str {
        match self {
            Field::Domain => "clusterDomain",
            Field::RootNamespace => "rootNamespace",
            Field::TrustDomain => "trustDomain",
            Field::AutoMtls => "autoMtls",
            Field::IstioVersion => "istioVersion",
        }
    }

    fn of_settings(self, settings: &MeshSettings) -> Option<String> {
        match self {
            Field::Domain => settings.cluster_domain.clone(),
            Field::RootNamespace => settings.root_namespace.clone(),
            Field::TrustDomain => settings.trust_domain.clone(),
            Field::AutoMtls => settings.auto_mtls.map(|on| on.to_string()),
            Field::IstioVersion => settings.istio_version.clone(),
        }
    }

    /// Where Istio's own configuration has it: in a MeshConfig, or in the values of its charts.
    fn of_istio(self, own: &Own<'_>) -> Option<String> {
        let (holder, path): (_, &[&str]) = match self {
            Field::Domain => (own.values, &["global", "proxy", "clusterDomain"]),
            Field::RootNamespace => (own.mesh_config(), &["rootNamespace"]),
            Field::TrustDomain => (own.mesh_config(), &["trustDomain"]),
            Field::AutoMtls => (own.mesh_config(), &["enableAutoMtls"]),
            Field::IstioVersion => return None,
        };
        match at(holder?, path)? {
            Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Value::Bool(on) => Some(on.to_string()),
            _ => None,
        }
    }

    fn set(self, mesh: &mut Mesh, value: String) {
        match self {
            Field::Domain => mesh.domain = value,
            Field::RootNamespace => mesh.root_namespace = value,
            Field::TrustDomain => mesh.trust_domains.insert(0, value),
            Field::AutoMtls => mesh.auto_mtls = value != "false",
            Field::IstioVersion => mesh.istio_version = Some(value),
        }
    }
}

/// Objects with a MeshConfig, or with the values of Istio's charts: group, kind, and the paths of the two.
const INSTALLERS: [(&str, &str, &[&str], &[&str]); 2] = [
    ("install.istio.io", "IstioOperator", &["spec", "meshConfig"], &["spec", "values"]),
    ("sailoperator.io", "Istio", &["spec", "values", "meshConfig"], &["spec", "values"]),
];

/// Istio's own configuration in an object of the build.
struct Own<'v> {
    /// The text of a ConfigMap, parsed.
    parsed: Option<Value>,
    mesh_config: Option<&'v Value>,
    values: Option<&'v Value>,
}

impl<'v> Own<'v> {
    fn mesh_config(&self) -> Option<&Value> {
        self.parsed.as_ref().or(self.mesh_config)
    }

    fn of_installer(group: &str, kind: &str, value: &'v Value) -> Option<Self> {
        let (.., mesh_config, values) = INSTALLERS.iter().find(|known| known.0 == group && known.1 == kind)?;
        Some(Own { parsed: None, mesh_config: at(value, mesh_config), values: at(value, values) })
    }
}

/// Whether a ConfigMap is the one that istiod reads: `istio`, or `istio-` and a revision.
fn is_of_istiod(item: &Item<'_>) -> bool {
    item.id().is("", "ConfigMap")
        && item.id().name.strip_prefix("istio").is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// The MeshConfig in an object, if it has Istio's own configuration, with its field.
#[must_use]
pub fn mesh_config(item: &Item<'_>) -> Option<(String, Value)> {
    if is_of_istiod(item) {
        return Some(("data.mesh".to_string(), read_value(item.text_at(&["data", "mesh"])?).ok()?));
    }
    let (.., path, _) = INSTALLERS.iter().find(|(group, kind, ..)| item.id().is(group, kind))?;
    Some((path.join("."), at(item.value().ok()?, path)?.clone()))
}

/// An object with Istio's own configuration.
struct Object<'i, 'a> {
    item: &'i Item<'a>,
    own: Own<'i>,
    field: &'static str,
}

impl Object<'_, '_> {
    fn config(&self) -> Option<MeshConfig> {
        let own = self.own.mesh_config()?;
        let id = self.item.id();
        let name = id.name.strip_prefix("istio-").filter(|_| id.is("", "ConfigMap"));
        let said = || self.own.values.and_then(|values| values.get("revision")?.as_str());
        let revision = name.or_else(|| self.item.text_at(&["spec", "revision"])).or_else(said).unwrap_or_default();
        let installer = INSTALLERS.iter().find(|(group, kind, ..)| id.is(group, kind));
        let place = installer.map_or_else(|| self.field.to_string(), |(_, _, path, _)| path.join("."));
        Some(MeshConfig::new(SpecSource::new(self.item, place), revision, own))
    }
}

impl Mesh {
    /// The mesh of a build.
    ///
    /// Those that contradict each other go into `findings`, as errors.
    #[must_use]
    pub fn read<'i, 'a: 'i>(
        items: impl Iterator<Item = &'i Item<'a>>,
        said: &[(SpecSource, MeshSettings)],
        findings: &mut Findings,
    ) -> Self {
        let objects: Vec<Object<'_, '_>> = items.filter_map(|item| object(item, findings)).collect();
        let mut mesh = Mesh::default();
        for own in objects.iter().filter_map(|object| object.own.mesh_config()) {
            mesh.exports.add(own);
            mesh.registry_only |= at(own, &["outboundTrafficPolicy", "mode"]).and_then(Value::as_str) == Some("REGISTRY_ONLY");
            let aliases = own.get("trustDomainAliases").and_then(Value::as_sequence).into_iter().flatten();
            mesh.trust_domains.extend(aliases.filter_map(Value::as_str).map(str::to_string));
        }
        mesh.configs = objects.iter().filter_map(Object::config).collect();
        mesh.configs.sort_by(MeshConfig::order);
        let config_maps = objects.iter().filter(|object| object.item.id().is("", "ConfigMap"));
        mesh.istiod_namespace = config_maps.filter_map(|object| object.item.id().namespace.as_deref()).next().map(str::to_string);
        for field in Field::ALL {
            if let Some(value) = settle(field, said, &objects, findings) {
                field.set(&mut mesh, value);
            }
        }
        // With aliases alone, the trust domain itself is Istio's default.
        if !mesh.trust_domains.is_empty() && !said_trust_domain(said, &objects) {
            mesh.trust_domains.push(super::CLUSTER_LOCAL.to_string());
        }
        mesh
    }

    /// The mesh as rendered manifests show it: group, kind and value of each object.
    #[must_use]
    pub fn of_rendered<'v>(objects: impl Iterator<Item = (&'v str, &'v str, &'v Value)>) -> Self {
        let domain = |(group, kind, value): (&str, &str, &'v Value)| match (group, kind) {
            ("networking.istio.io", "Gateway") => {
                Some(at(value, &["metadata", "annotations", DOMAIN_ANNOTATION])?.as_str()?.to_string())
            }
            ("msvcbench.io", "ProxyServiceConfig") => {
                Some(at(value, &["spec", "mesh", Field::Domain.name()])?.as_str()?.to_string())
            }
            _ => Field::Domain.of_istio(&Own::of_installer(group, kind, value)?),
        };
        let mut mesh = Mesh::default();
        if let Some(domain) = objects.into_iter().find_map(domain) {
            mesh.domain = domain;
        }
        mesh
    }

    /// The domain, where it is not the default.
    #[must_use]
    pub fn own_domain(&self) -> Option<&str> {
        (self.domain != super::CLUSTER_LOCAL).then_some(self.domain.as_str())
    }
}

fn said_trust_domain(said: &[(SpecSource, MeshSettings)], objects: &[Object<'_, '_>]) -> bool {
    said.iter().any(|(_, settings)| settings.trust_domain.is_some())
        || objects.iter().any(|object| Field::TrustDomain.of_istio(&object.own).is_some())
}

fn object<'i, 'a>(item: &'i Item<'a>, findings: &mut Findings) -> Option<Object<'i, 'a>> {
    if is_of_istiod(item) {
        let text = item.text_at(&["data", "mesh"])?;
        let field = "data.mesh";
        return match read_value(text) {
            Ok(parsed @ (Value::Mapping(_) | Value::Null)) => {
                Some(Object { item, own: Own { parsed: Some(parsed), mesh_config: None, values: None }, field })
            }
            _ => {
                let message = "the mesh's configuration is no YAML mapping, so that Istio's defaults are assumed";
                let remedy = "correct it, or say in `spec.mesh` of a ProxyServiceConfig what holds";
                findings.push(Finding::warning(Code::MeshNotRead, message, remedy).about(item).at(field));
                None
            }
        };
    }
    if !INSTALLERS.iter().any(|(group, kind, ..)| item.id().is(group, kind)) {
        return None;
    }
    let own = Own::of_installer(item.id().group(), &item.id().kind, item.value().ok()?)?;
    Some(Object { item, own, field: "spec" })
}

/// What is said of a field. A ProxyServiceConfig decides between objects of several revisions, but not against all.
fn settle(
    field: Field,
    said: &[(SpecSource, MeshSettings)],
    objects: &[Object<'_, '_>],
    findings: &mut Findings,
) -> Option<String> {
    let mut configs = said.iter().filter_map(|(source, settings)| Some((source, field.of_settings(settings)?)));
    let mut built = objects.iter().filter_map(|object| Some((object, field.of_istio(&object.own)?)));
    let name = field.name();
    let Some((source, value)) = configs.next() else {
        let (first, value) = built.next()?;
        for (object, other) in built.filter(|(_, other)| *other != value) {
            let message = format!("{name} \"{other}\" contradicts \"{value}\" of {}", first.item.id().to_ref());
            let remedy =
                format!("correct one of the two, or say `mesh.{name}` in a ProxyServiceConfig, for the mesh of this build");
            findings.push(contradiction(message, &remedy, &other).about(object.item).at(object.field));
        }
        return Some(value);
    };
    for (second, other) in configs.filter(|(_, other)| *other != value) {
        let message = format!("\"{other}\" contradicts \"{value}\" of {}", source.object());
        let remedy = "say the same in both, or in one of them alone: a build is for one mesh";
        findings.push(second.point(contradiction(message, remedy, &other), name));
    }
    let built: Vec<_> = built.collect();
    if let Some((object, other)) = built.first().filter(|_| built.iter().all(|(_, other)| *other != value)) {
        let message = format!("\"{value}\" contradicts \"{other}\" of {} ({})", object.item.id().to_ref(), object.field);
        let remedy = "remove it here, for the build has it already, or correct one of the two";
        findings.push(source.point(contradiction(message, remedy, &value), name));
    }
    Some(value)
}

fn contradiction(message: String, remedy: &str, seen: &str) -> Finding {
    Finding::error(Code::MeshContradicts, message, remedy).seen(seen)
}

/// The value at a path.
pub(super) fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.get(*key))
}
