//! What Istio's injected gateways need beside an interception.

use super::clients::revision;
use super::proxy_config;
use super::version::IstioVersion;
use crate::interception::Interception;
use crate::krm::Findings;
use crate::mesh::Mesh;
use crate::objects::Index;

/// The settings of one pool of injected gateways.
#[derive(Debug)]
pub struct Settings {
    /// The mesh's version.
    pub version: IstioVersion,
    /// The revision whose webhook injects the proxies; `None` for the default one.
    pub revision: Option<String>,
    /// The proxies' configuration, the annotation `proxy.istio.io/config`.
    pub proxy_config: String,
}

impl Settings {
    /// Those of each interception.
    pub fn all(interceptions: &[Interception], mesh: &Mesh, index: &Index<'_, '_>, findings: &mut Findings) -> Vec<Self> {
        let revisions = revision::of_applications(interceptions, index, findings);
        let settings = |(interception, revision): (&Interception, Option<String>)| Settings {
            version: IstioVersion::of(&interception.proxy, mesh),
            proxy_config: proxy_config::of(interception, revision.as_deref(), mesh, findings),
            revision,
        };
        interceptions.iter().zip(revisions).map(settings).collect()
    }
}
