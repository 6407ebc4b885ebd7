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

use crate::changes::{Change, Changes, Claim, Place, Role, Step, annotations_mut};
use crate::interception::Interception;
use crate::krm::{Documents, Finding, Item};
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

/// The folders, in the order in which Flux applies them.
const STEPS: [Step; 3] = [Step::Prepare, Step::Rules, Step::Front];

/// Distributes the manifests.
///
/// # Errors
/// An object is not YAML.
pub fn split(documents: &Documents<'_>, interceptions: &[Interception], mut changes: Changes) -> Result<Split, Finding> {
    let items = documents.items();
    let mut namespaces = HashSet::new();
    for change in changes.iter_mut().filter(|change| step_of(change, interceptions) != Step::Front) {
        keep_from_pruning(items, change)?;
        let namespace = match change.place {
            Place::Item(item) => items[item].id().namespace.as_deref(),
            Place::After(_) => change.claims.first().and_then(|claim| interceptions[claim.interception].namespace.as_deref()),
        };
        namespaces.extend(namespace);
    }
    let mut parts = STEPS.map(|step| (step, Changes::default()));
    let (all, removed) = changes.into_parts();
    let mut steps: HashMap<usize, Step> = HashMap::new();
    for change in all {
        let step = step_of(&change, interceptions);
        if let Place::Item(item) = change.place {
            steps.insert(item, step);
        }
        if let Some((_, part)) = parts.iter_mut().find(|part| part.0 == step) {
            part.push(change);
        }
    }
    // On a new cluster the namespaces in which the first Kustomization makes something are not there otherwise.
    for (index, item) in items.iter().enumerate() {
        if item.id().is("", "Namespace") && namespaces.contains(item.id().name.as_ref()) {
            steps.insert(index, Step::Prepare);
            keep_from_pruning(items, parts[0].1.of(index))?;
        }
    }
    let folder = |(step, mut changes): (Step, Changes)| {
        let is_here = |item: &usize| steps.get(item).copied().unwrap_or(Step::Front) == step;
        (0..items.len()).filter(|item| !is_here(item)).chain(removed.iter().copied()).for_each(|item| changes.remove(item));
        Ok((step, documents.write(&changes.into_edits(items)?)))
    };
    Ok(Split { folders: parts.into_iter().map(folder).collect::<Result<_, Finding>>()? })
}

/// The first step at which an interception needs the object.
fn step_of(change: &Change, interceptions: &[Interception]) -> Step {
    let step = |claim: &Claim| match claim.role {
        // In the phase Prepare the user's rules stand for the clients, beside the front: going back to it, Flux's
        // own order by kind is the right one: Service, DestinationRule.
        Role::Rule | Role::TargetRule if !interceptions[claim.interception].intercepts() => Step::Front,
        role => role.step(),
    };
    change.claims.iter().map(step).min().unwrap_or(Step::Front)
}

/// Gives an object of the user's in an earlier folder the annotation.
fn keep_from_pruning(items: &[Item<'_>], change: &mut Change) -> Result<(), Finding> {
    if !change.is_owned()
        && let Some(annotations) = annotations_mut(change.head_mut(items)?)
    {
        annotations.insert(PRUNE.into(), "disabled".into());
    }
    Ok(())
}
