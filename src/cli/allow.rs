//! The options that say which functions run.

use super::sources::Functions;
use super::stand_in::Image;

/// Which functions run while kustomize builds; shared by every command that builds.
#[derive(Debug, Clone, clap::Args)]
pub struct Allow {
    /// Let kustomize run this function too, as a container without network, mounts and variables; may be
    /// repeated. No other function but proxy-service itself runs.
    #[arg(long = "allow-function", value_name = "IMAGE@sha256:DIGEST")]
    images: Vec<Image>,
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
        Functions { in_place: false, allowed: self.images.clone() }
    }
}

impl AllowInPlace {
    /// With ours in place, where that is asked for.
    pub fn functions(&self) -> Functions {
        Functions { in_place: self.enable_exec, ..self.allow.functions() }
    }
}
