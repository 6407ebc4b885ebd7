//! Checks of rendered manifests: whether requests would arrive and pods would run, as far as the
//! manifests tell. Offline; nothing is rewritten.
//!
//! One file a check. A check reads the [`View`] and gives findings. How sure it is decides the
//! severity: what the manifests show to be broken is an error; what may be defined elsewhere is an
//! error only where this program generated it, else a warning, and nothing at all where the
//! manifests hold nothing of that namespace.

mod accounts;
mod answers;
mod autoscaler;
mod budgets;
mod destinations;
mod duplicates;
mod gateway_ports;
mod gateway_selector;
mod gateways;
mod hosts;
mod injection;
mod left_over;
mod listening;
mod locate;
mod loops;
mod named_ports;
mod policy_selectors;
mod references;
mod selector;
mod selects_proxies;
mod server_routes;
mod service_selectors;
mod size;
mod stale;
mod subsets;
mod target_ports;
mod view;
mod workloads;

pub use locate::locate;

use crate::findings::Code;
use crate::krm::{Finding, Findings, Severity};
use crate::rendered::{Inventory, Object};
use view::View;

/// What was looked at, and what was found.
#[derive(Debug, Default)]
pub struct Report {
    /// How many objects there are.
    pub objects: usize,
    /// How many Services send their clients to proxies.
    pub interceptions: usize,
    /// How many pools of proxies no Service sends clients to: phase Prepare, or being taken away.
    pub prepared: usize,
    /// What is wrong with them.
    pub findings: Findings,
}

impl Report {
    /// How many findings are of that severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.sorted().into_iter().filter(|finding| finding.severity() == severity).map(Finding::count).sum()
    }

    /// The same report, in which warnings are errors.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.findings = self.findings.into_iter().map(Finding::as_error).collect();
        self
    }
}

type Check = fn(&View<'_>, &mut Findings);

/// In the order of the findings: what explains others comes first.
const CHECKS: &[Check] = &[
    left_over::check,
    duplicates::check,
    injection::check,
    gateways::check,
    gateway_selector::check,
    gateway_ports::check,
    server_routes::check,
    answers::check,
    loops::check,
    selects_proxies::check,
    service_selectors::check,
    named_ports::check,
    listening::check,
    target_ports::check,
    destinations::check,
    subsets::check,
    policy_selectors::check,
    autoscaler::check,
    budgets::check,
    accounts::check,
    size::check,
    stale::check,
];

/// Checks the objects.
#[must_use]
pub fn validate(inventory: &Inventory) -> Report {
    let view = View::of(inventory);
    let mut findings = Findings::default();
    for check in CHECKS {
        check(&view, &mut findings);
    }
    let interceptions = view.pools.iter().filter(|pool| pool.intercepts()).count();
    let prepared = view.pools.len() - interceptions;
    Report { objects: inventory.objects().len(), interceptions, prepared, findings }
}

/// A finding about an object. `ours` says whether it is an error, and the rest as [`Finding`].
fn finding(object: &Object, error: bool, code: Code, field: &str, message: String, remedy: impl Into<String>) -> Finding {
    let finding = if error { Finding::error(code, message, remedy) } else { Finding::warning(code, message, remedy) };
    object.point(finding.at(field))
}
