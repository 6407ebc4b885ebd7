//! What Kubernetes and Istio objects say, read once for everybody: the index of the input, selectors, workloads,
//! namespaces, places in values.
//!
//! Knows nothing of interceptions.

pub(crate) mod addresses;
pub(crate) mod index;
pub(crate) mod labels;
pub(crate) mod namespaces;
pub(crate) mod places;
pub(crate) mod promql;
pub(crate) mod selector;
pub(crate) mod value;
pub(crate) mod workloads;

pub use index::Index;
