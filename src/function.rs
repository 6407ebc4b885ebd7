//! The pipeline: what becomes of the resources of a build.

use crate::api::Requests;
use crate::changes::Changes;
use crate::gitops::flux::Split;
use crate::krm::{Code, Documents, Edits, Finding, Findings, Item, ResourceList};
use crate::resolve::{Index, Interception, Resolution};
use crate::{changes, emit, gitops, resolve};

/// What a run gives back to its host.
#[derive(Debug)]
pub struct Outcome {
    /// What belongs on stdout; `None` where the input could not be read.
    pub output: Option<String>,
    /// What belongs on stderr.
    pub findings: Findings,
    /// What the output was made with. Who ends the process need not take it apart: of a thousand
    /// interceptions that is a tenth of a run.
    pub edits: Edits,
}

/// Runs the function on a ResourceList.
///
/// On an error the items leave as they came, with the findings in `results`, as the KRM function
/// specification has it.
#[must_use]
pub fn run_function(input: &str) -> Outcome {
    let list = match ResourceList::read(input) {
        Ok(list) => list,
        Err(findings) => return Outcome { output: None, findings, edits: Edits::default() },
    };
    let configs: Vec<_> = list.function_config().into_iter().collect();
    let (edits, findings) = rewrite(list.items(), &configs).unwrap_or_else(|findings| (Edits::default(), findings));
    Outcome { output: Some(list.write(&edits, &findings)), findings, edits }
}

/// Runs the function on plain manifests; on an error, or without resources, there is no output.
#[must_use]
pub fn run_render(documents: &Documents<'_>) -> Outcome {
    let configs: Vec<_> = documents.function_configs().iter().collect();
    match rewrite(documents.items(), &configs) {
        Ok((edits, mut findings)) => {
            let output = Some(documents.write(&edits)).filter(|text| !text.is_empty());
            if output.is_none() {
                findings.push(no_resources());
            }
            Outcome { output, findings, edits }
        }
        Err(findings) => Outcome { output: None, findings, edits: Edits::default() },
    }
}

/// A pipe whose left side failed gives nothing, and nothing, applied with pruning, deletes all.
fn no_resources() -> Finding {
    let message = "the input holds no resources, and an empty output would delete everything where it is applied";
    Finding::error(Code::UnreadableInput, message, "check the files, or the command before the pipe (`set -o pipefail`)")
}

/// Runs the function on plain manifests, for Flux: every proxy has a Service of its own, because the
/// cutover has several steps.
///
/// # Errors
/// Findings of severity error, or there are no resources.
pub fn run_flux(documents: &Documents<'_>) -> Result<(Split, Findings), Findings> {
    if documents.items().is_empty() {
        return Err(no_resources().into());
    }
    let configs: Vec<_> = documents.function_configs().iter().collect();
    let (changes, interceptions, findings) = changes_of(documents.items(), &configs, Requests::for_flux)?;
    Ok((gitops::flux::split(documents, &interceptions, changes)?, findings))
}

fn rewrite(items: &[Item<'_>], function_configs: &[&Item<'_>]) -> Result<(Edits, Findings), Findings> {
    let (changes, _, findings) = changes_of(items, function_configs, |requests| requests)?;
    Ok((changes.into_edits(items)?, findings))
}

/// What a build comes to before it is written: its interceptions, and everything that becomes of it. `prepare` may
/// change what was asked for.
///
/// # Errors
/// Findings of severity error.
pub fn changes_of(
    items: &[Item<'_>],
    function_configs: &[&Item<'_>],
    prepare: impl FnOnce(Requests) -> Requests,
) -> Result<(Changes, Vec<Interception>, Findings), Findings> {
    let (mut findings, mut changes) = (Findings::default(), Changes::default());
    let mut requests = prepare(Requests::read(items, function_configs, &mut findings));
    let index = Index::new(items);
    let Resolution { interceptions, settings, adaptations, policies, mesh } =
        resolve::resolve(&index, &mut requests, &mut changes, &mut findings);
    let mut planned = emit::plan(items, (&interceptions, &settings), (&adaptations, policies), &mesh);
    resolve::refuse_taken(&interceptions, &mut planned, &index, &mut findings);
    resolve::admission::check(&interceptions, &planned, &index, &mut findings);
    gitops::argocd::check(items, &interceptions, &mut findings);
    let mut findings = without_unreadable(items, findings)?;
    emit::rewrite(items, &interceptions, (&adaptations, &settings), &mut changes, &mut findings)?;
    changes::settle(planned, |position| interceptions[position].anchor(), items, &mut changes, &mut findings)?;
    resolve::remove_left_over(&interceptions, &index, &mut changes);
    requests.consumed.iter().for_each(|item| changes.remove(*item));
    gitops::argocd::annotate(items, &interceptions, &mut changes)?;
    Ok((changes, interceptions, without_unreadable(items, findings)?))
}

/// The findings, if none keeps the output back. An item that somebody looked at and could not read is an
/// error: it may refer to a front.
fn without_unreadable(items: &[Item<'_>], mut findings: Findings) -> Result<Findings, Findings> {
    findings.extend_once(items.iter().filter_map(Item::unreadable));
    if findings.has_errors() { Err(findings) } else { Ok(findings) }
}
