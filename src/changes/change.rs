//! One object of a build: what becomes of it, where it stands, and what it is to a cutover.

use crate::krm::{Finding, Item, NewObject};
use serde_yaml::{Mapping, Value};

/// A step of the cutover, in the order of switching on. Each may begin when the one before is done
/// and the proxies of the first are ready.
///
/// Rollback order: Front, Rules, Prepare.
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
pub enum Role {
    /// The Service that clients call, the user's or generated.
    Front,
    /// A target that was there before.
    Target,
    /// The proxies, their configuration, and a generated target.
    Proxies,
    /// What scales the proxies and protects them from eviction.
    Scaling,
    /// A VirtualService of the user's with routes to a subset of the front.
    Routes,
    /// A DestinationRule for the front, the user's or generated.
    Rule,
    /// A DestinationRule of the user's for an existing target.
    TargetRule,
    /// A policy of the user's that leaves out the proxies now, or lets clients reach them. More is allowed
    /// than before, and nobody but the proxies may, or may be reached.
    Policy,
}

impl Role {
    /// The step at which such an object changes.
    #[must_use]
    pub fn step(self) -> Step {
        match self {
            Role::Front => Step::Front,
            Role::Rule | Role::TargetRule => Step::Rules,
            // Policies that are generated add a caller, or ask at the proxies alone. A header changes nothing
            // where no proxy reads it.
            Role::Target | Role::Proxies | Role::Scaling | Role::Policy | Role::Routes => Step::Prepare,
        }
    }
}

/// Who an object belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// It stays when the interception goes.
    User,
    /// It is there only because of the interception, and goes with it.
    Interception,
}

/// Where an object stands in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the place of the item with this index.
    Item(usize),
    /// New, after the item with this index.
    After(usize),
}

/// What an object is to one interception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The interception, by its position.
    pub interception: usize,
    /// What the object is to its cutover.
    pub role: Role,
    /// Who the object belongs to.
    pub owner: Owner,
}

impl Claim {
    /// A claim on an object of the user's.
    #[must_use]
    pub fn users(interception: usize, role: Role) -> Self {
        Claim { interception, role, owner: Owner::User }
    }

    /// A claim on a generated object.
    #[must_use]
    pub fn own(interception: usize, role: Role) -> Self {
        Claim { interception, role, owner: Owner::Interception }
    }
}

/// What becomes of an object.
#[derive(Debug)]
pub enum Object {
    /// The item as it came.
    AsItCame,
    /// The item with a new value.
    Rewritten(Value),
    /// An object that the input does not have.
    New(NewObject),
}

impl Object {
    /// The new value of an item, to be changed; `original` where nobody has changed it.
    pub(super) fn rewriting(&mut self, original: &Value) -> &mut Value {
        if !matches!(self, Object::Rewritten(_)) {
            *self = Object::Rewritten(original.clone());
        }
        match self {
            Object::Rewritten(value) => value,
            Object::AsItCame | Object::New(_) => unreachable!("it was rewritten above"),
        }
    }
}

/// The annotations of an object, made where there are none; `None` where it has no metadata.
pub fn annotations_mut(object: &mut Value) -> Option<&mut Mapping> {
    let annotations = object.get_mut("metadata")?.as_mapping_mut()?.entry("annotations".into()).or_insert(Value::Null);
    if annotations.is_null() {
        *annotations = Mapping::new().into();
    }
    annotations.as_mapping_mut()
}

/// One object of a build.
#[derive(Debug)]
pub struct Change {
    /// Where it stands.
    pub place: Place,
    /// What becomes of it.
    pub object: Object,
    /// What it is to each interception that needs it. An object of the user's may belong to several.
    pub claims: Vec<Claim>,
}

impl Change {
    /// Whether it goes away when the interceptions that need it are gone.
    #[must_use]
    pub fn is_owned(&self) -> bool {
        !self.claims.is_empty() && self.claims.iter().all(|claim| claim.owner == Owner::Interception)
    }

    /// The object with its metadata, to be changed; of a new one perhaps no more than its head.
    ///
    /// # Errors
    /// The item cannot be parsed.
    pub fn head_mut(&mut self, items: &[Item<'_>]) -> Result<&mut Value, Finding> {
        match (self.place, &mut self.object) {
            (_, Object::New(object)) => Ok(object.head_mut()),
            (Place::Item(item), object) => Ok(object.rewriting(items[item].value()?)),
            (Place::After(_), _) => unreachable!("what stands after an item is new"),
        }
    }
}
