//! Asks the function which Services it would intercept.

use super::{Manifest, Request, texts};
use crate::findings::Code;
use crate::function::run_render;
use crate::interception::is_generated;
use crate::krm::{Documents, Finding, Findings, Item, ObjectRef};
use crate::spelling;
use std::collections::HashMap;

/// A Service, and whether the function would intercept it.
#[derive(Debug)]
pub struct Candidate {
    /// The Service as it is built.
    pub object: ObjectRef,
    /// The name that it has where the ProxyService stands.
    pub name: String,
    /// The namespace that it has there.
    pub namespace: Option<String>,
    /// The numbers of its ports, in its order.
    pub ports: Vec<u64>,
    /// What the function says.
    pub verdict: Verdict,
}

/// What the function says of a Service.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// It can be intercepted.
    Taken,
    /// It could be, but only its owner knows how.
    Open(Vec<Finding>),
    /// It cannot be intercepted as it is.
    LeftOut(Vec<Finding>),
}

/// Every Service, in the order of the names: a `cart` before the `cart-ep` that could be its target.
pub(super) fn choose(manifests: &[Manifest<'_>], request: &Request<'_>) -> Result<Vec<Candidate>, Findings> {
    refused(manifests, "")?;
    let documents = read(manifests)?;
    let mut candidates: Vec<Candidate> = documents
        .items()
        .iter()
        .filter(|item| item.id().is("", "Service") && !is_generated(item))
        .map(|item| candidate(item, request))
        .collect();
    candidates.sort_by(|one, other| one.object.cmp(&other.object));
    candidates.dedup_by(|one, other| one.object == other.object);
    if !request.services.is_empty() {
        named(&mut candidates, request.services)?;
    }
    let undecided: Vec<usize> = candidates
        .iter()
        .enumerate()
        .filter(|(_, found)| found.verdict == Verdict::Taken)
        .map(|(position, _)| position)
        .collect();
    let undecided = refuse_for_themselves(manifests, &mut candidates, undecided);
    add(manifests, &mut candidates, &undecided, &mut String::new());
    Ok(candidates)
}

fn read<'a>(manifests: &[Manifest<'a>]) -> Result<Documents<'a>, Findings> {
    let mut documents = Documents::default();
    let mut findings = Findings::default();
    for manifest in manifests {
        if let Err(found) = documents.read(manifest.name, manifest.text) {
            findings.extend(found);
        }
    }
    if findings.is_empty() { Ok(documents) } else { Err(findings) }
}

fn candidate(item: &Item<'_>, request: &Request<'_>) -> Candidate {
    let object = item.id().to_ref();
    let ports = item.value().ok().and_then(|value| value.get("spec")?.get("ports")?.as_sequence());
    let ports = ports.into_iter().flatten().map(|port| port.get("port").and_then(|port| port.as_u64()).unwrap_or(0)).collect();
    let (name, namespace, verdict) = match request.layer.before(&object) {
        Ok((name, namespace)) => (name, namespace, Verdict::Taken),
        Err(why) => (object.name.clone(), object.namespace.clone(), Verdict::LeftOut(vec![why])),
    };
    Candidate { object, name, namespace, ports, verdict }
}

/// Keeps those that somebody named.
fn named(candidates: &mut Vec<Candidate>, names: &[String]) -> Result<(), Findings> {
    let is = |candidate: &Candidate, asked: &str| {
        let (namespace, name) = asked.split_once('/').map_or((None, asked), |(namespace, name)| (Some(namespace), name));
        (candidate.name == name || candidate.object.name == name)
            && namespace.is_none_or(|asked| candidate.object.namespace.as_deref() == Some(asked))
    };
    let known: Vec<&str> = candidates.iter().map(|candidate| candidate.name.as_str()).collect();
    let mut missing = Findings::default();
    for asked in names.iter().filter(|asked| !candidates.iter().any(|candidate| is(candidate, asked))) {
        let remedy = match spelling::closest(asked.as_str(), &known, 1, 0.6).first() {
            Some(near) => format!("did you mean \"{near}\"?"),
            None if known.is_empty() => "name a folder with Services".to_string(),
            None => format!("there are: {}", known.iter().take(20).copied().collect::<Vec<_>>().join(", ")),
        };
        missing.push(Finding::error(Code::ServiceNotFound, format!("there is no Service \"{asked}\""), remedy));
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    candidates.retain(|candidate| names.iter().any(|asked| is(candidate, asked)));
    Ok(())
}

/// One run finds all Services that are refused for what they are themselves; the others stay.
fn refuse_for_themselves(manifests: &[Manifest<'_>], candidates: &mut [Candidate], group: Vec<usize>) -> Vec<usize> {
    let Err(errors) = refused(manifests, &asking_for(candidates, &group)) else { return group };
    let mut own: HashMap<&ObjectRef, Findings> = HashMap::new();
    for error in errors.sorted().into_iter().filter(|error| is_about_the_service_alone(Code::of(error))) {
        if let Some(object) = error.object() {
            own.entry(object).or_default().push(error.clone());
        }
    }
    for position in &group {
        if let Some(errors) = own.get(&candidates[*position].object) {
            candidates[*position].verdict = verdict(errors);
        }
    }
    group.into_iter().filter(|position| candidates[*position].verdict == Verdict::Taken).collect()
}

/// Errors that nothing else in the build can cause or take away.
fn is_about_the_service_alone(code: Code) -> bool {
    use Code::{ExternalNameService, HeadlessService, InvalidService, NoSelector, NotTcp, TlsModeNotChosen, UndeclaredProtocol};
    matches!(
        code,
        HeadlessService | ExternalNameService | NoSelector | NotTcp | InvalidService | UndeclaredProtocol | TlsModeNotChosen
    )
}

fn asking_for(candidates: &[Candidate], group: &[usize]) -> String {
    let objects = group.iter().map(|position| &candidates[*position].object);
    objects.map(|object| format!("---\n{}", texts::proxy_service(&object.name, object.namespace.as_deref()))).collect()
}

/// Adds a ProxyService for each of the group to `taken`. A group that the function refuses is tried
/// again in halves, so that few refusals among many Services need few runs.
fn add(manifests: &[Manifest<'_>], candidates: &mut [Candidate], group: &[usize], taken: &mut String) {
    let tried = taken.clone() + &asking_for(candidates, group);
    let errors = match refused(manifests, &tried) {
        Ok(()) => {
            *taken = tried;
            return;
        }
        Err(errors) => errors,
    };
    if let [only] = group {
        candidates[*only].verdict = verdict(&errors);
    } else {
        let (first, second) = group.split_at(group.len() / 2);
        add(manifests, candidates, first, taken);
        add(manifests, candidates, second, taken);
    }
}

/// The errors of the function with these ProxyServices besides.
pub(super) fn refused(manifests: &[Manifest<'_>], proxy_services: &str) -> Result<(), Findings> {
    let mut documents = read(manifests)?;
    if !proxy_services.is_empty() {
        documents.read(texts::PROXY_SERVICES, proxy_services)?;
    }
    let findings = run_render(&documents).findings;
    if findings.has_errors() { Err(findings) } else { Ok(()) }
}

/// Protocols and TLS modes are for people to choose; the rest is refused.
fn verdict(findings: &Findings) -> Verdict {
    let errors = findings.sorted().into_iter().filter(|finding| finding.severity() == crate::krm::Severity::Error);
    let errors: Vec<Finding> = errors.cloned().collect();
    let open = |finding: &Finding| matches!(Code::of(finding), Code::UndeclaredProtocol | Code::TlsModeNotChosen);
    if errors.iter().all(open) { Verdict::Open(errors) } else { Verdict::LeftOut(errors) }
}
