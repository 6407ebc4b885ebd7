//! Flux: one folder and one Kustomization for each step of the cutover.
//!
//! Flux has no waves: within a Kustomization it applies by kind, Services before rules before routes
//! (fluxcd/pkg, `ssa/sort.go`), and waits for nothing. So each step before the front's is a
//! Kustomization of its own, on which the next depends. Two rules of kustomize-controller decide what
//! may stand where:
//!
//! - `dependsOn` waits for the revision that is to be applied, where both have the same source
//!   (`checkDependencies`).
//! - An object that leaves a Kustomization is deleted, unless another one has applied it since (its
//!   labels `kustomize.toolkit.fluxcd.io/name` and `namespace`) or it says `prune: disabled`
//!   (`deleteObjects`).
//!
//! Into an earlier Kustomization an object can move: that one applies it first. Back it cannot: it
//! would be deleted first. So the front stays in the last Kustomization, the one that has had it,
//! and what else is the user's and has to come earlier says `prune: disabled`. docs/flux.md has the
//! whole order.

mod gone;
mod kustomizations;

pub use gone::check_gone;
pub use kustomizations::{Source, kustomizations};

use super::plan::{Part, Place, Placed, Step, plan};
use crate::krm::{Documents, Edits, Finding, Item, NewObject};
use crate::resolve::Resolution;
use indexmap::map::Entry;
use serde_yaml::{Mapping, Value};
use std::collections::{HashMap, HashSet};

/// Keeps kustomize-controller from deleting what leaves a Kustomization.
const PRUNE: &str = "kustomize.toolkit.fluxcd.io/prune";

/// The folder of a step.
#[must_use]
pub fn folder(step: Step) -> &'static str {
    match step {
        Step::Prepare => "proxies",
        Step::Rules => "rules",
        Step::Front => "app",
    }
}

/// The manifests of each step, in their order. All of them are always there: the Kustomizations must
/// stay the same from commit to commit, because Flux does not apply them before it looks into the
/// folders.
#[derive(Debug)]
pub struct Split {
    /// A step and the manifests of its folder, empty where there are none.
    pub folders: Vec<(Step, String)>,
}

/// Where an object goes.
#[derive(Debug, Clone, Copy)]
struct Destination {
    step: Step,
    /// Whether it goes away with the interception.
    ours: bool,
}

/// Distributes the edited manifests.
///
/// # Errors
/// An object is not YAML.
pub fn split(documents: &Documents<'_>, resolution: &Resolution, mut edits: Edits) -> Result<Split, Finding> {
    let items = documents.items();
    let mut destinations: HashMap<Place, Destination> = HashMap::new();
    for (position, interception) in resolution.interceptions.iter().enumerate() {
        for placed in plan(items, resolution, position, &edits) {
            let new = Destination { step: step(&placed, interception.intercepts()), ours: placed.ours };
            destinations
                .entry(placed.place)
                .and_modify(|old| *old = Destination { step: old.step.min(new.step), ours: old.ours && new.ours })
                .or_insert(new);
        }
    }
    add_namespaces(items, &edits, &mut destinations);
    keep_from_pruning(items, &mut edits, &destinations)?;
    let steps = [Step::Prepare, Step::Rules, Step::Front];
    let written = steps.map(|step| (step, documents.write(&only(items, &mut edits, &destinations, step))));
    Ok(Split { folders: written.into() })
}

/// In the phase Prepare the user's rules stand for the clients, beside the front: going back to it, Flux's
/// own order by kind is the right one: Service, DestinationRule.
fn step(placed: &Placed, intercepts: bool) -> Step {
    match placed.part {
        Part::Rule if !intercepts => Step::Front,
        part => part.step(),
    }
}

/// The namespaces in which the first Kustomization makes something: on a new cluster they are not
/// there otherwise.
fn add_namespaces(items: &[Item<'_>], edits: &Edits, destinations: &mut HashMap<Place, Destination>) {
    let early = destinations.iter().filter(|(_, destination)| destination.step != Step::Front);
    let needed: HashSet<String> = early
        .filter_map(|(place, _)| match place {
            Place::Item(item) => items[*item].id().namespace.as_deref().map(str::to_string),
            Place::Added(after, number) => {
                let object = edits.after.get(after)?.get(*number)?;
                object.head().get("metadata")?.get("namespace")?.as_str().map(str::to_string)
            }
        })
        .collect();
    for (index, item) in items.iter().enumerate() {
        if item.id().is("", "Namespace") && needed.contains(item.id().name.as_ref()) {
            destinations.insert(Place::Item(index), Destination { step: Step::Prepare, ours: false });
        }
    }
}

/// Gives the user's objects in the earlier folders the annotation.
fn keep_from_pruning(items: &[Item<'_>], edits: &mut Edits, destinations: &HashMap<Place, Destination>) -> Result<(), Finding> {
    for (place, destination) in destinations {
        let Place::Item(index) = *place else { continue };
        if destination.ours || destination.step == Step::Front {
            continue;
        }
        let object = match edits.replaced.entry(index) {
            Entry::Occupied(replaced) => replaced.into_mut(),
            Entry::Vacant(unchanged) => unchanged.insert(items[index].value()?.clone()),
        };
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_mapping_mut) {
            let annotations = metadata.entry("annotations".into()).or_insert_with(|| Mapping::new().into());
            if annotations.is_null() {
                *annotations = Mapping::new().into();
            }
            if let Some(annotations) = annotations.as_mapping_mut() {
                annotations.insert(PRUNE.into(), "disabled".into());
            }
        }
    }
    Ok(())
}

/// The edits that leave the objects of one step, and nothing else. Their values move: each has one step.
fn only(items: &[Item<'_>], edits: &mut Edits, destinations: &HashMap<Place, Destination>, step: Step) -> Edits {
    let is_here = |place: Place| destinations.get(&place).map_or(Step::Front, |destination| destination.step) == step;
    let gone: HashSet<usize> = edits.removed.iter().copied().collect();
    let mut part = Edits::default();
    for index in 0..items.len() {
        if gone.contains(&index) || !is_here(Place::Item(index)) {
            part.removed.push(index);
        } else if let Some(value) = edits.replaced.get_mut(&index) {
            part.replaced.insert(index, std::mem::take(value));
        }
    }
    for (after, objects) in &mut edits.after {
        let here: Vec<NewObject> = objects
            .iter_mut()
            .enumerate()
            .filter(|(number, _)| is_here(Place::Added(*after, *number)))
            .map(|(_, object)| std::mem::take(object))
            .collect();
        part.after.insert(*after, here);
    }
    part
}
