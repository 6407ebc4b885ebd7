//! What a data plane means for the objects around an interception.

use super::Interception;
use std::ops::Deref;

/// What changes for others when proxies of a data plane stand before the application's pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effects {
    /// Whether only clients with a sidecar that knows the front can connect to the proxies, and others could to the
    /// application's pods.
    pub needs_sidecars: bool,
}

/// A reference to an interception that knows the effects of its data plane.
#[derive(Debug, Clone, Copy)]
pub struct Intercepted<'r> {
    interception: &'r Interception,
    effects: Effects,
}

impl<'r> Intercepted<'r> {
    /// Each interception with the effects of its data plane.
    #[must_use]
    pub fn all(interceptions: &'r [Interception], effects: &[Effects]) -> Vec<Self> {
        interceptions.iter().zip(effects).map(|(interception, effects)| Intercepted { interception, effects: *effects }).collect()
    }

    /// Whether only clients with a sidecar that knows the front can connect.
    #[must_use]
    pub fn needs_sidecars(&self) -> bool {
        self.effects.needs_sidecars
    }

    /// Whether requests in plaintext would be refused without anybody's choice.
    #[must_use]
    pub fn asks_for_tls(&self) -> bool {
        !self.interception.tls_chosen && self.effects.needs_sidecars
    }
}

impl Deref for Intercepted<'_> {
    type Target = Interception;

    fn deref(&self) -> &Interception {
        self.interception
    }
}
