//! What GitOps hosts ask for beyond manifests.

pub mod plugin;
