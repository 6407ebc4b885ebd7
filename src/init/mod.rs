//! The first step: which Services of some manifests can be intercepted, and the files that do it.
//!
//! Whether a Service can be intercepted is not decided here: the function itself is asked, with a
//! ProxyService for each of them.

mod choose;
mod component;
mod layer;
mod texts;

pub use choose::{Candidate, Verdict};
pub use layer::Layer;

use crate::findings::Code;
use crate::krm::{Documents, Finding, Findings};
use choose::choose;

/// The text of one source, and its name in findings.
#[derive(Debug, Clone, Copy)]
pub struct Manifest<'a> {
    /// Its name.
    pub name: &'a str,
    /// The manifests in it.
    pub text: &'a str,
}

/// How kustomize runs the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The program on PATH.
    Exec,
    /// The image.
    Container,
}

/// What is asked for.
#[derive(Debug)]
pub struct Request<'r> {
    /// The Services, by name or `NAMESPACE/NAME`; empty for all.
    pub services: &'r [String],
    /// The label that opts Services in, instead of a ProxyService for each.
    pub label: Option<(&'r str, &'r str)>,
    /// How kustomize runs the function.
    pub form: Form,
    /// The kustomization that gets the files.
    pub layer: Layer,
}

/// A file to write.
#[derive(Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Its path from the folder of the kustomization, with `/`.
    pub path: &'static str,
    /// All of it.
    pub text: String,
}

/// What to write, and what to say.
#[derive(Debug)]
pub struct Plan {
    /// The files.
    pub files: Vec<NewFile>,
    /// Every Service, and what becomes of it.
    pub candidates: Vec<Candidate>,
    /// Warnings about what is left out or open.
    pub findings: Findings,
}

impl Layer {
    /// What is written beside it: nothing of it may exist.
    #[must_use]
    pub fn paths(&self) -> Vec<&'static str> {
        let component = Some(component::FOLDER).filter(|_| !self.has_function());
        let kustomization = Some(texts::KUSTOMIZATION).filter(|_| matches!(self, Layer::New { .. }));
        [Some(texts::PROXY_SERVICES), component, kustomization].into_iter().flatten().collect()
    }
}

/// What to write for these manifests.
///
/// # Errors
/// The manifests are not rendered as they are, a Service that is asked for is not there, or no
/// Service can be intercepted, not even after a choice.
pub fn plan(manifests: &[Manifest<'_>], request: &Request<'_>) -> Result<Plan, Findings> {
    let candidates = choose(manifests, request)?;
    let mut findings = Findings::default();
    for candidate in &candidates {
        findings.extend(told(candidate, request.label.is_some()));
    }
    // A ProxyService that waits for a choice is a comment: something to go on with.
    let begun = |candidate: &Candidate| match candidate.verdict {
        Verdict::Taken => true,
        Verdict::Open(_) => request.label.is_none(),
        Verdict::LeftOut(_) => false,
    };
    if !candidates.iter().any(begun) {
        let message = match candidates.len() {
            0 => "there is no Service".to_string(),
            1 => format!("the Service \"{}\" cannot be intercepted as it is", candidates[0].name),
            count => format!("none of {count} Services can be intercepted as it is"),
        };
        let remedy = "name another folder, or change a Service as the other findings say";
        findings.push(Finding::error(Code::NothingToIntercept, message, remedy));
        return Err(findings);
    }
    let proxy_services = match request.label {
        Some(label) => texts::config(label, &candidates),
        None => texts::proxy_services(&candidates),
    };
    let mut files = if request.layer.has_function() { Vec::new() } else { component::files(request.form) };
    files.push(NewFile { path: texts::PROXY_SERVICES, text: proxy_services });
    if let Layer::New { resources } = &request.layer {
        files.push(NewFile { path: texts::KUSTOMIZATION, text: texts::kustomization(resources) });
    }
    if let Some((key, value)) = request.label {
        // Another configuration may govern the namespace already.
        choose::refused(manifests, &texts::config((key, value), &[]))?;
    }
    Ok(Plan { files, candidates, findings })
}

/// Why a Service is not intercepted yet.
fn told(candidate: &Candidate, by_label: bool) -> Findings {
    let mut findings = Findings::default();
    let (code, errors, what) = match &candidate.verdict {
        Verdict::Taken => return findings,
        Verdict::Open(errors) => (Code::ChoiceIsYours, errors, "not yet"),
        Verdict::LeftOut(errors) => (Code::LeftOut, errors, "left out"),
    };
    for error in errors {
        let message = format!("{what}, {}: {}", error.code(), texts::own_words(error.message()));
        let remedy = match code {
            Code::ChoiceIsYours if !by_label => "choose in proxyservices.yaml, where its ProxyService is a comment",
            _ => texts::own_words(error.remedy()),
        };
        let finding = Finding::warning(code, message, remedy).about_object(candidate.object.clone());
        findings.push(match error.field() {
            Some(field) => finding.at(field),
            None => finding,
        });
    }
    findings
}

/// The files of a folder that kustomize can take as resources, and findings about the others.
///
/// # Errors
/// A file is not YAML.
pub fn resources(manifests: &[Manifest<'_>]) -> Result<(Vec<usize>, Findings), Findings> {
    let (mut taken, mut left_out, mut errors) = (Vec::new(), Findings::default(), Findings::default());
    for (position, manifest) in manifests.iter().enumerate() {
        let mut documents = Documents::default();
        match documents.read(manifest.name, manifest.text) {
            Ok(()) if documents.items().is_empty() => {}
            Ok(()) => taken.push(position),
            Err(found) if found.sorted().iter().all(|finding| finding.code() == Code::NotAnObject) => {
                let message = "the file is left out: not all in it are Kubernetes objects";
                let finding = Finding::warning(Code::LeftOut, message, "list it in kustomization.yaml if it belongs there");
                left_out.push(finding.in_file(manifest.name, None));
            }
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() { Ok((taken, left_out)) } else { Err(errors) }
}
