//! A resolved interception: what the emitters read.

use super::istio_version::IstioVersion;
use super::port::ProxyPort;
use super::tls_by_rule::TlsByRule;
use super::traffic::Traffic;
use super::{FRONT_LABEL, Family, MANAGER, NAMESPACE_LABEL, NO_NAMESPACE};
use crate::api::{Phase, Proxy, SpecSource, TlsMode};
use indexmap::{IndexMap, IndexSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscalerBehavior;
use serde_yaml::Value;
use std::collections::BTreeMap;

/// One front Service with its proxies and its target.
#[derive(Debug, Clone)]
pub struct Interception {
    /// Where it was asked for.
    pub source: SpecSource,
    /// Namespace of everything; `None` where the build sets none.
    pub namespace: Option<String>,
    /// Name of the Service that clients call.
    pub front_name: String,
    /// What layers of the build have called it before. Other objects of the build still do:
    /// kustomize corrects references at the very end.
    pub former_names: Vec<String>,
    /// Where the front comes from.
    pub front: Front,
    /// Name of the Service over the application's pods.
    pub target_name: String,
    /// Where the target comes from.
    pub target: Target,
    /// Name of the ServiceAccount, Deployment, HPA, PDB, Gateway and VirtualService.
    pub proxy_name: String,
    /// The Service's ports, in its order.
    pub ports: Vec<ProxyPort>,
    /// How the proxies treat the application's pods.
    pub traffic: Traffic,
    /// The mesh's version.
    pub istio: IstioVersion,
    /// The hop from the clients to the proxies.
    pub tls: TlsMode,
    /// What DestinationRules have to say of TLS.
    pub tls_by_rule: TlsByRule,
    /// Whether the user chose `tls`; where not, clients outside the mesh must not be cut off.
    pub tls_chosen: bool,
    /// How many proxies run.
    pub pool: Pool,
    /// The proxies' pods.
    pub proxy: Proxy,
    /// Their configuration, the annotation `proxy.istio.io/config`.
    pub proxy_config: String,
    /// `app.kubernetes.io/part-of`: the front's own, else its name.
    pub part_of: String,
    /// The user's DestinationRules for the front and for the target.
    pub rules: UserRules,
    /// VirtualServices of the user's with routes to a subset of the front: their item indices.
    pub subset_routes: Vec<usize>,
    /// How far the cutover goes.
    pub phase: Phase,
    /// Whether the pods take nothing but mutual TLS as it is.
    pub strict_before: bool,
    /// Whether an earlier run has the front select the proxies, and it is to select the
    /// application's pods again.
    pub goes_back: bool,
    /// Whether Argo CD is told the order.
    pub argocd: bool,
    /// Whether Flux applies it step by step.
    pub flux: bool,
    /// Policies of the user's that leave out the proxies now, or let clients of another namespace reach them:
    /// their item indices.
    pub exempting: Vec<usize>,
    /// Generated objects that the input has already, from an earlier run: item index by object.
    pub existing: IndexMap<super::Generated, usize>,
    /// Policies that stand beside it, so that the user's own keep their meaning, in the order of
    /// writing.
    pub companions: Vec<Value>,
}

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

/// Where the front comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    /// The item with this index, rewritten in place.
    Existing(usize),
    /// Made from the target, which the user has renamed (the operator's way).
    FromTarget,
}

/// Where the target comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The item with this index, as it is.
    Existing(usize),
    /// Made from the front.
    FromFront,
}

/// How many proxies run.
#[derive(Debug, Clone, PartialEq)]
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
        match (self.front, self.target) {
            (Front::Existing(index), _) | (Front::FromTarget, Target::Existing(index)) => index,
            (Front::FromTarget, Target::FromFront) => unreachable!("one of the two Services exists"),
        }
    }

    /// Whether clients are to reach the proxies already.
    #[must_use]
    pub fn intercepts(&self) -> bool {
        self.phase == Phase::Intercept
    }

    /// Whether a Service of their own selects the proxies.
    ///
    /// Without any, istiod has them listen on the numbers of the Gateway's servers instead of the
    /// front's targetPorts (`resolvePorts`), and their listeners would change in the moment in which
    /// the first clients come.
    #[must_use]
    pub fn has_own_service(&self) -> bool {
        self.argocd || self.flux || !self.intercepts()
    }

    /// Whether a rule of its own has clients ask the proxies for mutual TLS.
    #[must_use]
    pub fn has_rule_of_clients(&self) -> bool {
        self.tls_by_rule.to_proxies && self.rules.on_front.is_empty() && self.intercepts()
    }

    /// Whether requests in plaintext would be refused without anybody's choice.
    #[must_use]
    pub fn asks_for_tls(&self) -> bool {
        !self.tls_chosen && self.needs_sidecars()
    }

    /// Whether only clients with a sidecar that knows the front can connect to the proxies, and others could to the
    /// application's pods.
    #[must_use]
    pub fn needs_sidecars(&self) -> bool {
        self.tls == TlsMode::IstioMutual && !self.strict_before
    }

    /// Whether the proxies read requests on any port.
    #[must_use]
    pub fn carries_http(&self) -> bool {
        self.ports.iter().any(|port| port.protocol.family() == Family::Http)
    }

    /// The item that has the selector of the application's pods.
    #[must_use]
    pub fn behind(&self) -> usize {
        match self.target {
            Target::Existing(position) => position,
            Target::FromFront => self.anchor(),
        }
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
