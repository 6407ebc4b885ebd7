//! A resolved interception: what the emitters read.

use super::port::ProxyPort;
use super::traffic::Traffic;
use super::{FRONT_LABEL, Family, MANAGER, NAMESPACE_LABEL, NO_NAMESPACE};
use crate::api::{Phase, Proxy, SpecSource, TlsMode};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscalerBehavior;
use serde::Serialize;
use std::collections::BTreeMap;

/// One front Service with its proxies and its target.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Interception {
    /// Where it was asked for.
    pub source: SpecSource,
    /// What carries its traffic.
    pub data_plane: DataPlane,
    /// Namespace of everything; `None` where the build sets none.
    pub namespace: Option<String>,
    /// Name of the Service that clients call.
    pub front_name: String,
    /// What layers of the build have called it before. Other objects of the build still do:
    /// kustomize corrects references at the very end.
    pub former_names: Vec<String>,
    /// Which of its two Services the input has.
    pub pairing: Pairing,
    /// Name of the Service over the application's pods.
    pub target_name: String,
    /// Name of the ServiceAccount, Deployment, HPA, PDB, Gateway and VirtualService.
    pub proxy_name: String,
    /// The Service's ports, in its order.
    pub ports: Vec<ProxyPort>,
    /// How the proxies treat the application's pods.
    pub traffic: Traffic,
    /// The hop from the clients to the proxies.
    pub tls: TlsMode,
    /// Whether the user chose `tls`; where not, clients outside the mesh must not be cut off.
    pub tls_chosen: bool,
    /// How many proxies run.
    pub pool: Pool,
    /// The proxies' pods.
    pub proxy: Proxy,
    /// `app.kubernetes.io/part-of`: the front's own, else its name.
    pub part_of: String,
    /// How far the cutover goes, and who applies it.
    pub rollout: Rollout,
}

/// What carries the traffic of an interception. Its room is a folder of `planes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum DataPlane {
    /// Pods that Istio's gateway injection fills in.
    IstioGateway,
}

/// Which of the two Services the input has, by the index of the item; the other one is made from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Pairing {
    /// The Service that clients call, which is rewritten in place.
    FrontGiven {
        /// The front.
        front: usize,
        /// A target of the user's or of an earlier run; without one it is made from the front.
        target: Option<usize>,
    },
    /// The Service that the user has renamed to the target's name (the operator's way).
    TargetGiven {
        /// The target.
        target: usize,
    },
}

impl Pairing {
    /// The front, where the input has it.
    #[must_use]
    pub fn front(self) -> Option<usize> {
        match self {
            Pairing::FrontGiven { front, .. } => Some(front),
            Pairing::TargetGiven { .. } => None,
        }
    }

    /// The target, where the input has it.
    #[must_use]
    pub fn target(self) -> Option<usize> {
        match self {
            Pairing::FrontGiven { target, .. } => target,
            Pairing::TargetGiven { target } => Some(target),
        }
    }

    /// The front, or the target that it is made from.
    #[must_use]
    pub fn anchor(self) -> usize {
        match self {
            Pairing::FrontGiven { front: item, .. } | Pairing::TargetGiven { target: item } => item,
        }
    }
}

/// How far the cutover goes, and who applies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rollout {
    /// How far the cutover goes.
    pub phase: Phase,
    /// The front selects proxies from an earlier run, and is to select the application's pods again.
    pub reverting: bool,
    /// Whether Argo CD is told the order by sync waves.
    pub argocd: bool,
    /// Whether Flux applies a folder for each step.
    pub flux: bool,
}

/// How many proxies run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pool {
    /// Proxies that always run.
    pub min_replicas: i32,
    /// Proxies at the most.
    pub max_replicas: i32,
    /// Aimed-at CPU use in percent of the request.
    pub target_cpu: i32,
    /// Scaling speed.
    pub behavior: Option<HorizontalPodAutoscalerBehavior>,
}

/// Labels in their order of writing.
pub type Labels = BTreeMap<String, String>;

impl Interception {
    /// The item after which everything new is put: the front, or what it is made from.
    #[must_use]
    pub fn anchor(&self) -> usize {
        self.pairing.anchor()
    }

    /// Whether clients are to reach the proxies already.
    #[must_use]
    pub fn intercepts(&self) -> bool {
        self.rollout.phase == Phase::Intercept
    }

    /// Whether a Service of their own selects the proxies.
    ///
    /// Without any, istiod has them listen on the numbers of the Gateway's servers instead of the
    /// front's targetPorts (`resolvePorts`), and their listeners would change in the moment in which
    /// the first clients come.
    #[must_use]
    pub fn has_own_service(&self) -> bool {
        self.rollout.argocd || self.rollout.flux || !self.intercepts()
    }

    /// Whether the proxies read requests on any port.
    #[must_use]
    pub fn carries_http(&self) -> bool {
        self.ports.iter().any(|port| port.protocol.family() == Family::Http)
    }

    /// The item that has the selector of the application's pods.
    #[must_use]
    pub fn behind(&self) -> usize {
        self.pairing.target().unwrap_or(self.anchor())
    }

    /// The labels of everything generated, in their order of writing.
    #[must_use]
    pub fn own_labels(&self) -> [(&'static str, &str); 5] {
        [
            ("app.kubernetes.io/component", "proxy"),
            ("app.kubernetes.io/instance", &self.front_name),
            ("app.kubernetes.io/managed-by", MANAGER),
            ("app.kubernetes.io/name", &self.proxy_name),
            ("app.kubernetes.io/part-of", &self.part_of),
        ]
    }

    /// The same, as a map.
    #[must_use]
    pub fn labels(&self) -> Labels {
        self.own_labels().into_iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
    }

    /// The labels of the proxies' pods that describe them. Fewer than those of the objects: by
    /// instance, component or part-of somebody's Service may select the application's pods, and
    /// must not find the proxies beside them.
    #[must_use]
    pub fn pod_labels(&self) -> Labels {
        let mut labels = self.mesh_selector();
        let describing = |key: &str| matches!(key, "app.kubernetes.io/name" | "app.kubernetes.io/managed-by");
        let own = self.own_labels().into_iter().filter(|(key, _)| describing(key));
        labels.extend(own.map(|(key, value)| (key.to_string(), value.to_string())));
        labels
    }

    /// The label that selects the proxies inside their namespace.
    #[must_use]
    pub fn selector(&self) -> Labels {
        Labels::from([(FRONT_LABEL.to_string(), self.front_name.clone())])
    }

    /// The labels that select the proxies in the whole mesh.
    #[must_use]
    pub fn mesh_selector(&self) -> Labels {
        let namespace = self.namespace.as_deref().unwrap_or(NO_NAMESPACE);
        let mut labels = self.selector();
        labels.insert(NAMESPACE_LABEL.to_string(), namespace.to_string());
        labels
    }
}
