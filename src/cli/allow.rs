//! The options that say which functions run.

use super::sources::Functions;
use super::stand_in::Image;

/// Which functions run while kustomize builds; shared by every command that builds.
#[derive(Debug, Clone, clap::Args)]
pub struct Allow {
    /// Let kustomize run this function too, as a container without network, mounts and variables; may be
    /// repeated. No other function runs but proxy-service itself.
    #[arg(long = "allow-function", value_name = "IMAGE@sha256:DIGEST")]
    images: Vec<Image>,
    /// Let kustomize render Helm charts, with the helm on PATH, without its plugins and post-renderers.
    #[arg(long)]
    enable_helm: bool,
}

/// The same for commands that show the layers above the function.
#[derive(Debug, Clone, clap::Args)]
pub struct AllowInPlace {
    /// Run the function where the kustomizations have it, so that layers above it reach what it
    /// generates. No other program runs with it.
    #[arg(long)]
    pub enable_exec: bool,
    #[command(flatten)]
    allow: Allow,
}

impl Allow {
    /// With ours behind the build.
    pub fn functions(&self) -> Functions {
        Functions { in_place: false, allowed: self.images.clone(), charts: self.enable_helm }
    }
}

impl AllowInPlace {
    /// With ours in place, where that is asked for.
    pub fn functions(&self) -> Functions {
        Functions { in_place: self.enable_exec, ..self.allow.functions() }
    }
}
