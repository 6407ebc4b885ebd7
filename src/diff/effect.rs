//! What happens to one Service.

use crate::rendered::{Inventory, Pool};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;

/// What happens to the traffic of a Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// It goes through proxies from now on.
    Intercepted,
    /// Proxies stand ready, and the traffic goes where it went.
    Prepared,
    /// It goes straight to the pods again.
    Released,
    /// The Service goes, and its proxies with it.
    Removed,
    /// It goes through the proxies as before, which change.
    Changed,
    /// The Service selects proxies that are not there.
    Broken,
}

/// What changes for one Service.
#[derive(Debug, Clone)]
pub struct Meaning {
    /// Its namespace; empty where the manifests set none.
    pub namespace: String,
    /// Its name.
    pub front_name: String,
    /// What happens to its traffic.
    pub effect: Effect,
    /// All of it; names stand between backticks, with characters of names only.
    pub sentences: Vec<String>,
}

impl Meaning {
    /// `shop/cart`.
    #[must_use]
    pub fn service(&self) -> String {
        if self.namespace.is_empty() { self.front_name.clone() } else { format!("{}/{}", self.namespace, self.front_name) }
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.service(), self.sentences.join("; "))
    }
}

/// The same front before and after.
pub struct Pair<'i> {
    /// The manifests before.
    pub before_all: &'i Inventory,
    /// The manifests after.
    pub after_all: &'i Inventory,
    /// Its proxies before.
    pub before: Option<Pool<'i>>,
    /// Its proxies after.
    pub after: Option<Pool<'i>>,
}
