//! Argo CD: sync waves, and what is pruned last.
//!
//! Argo CD applies one wave after the other, and begins the next when everything in it is healthy
//! (gitops-engine, `sync_context.go`, `Sync`); within a wave it sorts by kind and does not wait.
//! So everything of ours comes before the wave of the front, in which the rest of the application
//! usually is: nothing waits for that. docs/gitops.md says more.

use crate::changes::{Changes, Claim, Owner, Place, Role, Step, annotations_mut};
use crate::findings::Code;
use crate::interception::Interception;
use crate::krm::{Finding, Findings, Item};
use serde_yaml::Value;

const WAVE: &str = "argocd.argoproj.io/sync-wave";
const OPTIONS: &str = "argocd.argoproj.io/sync-options";
const PRUNE_LAST: &str = "PruneLast=true";
/// Counts where there is no wave (gitops-engine, `syncwaves.Wave`).
const HELM_WEIGHT: &str = "helm.sh/hook-weight";
/// The wave that the user gave a front, where in the phase Prepare it has another; empty for none.
const OWN_WAVE: &str = "msvcbench.io/sync-wave";
/// The waves before the front's.
const BEFORE: i64 = 2;

/// Says where the wave of a front leaves no order to write.
pub fn check(items: &[Item<'_>], interceptions: &[Interception], findings: &mut Findings) {
    for interception in interceptions.iter().filter(|interception| interception.rollout.argocd) {
        if let Err(finding) = wave_of_front(items, interception) {
            findings.push(finding);
        }
    }
}

/// Annotates the objects of every interception that asks for it.
///
/// # Errors
/// The wave of a front, which [`check`] has refused before.
pub fn annotate(items: &[Item<'_>], interceptions: &[Interception], changes: &mut Changes) -> Result<(), Finding> {
    if interceptions.iter().all(|interception| !interception.rollout.argocd) {
        return Ok(());
    }
    let fronts: Vec<_> = interceptions
        .iter()
        .map(|interception| interception.rollout.argocd.then(|| wave_of_front(items, interception)).transpose())
        .collect::<Result<_, _>>()?;
    let mut has_rules = vec![false; interceptions.len()];
    let claims = changes.iter().flat_map(|change| &change.claims);
    let of_users = claims.filter(|claim| claim.role == Role::Rule && claim.owner == Owner::User);
    of_users.for_each(|claim| has_rules[claim.interception] = true);
    for change in changes.iter_mut() {
        let own = own_wave(items, change.place);
        let wanted = change.claims.iter().filter_map(|claim| {
            let front = fronts[claim.interception].as_ref()?;
            let interception = &interceptions[claim.interception];
            let rules_stay = !interception.intercepts() && has_rules[claim.interception];
            Some(Wanted {
                wave: wave(claim, rules_stay, front, own),
                before: interception.intercepts(),
                prune_last: claim.owner == Owner::Interception,
                front: (claim.role == Role::Front).then(|| front.clone()),
            })
        });
        // Objects of the user's may belong to several interceptions.
        if let Some(wanted) = wanted.reduce(|one, other| one.with(&other)) {
            set(change.head_mut(items)?, &wanted);
        }
    }
    Ok(())
}

/// The wave that the user gave the front.
#[derive(Clone)]
struct FrontWave {
    wave: i64,
    /// As it was written; empty where it was not.
    written: String,
}

#[derive(Clone)]
struct Wanted {
    /// `None` where its own is right.
    wave: Option<i64>,
    /// Whether the object must come before a front, and not after it.
    before: bool,
    prune_last: bool,
    /// Of a front, the wave that it had.
    front: Option<FrontWave>,
}

impl Wanted {
    /// Before every front that needs it before; only then after every other.
    fn with(self, other: &Wanted) -> Wanted {
        let wave = match (self.wave, other.wave) {
            (Some(one), Some(two)) => Some(match (self.before, other.before) {
                (true, false) => one,
                (false, true) => two,
                (true, true) => one.min(two),
                (false, false) => one.max(two),
            }),
            (one, two) => one.or(two),
        };
        let prune_last = self.prune_last || other.prune_last;
        Wanted { wave, before: self.before || other.before, prune_last, front: self.front.or_else(|| other.front.clone()) }
    }
}

/// The wave of an object; `None` where its own is right. `rules_stay`: whether clients reach the pods, by rules of the
/// user's.
fn wave(claim: &Claim, rules_stay: bool, front: &FrontWave, own: Option<i64>) -> Option<i64> {
    let users = claim.owner == Owner::User;
    let offset = match claim.role {
        // Going back, the front comes before its rules, and nothing waits for the wave in which the
        // rest of the application is.
        Role::Front if rules_stay => of(Step::Prepare),
        Role::Front => return (!users && !front.written.is_empty()).then_some(front.wave),
        // An autoscaler without metrics is Degraded, and would fail the sync before the front.
        Role::Scaling => of(Step::Front),
        role => of(role.step()),
    };
    // What is the user's may come earlier still.
    let early = matches!(claim.role, Role::Target | Role::Policy | Role::Routes) && users;
    (!(early && own.unwrap_or_default() < front.wave)).then_some(front.wave + offset)
}

/// The wave of a step on the way to the proxies, from that of the front.
fn of(step: Step) -> i64 {
    match step {
        Step::Prepare => -BEFORE,
        Step::Rules => -BEFORE + 1,
        Step::Front => 0,
    }
}

fn own_wave(items: &[Item<'_>], place: Place) -> Option<i64> {
    let Place::Item(item) = place else { return None };
    items[item].text_at(&["metadata", "annotations", WAVE])?.parse().ok()
}

/// The wave of the front, or of the Service that it is made from.
fn wave_of_front(items: &[Item<'_>], interception: &Interception) -> Result<FrontWave, Finding> {
    let item = &items[interception.anchor()];
    let annotations = item.value()?.get("metadata").and_then(|metadata| metadata.get("annotations")?.as_mapping());
    let found = |key: &'static str| Some((key, annotations?.get(key)?));
    let Some((key, value)) = found(OWN_WAVE).or_else(|| found(WAVE)).filter(|(_, value)| value.as_str() != Some("")) else {
        let weight = found(HELM_WEIGHT).and_then(|(_, weight)| weight.as_str()?.parse::<i64>().ok());
        let weight = weight.filter(|weight| weight.checked_sub(BEFORE).is_some());
        return Ok(FrontWave { wave: weight.unwrap_or_default(), written: String::new() });
    };
    let wave = value.as_str().and_then(|text| text.parse::<i64>().ok());
    if let (Some(wave), Some(_)) = (wave, wave.and_then(|wave| wave.checked_sub(BEFORE))) {
        return Ok(FrontWave { wave, written: value.as_str().unwrap_or_default().to_string() });
    }
    let seen = value.as_str().map_or_else(|| crate::krm::to_yaml(value, 0).trim_end().to_string(), str::to_string);
    let why = if wave.is_some() { "leaves no room for the waves before it" } else { "is no wave to Argo CD" };
    let message = format!("\"{seen}\" {why}, and the proxies of \"{}\" have to come before it", interception.front_name);
    let remedy = "write an integer in quotes, such as \"0\", or remove the annotation";
    Err(Finding::error(Code::SyncWave, message, remedy).about(item).at(format!("metadata.annotations[{key}]")).seen(seen))
}

fn set(object: &mut Value, wanted: &Wanted) {
    let written = object.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let has_mark = written.is_some_and(|annotations| annotations.get(OWN_WAVE).is_some());
    if wanted.wave.is_none() && !wanted.prune_last && !has_mark {
        return;
    }
    let Some(annotations) = annotations_mut(object) else { return };
    match (&wanted.front, wanted.wave) {
        (Some(front), Some(wave)) if wave != front.wave => {
            annotations.insert(OWN_WAVE.into(), front.written.as_str().into());
        }
        (Some(front), _) if annotations.shift_remove(OWN_WAVE).is_some() => {
            if front.written.is_empty() {
                annotations.shift_remove(WAVE);
            } else {
                annotations.insert(WAVE.into(), front.written.as_str().into());
            }
        }
        _ => {}
    }
    if let Some(wave) = wanted.wave {
        annotations.insert(WAVE.into(), wave.to_string().into());
    }
    if wanted.prune_last {
        let own = annotations.get(OPTIONS).and_then(Value::as_str);
        annotations.insert(OPTIONS.into(), with_prune_last(own.unwrap_or_default()).into());
    }
    if annotations.is_empty()
        && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_mapping_mut)
    {
        metadata.shift_remove("annotations");
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
