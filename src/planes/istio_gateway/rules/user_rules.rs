//! Which DestinationRules of the user's are about an interception.

use crate::interception::Interception;
use indexmap::IndexSet;

/// The user's DestinationRules: item indices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserRules {
    /// Those for the front, which stay there with what is about the hop from the clients. istiod merges
    /// several for one host (`mergeDestinationRule`).
    pub on_front: Vec<usize>,
    /// The one for an existing target, which takes the place of the generated one.
    pub on_target: Option<usize>,
    /// The generated rule of an earlier run that holds what was about the pods in those for the front.
    pub divided_before: Option<usize>,
    /// Whether one of those for the front asks for mutual TLS somewhere.
    pub mutual: bool,
    /// The names of the front's subsets, in their order.
    pub subsets: IndexSet<String>,
}

/// An interception with the user's DestinationRules for it.
#[derive(Debug, Clone, Copy)]
pub struct Ruled<'r> {
    /// The interception.
    pub interception: &'r Interception,
    /// The rules for its Services.
    pub rules: &'r UserRules,
}

impl<'r> Ruled<'r> {
    /// Each interception with its rules.
    #[must_use]
    pub fn all(interceptions: &'r [Interception], rules: &'r [UserRules]) -> Vec<Self> {
        interceptions.iter().zip(rules).map(|(interception, rules)| Ruled { interception, rules }).collect()
    }
}
