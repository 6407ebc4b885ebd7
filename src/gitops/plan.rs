//! What each object is to the cutover.

use crate::krm::{Edits, Item, NewObject};
use crate::resolve::{Front, Generated, Interception, Kind, Resolution, Target, is_generated};
use serde_yaml::Value;

/// A step of the cutover, in the order of switching on. Each may begin when the one before is done
/// and the proxies of the first are ready.
///
/// Taking away goes the other way, `Prepare` last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// What no client notices: the target, the proxies and all that they need; and the header by which the
    /// user's routes tell proxies a subset.
    Prepare,
    /// The subsets of the user's DestinationRule for the front lose their labels. Until `Front` each of
    /// them is all pods; after it, a subset with labels would be none. Rules for the front ask for the mutual TLS of
    /// the mesh, which sidecars of the pods take as well.
    Rules,
    /// The front selects the proxies.
    Front,
}

/// What an object is to the cutover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The Service that clients call, the user's or generated.
    Front,
    /// A target that was there before.
    Target,
    /// Anything else that is generated.
    Generated(Kind),
    /// A VirtualService of the user's with routes to a subset of the front.
    Routes,
    /// A DestinationRule of the user's for the front, or for an existing target, or a generated one for the front.
    Rule,
    /// A policy of the user's that leaves out the proxies now, or lets clients reach them. More is allowed
    /// than before, and nobody but the proxies may, or may be reached.
    Policy,
}

impl Part {
    /// The step at which it changes.
    #[must_use]
    pub fn step(self) -> Step {
        match self {
            Part::Front => Step::Front,
            Part::Rule => Step::Rules,
            // Policies that are generated add a caller, or ask at the proxies alone. A header changes nothing
            // where no proxy reads it.
            Part::Target | Part::Generated(_) | Part::Policy | Part::Routes => Step::Prepare,
        }
    }
}

/// Where an object stands in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The item with this index.
    Item(usize),
    /// A new object after an item, by its position among them ([`Edits::after`]).
    Added(usize, usize),
}

/// An object of an interception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub part: Part,
    /// Whether it is there only because of the interception, and goes with it.
    pub ours: bool,
}

/// Every object of an interception among the edited items.
#[must_use]
pub fn plan(items: &[Item<'_>], resolution: &Resolution, position: usize, edits: &Edits) -> Vec<Placed> {
    let interception = &resolution.interceptions[position];
    let mut plan = Vec::new();
    let mut users = |place, part| plan.push(Placed { place, part, ours: false });
    if let Front::Existing(front) = interception.front {
        users(Place::Item(front), Part::Front);
    }
    interception.subset_routes.iter().for_each(|item| users(Place::Item(*item), Part::Routes));
    let rules = interception.rules.on_front.iter().chain(&interception.rules.on_target);
    rules.for_each(|item| users(Place::Item(*item), Part::Rule));
    interception.exempting.iter().for_each(|item| users(Place::Item(*item), Part::Policy));
    if let Target::Existing(target) = interception.target {
        plan.push(Placed { place: Place::Item(target), part: Part::Target, ours: is_generated(&items[target]) });
    }
    for generated in interception.generated() {
        let is_front = generated.kind == Kind::Service && generated.name == interception.front_name;
        let is_of_clients = generated.kind == Kind::DestinationRule && generated.name == interception.proxy_name;
        let part = match generated.kind {
            _ if is_front => Part::Front,
            _ if is_of_clients => Part::Rule,
            kind => Part::Generated(kind),
        };
        if let Some(place) = place_of(&generated, interception, edits) {
            plan.push(Placed { place, part, ours: true });
        }
    }
    plan
}

fn place_of(generated: &Generated, interception: &Interception, edits: &Edits) -> Option<Place> {
    if let Some(item) = interception.existing.get(generated) {
        return Some(Place::Item(*item));
    }
    let (group, kind) = generated.kind.group_kind();
    let is_it = |object: &NewObject| {
        let object = object.head();
        let version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
        object.get("kind").and_then(Value::as_str) == Some(kind)
            && version.split_once('/').map_or("", |(group, _)| group) == group
            && object.get("metadata").and_then(|metadata| metadata.get("name")?.as_str()) == Some(&generated.name)
    };
    let anchor = interception.anchor();
    Some(Place::Added(anchor, edits.after.get(&anchor)?.iter().position(is_it)?))
}
