//! Argo CD: sync waves, and what is pruned last.
//!
//! Argo CD applies one wave after the other, and begins the next when everything in it is healthy
//! (gitops-engine, `sync_context.go`, `Sync`); within a wave it sorts by kind and does not wait.
//! docs/gitops.md says why the waves are what they are.

use super::plan::{Part, Place, Placed, Step, plan};
use crate::krm::{Code, Edits, Finding, Findings, Item};
use crate::resolve::{Interception, Kind, Resolution};
use indexmap::IndexMap;
use serde_yaml::{Mapping, Value};

const WAVE: &str = "argocd.argoproj.io/sync-wave";
const OPTIONS: &str = "argocd.argoproj.io/sync-options";
const PRUNE_LAST: &str = "PruneLast=true";
/// Counts where there is no wave (gitops-engine, `syncwaves.Wave`).
const HELM_WEIGHT: &str = "helm.sh/hook-weight";
/// The waves before the front's.
const BEFORE: i64 = 3;
/// Those after it, in the phase Prepare.
const AFTER: i64 = 2;

/// Says where the wave of a front leaves no order to write.
pub fn check(items: &[Item<'_>], resolution: &Resolution, findings: &mut Findings) {
    for interception in resolution.interceptions.iter().filter(|interception| interception.argocd) {
        if let Err(finding) = wave_of_front(items, interception) {
            findings.push(finding);
        }
    }
}

/// Annotates the objects of every interception that asks for it.
///
/// # Errors
/// The wave of a front, which [`check`] has refused before.
pub fn annotate(items: &[Item<'_>], resolution: &Resolution, edits: &mut Edits) -> Result<(), Finding> {
    // Objects of the user's may belong to several interceptions.
    let mut wanted: IndexMap<Place, Wanted> = IndexMap::new();
    for (position, interception) in resolution.interceptions.iter().enumerate() {
        if !interception.argocd {
            continue;
        }
        let front = wave_of_front(items, interception)?;
        for placed in plan(items, resolution, position, edits) {
            let wave = wave(&placed, interception, front, own_wave(items, &placed));
            let new = Wanted { wave, before: interception.intercepts(), prune_last: placed.ours };
            wanted.entry(placed.place).and_modify(|old| *old = old.with(new)).or_insert(new);
        }
    }
    for (place, wanted) in wanted {
        write(items, edits, place, wanted)?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Wanted {
    /// `None` where its own is right.
    wave: Option<i64>,
    /// Whether the object must come before a front, and not after it.
    before: bool,
    prune_last: bool,
}

impl Wanted {
    /// Before every front that needs it before; only then after every other.
    fn with(self, other: Wanted) -> Wanted {
        let wave = match (self.wave, other.wave) {
            (Some(one), Some(two)) => Some(match (self.before, other.before) {
                (true, false) => one,
                (false, true) => two,
                (true, true) => one.min(two),
                (false, false) => one.max(two),
            }),
            (one, two) => one.or(two),
        };
        Wanted { wave, before: self.before || other.before, prune_last: self.prune_last || other.prune_last }
    }
}

/// The wave of an object; `None` where its own is right.
fn wave(placed: &Placed, interception: &Interception, front: i64, own: Option<i64>) -> Option<i64> {
    // What stands for clients whose front is the application's, or is to be it again.
    let (routes_stay, rule_stays) = (interception.copied_routes.is_some(), interception.copied_rule().is_some());
    let relative = match placed.part {
        // The front's own, written only where the front is generated from an object that has one.
        Part::Front => return (placed.ours && front != 0).then_some(front),
        // An autoscaler without metrics is Degraded, and would fail the sync before the front.
        Part::Generated(Kind::HorizontalPodAutoscaler | Kind::PodDisruptionBudget) => {
            if routes_stay || rule_stays {
                AFTER
            } else {
                0
            }
        }
        // What an earlier run has cut out of them was in a hurry, and the rest with it.
        Part::Routes if routes_stay && own == Some(front + of(Step::Routes)) => return None,
        Part::Routes if routes_stay => AFTER,
        Part::Rule if rule_stays => AFTER - 1,
        part => of(part.step()),
    };
    // A target of the user's may come earlier still.
    let early = matches!(placed.part, Part::Target | Part::Policy) && !placed.ours;
    (!(early && own.unwrap_or_default() < front)).then_some(front + relative)
}

/// The wave of a step on the way to the proxies, from that of the front.
fn of(step: Step) -> i64 {
    match step {
        Step::Prepare => -BEFORE,
        Step::Routes => -BEFORE + 1,
        Step::Rules => -BEFORE + 2,
        Step::Front => 0,
    }
}

fn own_wave(items: &[Item<'_>], placed: &Placed) -> Option<i64> {
    let Place::Item(item) = placed.place else { return None };
    items[item].text_at(&["metadata", "annotations", WAVE])?.parse().ok()
}

/// The wave of the front, or of the Service that it is made from.
fn wave_of_front(items: &[Item<'_>], interception: &Interception) -> Result<i64, Finding> {
    let item = &items[interception.anchor()];
    let annotations = item.value()?.get("metadata").and_then(|metadata| metadata.get("annotations")?.as_mapping());
    let Some((key, value)) = [WAVE, HELM_WEIGHT].iter().find_map(|key| Some((*key, annotations?.get(*key)?))) else {
        return Ok(0);
    };
    let wave = value.as_str().and_then(|text| text.parse::<i64>().ok());
    let room = wave.filter(|wave| wave.checked_sub(BEFORE).is_some() && wave.checked_add(AFTER).is_some());
    room.ok_or_else(|| {
        let seen = value.as_str().map_or_else(|| crate::krm::to_yaml(value, 0).trim_end().to_string(), str::to_string);
        let why = if wave.is_some() { "leaves no room for the waves around it" } else { "is no wave to Argo CD" };
        let message = format!("\"{seen}\" {why}, and the proxies of \"{}\" have to come before it", interception.front_name);
        let remedy = "write an integer in quotes, such as \"0\", or remove the annotation";
        Finding::error(Code::SyncWave, message, remedy).about(item).at(format!("metadata.annotations[{key}]")).seen(seen)
    })
}

fn write(items: &[Item<'_>], edits: &mut Edits, place: Place, wanted: Wanted) -> Result<(), Finding> {
    match place {
        Place::Added(after, position) => {
            if let Some(object) = edits.after.get_mut(&after).and_then(|added| added.get_mut(position)) {
                set(object, wanted);
            }
        }
        Place::Item(index) => {
            let original = items[index].value()?;
            let mut object = edits.replaced.get(&index).unwrap_or(original).clone();
            set(&mut object, wanted);
            if object == *original {
                edits.replaced.shift_remove(&index);
            } else {
                edits.replaced.insert(index, object);
            }
        }
    }
    Ok(())
}

fn set(object: &mut Value, wanted: Wanted) {
    if wanted.wave.is_none() && !wanted.prune_last {
        return;
    }
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_mapping_mut) else { return };
    let annotations = metadata.entry("annotations".into()).or_insert_with(|| Mapping::new().into());
    if annotations.is_null() {
        *annotations = Mapping::new().into();
    }
    let Some(annotations) = annotations.as_mapping_mut() else { return };
    if let Some(wave) = wanted.wave {
        annotations.insert(WAVE.into(), wave.to_string().into());
    }
    if wanted.prune_last {
        let own = annotations.get(OPTIONS).and_then(Value::as_str);
        annotations.insert(OPTIONS.into(), with_prune_last(own.unwrap_or_default()).into());
    }
}

/// A comma separated list of options (gitops-engine, `GetAnnotationCSVs`), with ours at its end.
fn with_prune_last(own: &str) -> String {
    let mut options: Vec<&str> = own.split(',').map(str::trim).filter(|option| !option.is_empty()).collect();
    if !options.contains(&PRUNE_LAST) {
        options.push(PRUNE_LAST);
    }
    options.join(",")
}

#[cfg(test)]
mod tests {
    use super::with_prune_last;

    #[test]
    fn options_are_added_to_and_not_replaced() {
        assert_eq!(with_prune_last(""), "PruneLast=true");
        assert_eq!(with_prune_last("ServerSideApply=true, Prune=false"), "ServerSideApply=true,Prune=false,PruneLast=true");
        assert_eq!(with_prune_last("PruneLast=true,Replace=true"), "PruneLast=true,Replace=true");
    }
}
