//! The pipeline: what becomes of the resources of a build.

use crate::api::Requests;
use crate::changes::{self, Changes};
use crate::delivery::{self, flux::Split};
use crate::findings::Code;
use crate::interception::{self, Intercepted, Interception};
use crate::krm::{Documents, Edits, Finding, Findings, Item, ResourceList};
use crate::mesh::Mesh;
use crate::neighbours::fronts::Fronts;
use crate::neighbours::{self, Found, OfPlanes, Surroundings};
use crate::objects::Index;
use crate::planes::{self, Planes};

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
    Ok((delivery::flux::split(documents, &interceptions, changes)?, findings))
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
    let mut findings = Findings::default();
    let mut requests = prepare(Requests::read(items, function_configs, &mut findings));
    let index = Index::new(items);
    let specs = interception::specs(&mut requests, &index, &mut findings);
    let mut of_mesh = Findings::default();
    let mesh = Mesh::read(items.iter(), &requests.mesh, &mut of_mesh);
    // Where nothing is intercepted, the mesh is nobody's question.
    if !specs.is_empty() {
        findings.extend(of_mesh);
    }
    planes::check(&specs, &mesh, &mut findings);
    let interceptions = interception::resolve(&specs, &index, &mut findings);
    let found = Found::of(&index, &mesh, &interceptions);
    let around = Surroundings::of((items, &index), &mesh, &interceptions, &found);
    let (mut changes, findings) = changes_around(around, findings)?;
    requests.consumed.iter().for_each(|item| changes.remove(*item));
    Ok((changes, interceptions, findings))
}

/// What becomes of the interceptions and of what stands around them.
fn changes_around(around: Surroundings<'_>, mut findings: Findings) -> Result<(Changes, Findings), Findings> {
    let Surroundings { items, index, interceptions, .. } = around;
    let mut changes = Changes::default();
    let intercepted = Intercepted::all(interceptions, &planes::effects(around));
    let fronts = Fronts::new(&intercepted, index);
    neighbours::check_services(&around, &mut findings);
    planes::check_clients(&around, &fronts, &mut findings);
    let of_planes = OfPlanes { may_name: planes::may_name, check: planes::check_named };
    neighbours::check(&around, &fronts, &of_planes, &mut findings);
    let planes = Planes::new(around, &mut changes, &mut findings);
    let mut planned = planes.plan();
    changes::refuse_taken(interceptions, &mut planned, index, &mut findings);
    neighbours::admission::check(interceptions, &planned, index, &mut findings);
    delivery::argocd::check(items, interceptions, &mut findings);
    let mut findings = without_unreadable(items, findings)?;
    planes.rewrite(&mut changes, &mut findings)?;
    changes::settle(planned, |position| interceptions[position].anchor(), items, &mut changes, &mut findings)?;
    changes::remove_left_over(interceptions, index, &mut changes);
    delivery::argocd::annotate(items, interceptions, &mut changes)?;
    Ok((changes, without_unreadable(items, findings)?))
}

/// The findings, if none keeps the output back. An item that somebody looked at and could not read is an
/// error: it may refer to a front.
fn without_unreadable(items: &[Item<'_>], mut findings: Findings) -> Result<Findings, Findings> {
    findings.extend_once(items.iter().filter_map(Item::unreadable));
    if findings.has_errors() { Err(findings) } else { Ok(findings) }
}
