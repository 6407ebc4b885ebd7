//! From resources to specs: everything that a build asks for, with the defaults applied.

use super::check::Checker;
use super::config::ProxyServiceConfigSpec;
use super::defaults::{Defaults, Scope, merge};
use super::limits::{length, refuse_too_large};
use super::mesh::MeshSettings;
use super::proxy_service::{GROUP, Settings, VERSION};
use super::source::SpecSource;
use crate::findings::Code;
use crate::krm::{FUNCTION_ANNOTATION, Finding, Findings, Item, ObjectRef};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// The file that a host read an item from, and its place in it.
/// <https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md>
const PATH_ANNOTATION: &str = "internal.config.kubernetes.io/path";
const INDEX_ANNOTATION: &str = "internal.config.kubernetes.io/index";

/// One asked-for interception.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Where it was asked for.
    pub source: SpecSource,
    /// The Service's namespace; `None` where the build has set none yet.
    pub namespace: Option<String>,
    /// The Service that clients call.
    pub service_name: String,
    /// The Service over the application's pods, where it is named.
    pub target: Option<String>,
    /// Everything else; the same for all that say nothing themselves.
    pub settings: Rc<Settings>,
}

/// Interception by label: every Service with these labels.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Where it was asked for.
    pub source: SpecSource,
    /// The labels.
    pub selector: LabelSelector,
    /// The one namespace it is about; `None` for all.
    pub namespace: Option<String>,
}

/// Everything that a build asks for.
#[derive(Debug, Default)]
pub struct Requests {
    /// Interceptions by name.
    pub specs: Vec<Spec>,
    /// Interceptions by label, those of one namespace first.
    pub selections: Vec<Selection>,
    /// What ProxyServiceConfigs say of the mesh.
    pub mesh: Vec<(SpecSource, MeshSettings)>,
    /// Indices of the items that are ours and leave the list.
    pub consumed: Vec<usize>,
    defaults: Defaults,
    flux: bool,
}

impl Requests {
    /// Reads every ProxyService and ProxyServiceConfig among the items and functionConfigs.
    ///
    /// A foreign functionConfig is none of our business.
    ///
    /// What is wrong with them goes into `findings`, and the rest is returned, so that one run can
    /// tell every problem of an input.
    pub fn read(items: &[Item<'_>], function_configs: &[&Item<'_>], findings: &mut Findings) -> Self {
        let mut reader = Reader::new(findings);
        let own_configs: Vec<_> = function_configs.iter().copied().filter(|item| item.id().group() == GROUP).collect();
        for config in &own_configs {
            reader.take(config, Scope::Everything);
        }
        let mut consumed = Vec::new();
        for (index, item) in items.iter().enumerate() {
            // Its file would be deleted if it left the list, and the next run would find no spec.
            if item.id().group() != GROUP || own_configs.iter().any(|config| is_same_file(config, item)) {
                continue;
            }
            consumed.push(index);
            // kustomize hands a generator its own functionConfig as the only item.
            let is_declaration = || item.text_at(&["metadata", "annotations", FUNCTION_ANNOTATION]).is_some();
            if !(own_configs.iter().any(|config| config.id() == item.id()) && is_declaration()) {
                let namespace = item.id().namespace.as_ref().map(ToString::to_string);
                reader.take(item, namespace.map_or(Scope::Build, Scope::Namespace));
            }
        }
        Requests { consumed, ..reader.finish() }
    }

    /// The settings of a Service that a label selected.
    #[must_use]
    pub fn settings(&self, namespace: Option<&str>) -> Settings {
        let settings: Settings = typed(&self.defaults.of(namespace));
        if self.flux { for_flux(settings) } else { settings }
    }

    /// The same, all of it with `gitops: {flux: true}`.
    #[must_use]
    pub fn for_flux(mut self) -> Self {
        self.flux = true;
        let mut changed: HashMap<*const Settings, Rc<Settings>> = HashMap::new();
        for spec in &mut self.specs {
            let settings = changed.entry(Rc::as_ptr(&spec.settings));
            spec.settings = Rc::clone(settings.or_insert_with(|| Rc::new(for_flux(spec.settings.as_ref().clone()))));
        }
        self
    }
}

fn for_flux(mut settings: Settings) -> Settings {
    settings.gitops.get_or_insert_default().flux = Some(true);
    settings
}

/// Whether the functionConfig is this item too: kpt takes it from a file of the package (`configPath`)
/// and leaves it among the items, with the same path.
fn is_same_file(config: &Item<'_>, item: &Item<'_>) -> bool {
    let place = |item: &Item<'_>, annotation| item.text_at(&["metadata", "annotations", annotation]).map(|text| text.to_string());
    config.id() == item.id()
        && place(config, PATH_ANNOTATION).is_some()
        && [PATH_ANNOTATION, INDEX_ANNOTATION].into_iter().all(|annotation| place(config, annotation) == place(item, annotation))
}

struct Reader<'f> {
    checker: Checker,
    findings: &'f mut Findings,
    seen: HashSet<ObjectRef>,
    proxy_services: Vec<(SpecSource, Option<String>, Asked)>,
    configs: Vec<(SpecSource, Scope, Json)>,
}

impl<'f> Reader<'f> {
    fn new(findings: &'f mut Findings) -> Self {
        let (checker, seen) = (Checker::default(), HashSet::new());
        Reader { checker, findings, seen, proxy_services: Vec::new(), configs: Vec::new() }
    }

    fn take(&mut self, item: &Item<'_>, scope: Scope) {
        let id = item.id();
        if !matches!(id.kind.as_ref(), "ProxyService" | "ProxyServiceConfig") || id.api_version != format!("{GROUP}/{VERSION}") {
            let message = format!("\"{} {}\" is not a resource that this program knows", id.api_version, id.kind);
            let remedy = format!("use {GROUP}/{VERSION} ProxyService or ProxyServiceConfig");
            self.findings.push(Finding::error(Code::UnknownVersion, message, remedy).about(item).at("apiVersion"));
            return;
        }
        if !self.seen.insert(id.to_ref()) {
            let message = format!("there is a second {} of this name in this namespace", id.kind);
            let finding = Finding::error(Code::DuplicateObject, message, "remove or rename one of the two");
            return self.findings.push(finding.about(item).at("metadata.name").seen(id.name.as_ref()));
        }
        let source = SpecSource::new(item, "spec");
        let mut json = match self.checker.check(item) {
            Ok(json) => json,
            Err(found) => return self.findings.extend(found),
        };
        let spec = json.get_mut("spec").map_or_else(|| Json::Object(Map::new()), Json::take);
        // A number may be an integer to the schema and too large for its type.
        let too_large = if id.kind == "ProxyService" {
            let namespace = id.namespace.as_ref().map(ToString::to_string);
            Asked::read(spec).map(|asked| self.proxy_services.push((source, namespace, asked)))
        } else {
            ProxyServiceConfigSpec::deserialize(&spec).map(|_| self.configs.push((source, scope, spec)))
        };
        if let Err(error) = too_large {
            self.findings.push(Finding::error(Code::InvalidValue, error.to_string(), "correct the value").about(item));
        }
    }

    fn finish(self) -> Requests {
        let mut defaults = Defaults::default();
        for (source, scope, spec) in &self.configs {
            let settings = spec.get("defaults").cloned();
            if let Err(finding) = defaults.add(source, scope.clone(), settings.unwrap_or_else(|| Json::Object(Map::new()))) {
                self.findings.push(finding);
            }
        }
        let mut specs = Specs { defaults: &defaults, made: Vec::new(), plain: HashMap::new(), copied: 0 };
        for (source, namespace, asked) in self.proxy_services {
            specs.add(source, namespace, asked, self.findings);
        }
        let (mut selections, mut mesh) = (Vec::new(), Vec::new());
        for (source, scope, config) in self.configs {
            if let Some(said) = config.get("mesh") {
                mesh.push((source.below("spec.mesh"), typed(said)));
            }
            let inline = config.get("proxyServices").and_then(Json::as_array);
            for (index, entry) in inline.into_iter().flatten().enumerate() {
                let own = entry.get("namespace").and_then(Json::as_str).map(str::to_string);
                let source = source.below(format!("spec.proxyServices[{index}]"));
                let asked = Asked::read(entry.clone()).expect(ACCEPTED);
                specs.add(source, own.or_else(|| scope.namespace()), asked, self.findings);
            }
            if let Some(selector) = config.get("serviceSelector") {
                let source = source.below("spec.serviceSelector");
                selections.push(Selection { source, selector: typed(selector), namespace: scope.namespace() });
            }
        }
        selections.sort_by_key(|selection| selection.namespace.is_none());
        Requests { specs: specs.made, selections, mesh, consumed: Vec::new(), defaults, flux: false }
    }
}

/// The specs of a build, each with the defaults under its own settings.
struct Specs<'d> {
    defaults: &'d Defaults,
    made: Vec<Spec>,
    /// The defaults of a namespace, for those that have nothing else.
    plain: HashMap<Option<String>, Rc<Settings>>,
    /// How many bytes of defaults they have, as JSON.
    copied: usize,
}

/// Most bytes of defaults in all specs together.
const MOST_COPIED: usize = 16 << 20;

impl Specs<'_> {
    fn add(&mut self, source: SpecSource, namespace: Option<String>, asked: Asked, findings: &mut Findings) {
        let Asked { names: Names { service_name, target }, settings, json } = asked;
        if let Err(finding) = refuse_too_large(&json) {
            return findings.push(source.point(finding, "serviceName"));
        }
        if json.as_object().is_some_and(|own| own.keys().all(|key| NAMES.contains(&key.as_str()))) {
            let defaults = || Rc::new(typed(&self.defaults.of(namespace.as_deref())));
            let settings = Rc::clone(self.plain.entry(namespace.clone()).or_insert_with(defaults));
            return self.made.push(Spec { source, namespace, service_name, target, settings });
        }
        // The rest is not worth looking at.
        if self.copied > MOST_COPIED {
            return;
        }
        let mut merged = self.defaults.of(namespace.as_deref());
        if merged.as_object().is_some_and(Map::is_empty) {
            return self.made.push(Spec { source, namespace, service_name, target, settings: Rc::new(settings) });
        }
        self.copied += length(&merged);
        if self.copied > MOST_COPIED {
            let message = format!("the defaults for all that ask for proxies have more than {MOST_COPIED} bytes together");
            let remedy = "shorten the defaults, or build in parts";
            return findings.push(source.point(Finding::error(Code::AsksForTooMuch, message, remedy), "serviceName"));
        }
        merge(&mut merged, json);
        self.made.push(Spec { source, namespace, service_name, target, settings: Rc::new(typed(&merged)) });
    }
}

/// The fields that are no settings.
const NAMES: [&str; 3] = ["namespace", "serviceName", "target"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Names {
    service_name: String,
    target: Option<String>,
}

/// What one resource or entry asks for, as it stands there.
struct Asked {
    names: Names,
    settings: Settings,
    json: Json,
}

impl Asked {
    fn read(json: Json) -> Result<Self, serde_json::Error> {
        Ok(Asked { names: Names::deserialize(&json)?, settings: Settings::deserialize(&json)?, json })
    }
}

const ACCEPTED: &str = "the schema is generated from the type and has accepted the value";

/// The typed form of JSON that the schema has accepted. By reference everywhere: from JSON that is given away
/// the types would have all of their code once more.
fn typed<'j, T: Deserialize<'j>>(json: &'j Json) -> T {
    T::deserialize(json).expect(ACCEPTED)
}
