//! Names from before kustomize renamed: a ProxyService is written beside its Service, and prefixes
//! and suffixes of the same or a lower kustomization reach the Service first.
//!
//! kustomize corrects references once, at the very end of a build, and so after this function. It
//! notes on every item what it was called; the rules here are those by which it looks for the
//! object that a name means (`selectReferral` in its name reference transformer).

use super::names::derived;
use crate::api::Spec;
use crate::findings::Code;
use crate::krm::{Finding, Findings, Layers};
use crate::objects::Index;
use crate::objects::index::namespace_key;
use std::collections::HashMap;

/// The specs with every name as its Service is called now.
///
/// A name that some Service has counts before one that a Service had. A spec whose name can mean
/// several Services is left out, with a finding.
pub fn current_names(specs: Vec<Spec>, index: &Index<'_, '_>, findings: &mut Findings) -> Vec<Spec> {
    let mut renamed = None;
    let mut current = Vec::with_capacity(specs.len());
    for spec in specs {
        let known = !index.find("", "Service", spec.namespace.as_deref(), &spec.service_name).is_empty();
        let target_known = spec.target.as_ref().is_none_or(|name| has(index, &spec, name));
        if known && target_known && spec.source.layers().is_empty() {
            current.push(spec);
            continue;
        }
        let renamed = renamed.get_or_insert_with(|| Renamed::new(index));
        match renamed.settle(&spec, index, known) {
            Ok(spec) => current.push(spec),
            Err(finding) => findings.push(finding),
        }
    }
    current
}

fn has(index: &Index<'_, '_>, spec: &Spec, name: &str) -> bool {
    !index.find("", "Service", spec.namespace.as_deref(), name).is_empty()
}

/// A Service that had another name.
struct Former<'i> {
    name: &'i str,
    layers: Layers,
}

/// The renamed Services of an input.
struct Renamed<'i> {
    services: Vec<Former<'i>>,
    by_name: HashMap<(&'i str, String), Vec<usize>>,
}

impl<'i> Renamed<'i> {
    fn new<'a>(index: &Index<'i, 'a>) -> Self {
        let mut renamed = Renamed { services: Vec::new(), by_name: HashMap::new() };
        for (_, item) in index.services() {
            let layers = Layers::of(item);
            let (namespace, name) = (namespace_key(item.id().namespace.as_deref()), item.id().name.as_ref());
            for former in layers.names.iter().filter(|former| *former != name) {
                let of_name = renamed.by_name.entry((namespace, former.clone())).or_default();
                if of_name.last() != Some(&renamed.services.len()) {
                    of_name.push(renamed.services.len());
                }
            }
            renamed.services.push(Former { name, layers });
        }
        renamed
    }

    /// The Service that a name of the spec meant before, if there is one.
    fn find(&self, spec: &Spec, name: &str, field: &str) -> Result<Option<&Former<'i>>, Finding> {
        let key = (namespace_key(spec.namespace.as_deref()), name.to_string());
        let own = spec.source.layers();
        let mut found: Vec<&Former<'i>> = self.by_name.get(&key).into_iter().flatten().map(|at| &self.services[*at]).collect();
        found.retain(|service| service.layers.meets(own));
        if found.len() > 1 && found.iter().any(|service| service.layers.equals(own)) {
            found.retain(|service| service.layers.equals(own));
        }
        match found[..] {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            [..] => Err(ambiguous(spec, name, field, found.iter().map(|service| service.name))),
        }
    }

    fn settle(&self, spec: &Spec, index: &Index<'_, '_>, known: bool) -> Result<Spec, Finding> {
        let mut settled = spec.clone();
        let front = self.find(spec, &spec.service_name, "serviceName")?;
        if known {
            let namesake = front.filter(|front| front.layers.equals(spec.source.layers()));
            if let Some(namesake) = namesake {
                return Err(ambiguous(
                    spec,
                    &spec.service_name,
                    "serviceName",
                    [spec.service_name.as_str(), namesake.name].into_iter(),
                ));
            }
            if let Some(name) = spec.target.as_ref().filter(|name| !has(index, spec, name)) {
                settled.target = Some(self.find(spec, name, "target")?.map_or(name.as_str(), |target| target.name).to_string());
            }
            return Ok(settled);
        }
        let asked = spec.target.clone().unwrap_or_else(|| derived(&spec.service_name, "-ep"));
        let target = if has(index, spec, &asked) { None } else { self.find(spec, &asked, "target")? };
        match (front, target) {
            (None, None) => {}
            (None, Some(target)) => {
                settled.service_name = renamed_alike(spec, target, &asked, &spec.service_name)?;
                settled.target = Some(target.name.to_string());
            }
            (Some(front), Some(target)) => {
                settled.service_name = front.name.to_string();
                settled.target = Some(target.name.to_string());
            }
            (Some(front), None) => {
                settled.service_name = front.name.to_string();
                // Where it is asked for by a name that nobody has, it gets one as the front got its.
                if spec.target.is_some() && !has(index, spec, &asked) {
                    settled.target = Some(renamed_alike(spec, front, &spec.service_name, &asked)?);
                }
            }
        }
        Ok(settled)
    }
}

fn renamed_alike(spec: &Spec, service: &Former<'_>, previous: &str, name: &str) -> Result<String, Finding> {
    service.layers.rename(previous, service.name, name).ok_or_else(|| {
        let message = format!(
            "Service \"{previous}\" is called \"{}\" now, which prefixes and suffixes do not explain: what becomes of \"{name}\" is not clear",
            service.name
        );
        let remedy = "write serviceName and target as the Services are called now";
        spec.source.point(Finding::error(Code::RenamedOtherwise, message, remedy).seen(name), "serviceName")
    })
}

fn ambiguous<'n>(spec: &Spec, name: &str, field: &str, candidates: impl Iterator<Item = &'n str>) -> Finding {
    let candidates: Vec<String> = candidates.map(|name| format!("\"{name}\"")).collect();
    let message = format!("\"{name}\" can mean several Services, as layers have renamed them: {}", candidates.join(", "));
    let remedy = "write the name that the Service has now, or move the request into the kustomization of its Service";
    spec.source.point(Finding::error(Code::AmbiguousName, message, remedy).seen(name), field)
}
