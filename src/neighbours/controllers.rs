//! Objects whose controllers do something with the Service itself: write it, export it, or carry
//! its requests another way.

use super::fronts::Fronts;
use crate::findings::Code;
use crate::findings::fact::{Fact, Row, Table, fact, field};
use crate::krm::{Finding, Findings, Item, Severity};
use crate::objects::places;

/// Where an object has the Service's name.
#[derive(Debug, Clone, Copy)]
pub enum Name {
    /// It is its own: a bare name or a host.
    Own,
    /// At the first of these places that is there.
    At(&'static [&'static str]),
}

/// A kind whose controller does something with a Service.
#[derive(Debug)]
pub struct Controller {
    /// API groups.
    pub group: &'static str,
    /// Kinds.
    pub kinds: &'static [&'static str],
    names: &'static [Name],
    code: Code,
    severity: Severity,
    /// What it does with `{}`, the front.
    does: &'static str,
    remedy: &'static str,
    /// What the documentation says of it: why, and who says so upstream.
    says: (&'static str, &'static str),
}

/// Every such kind.
pub const CONTROLLERS: &[Controller] = &[
    Controller {
        group: "serving.knative.dev",
        kinds: &["Service", "Route"],
        names: &[Name::Own],
        code: Code::ControllerOwnsService,
        severity: Severity::Error,
        does: "Knative makes a Service {} of its own, and would undo the interception",
        remedy: "do not intercept it: Knative's activator and queue-proxy balance by requests under way themselves",
        says: ("Knative writes the Service of that name", "knative/serving, route reconciler"),
    },
    Controller {
        group: "flagger.app",
        kinds: &["Canary"],
        names: &[Name::At(&["spec.service.name", "spec.targetRef.name"])],
        code: Code::ControllerOwnsService,
        severity: Severity::Error,
        does: "Flagger writes the Service {} with a selector and rules of its own, and would undo the interception",
        remedy: "do not intercept it, or give the Canary a Service of another name in `service.name`",
        says: ("Flagger writes the Service's selector", "flagger, `KubernetesDefaultRouter`"),
    },
    Controller {
        group: "argoproj.io",
        kinds: &["Rollout"],
        names: &[
            Name::At(&["spec.strategy.canary.stableService"]),
            Name::At(&["spec.strategy.canary.canaryService"]),
            Name::At(&["spec.strategy.canary.pingPong.pingService"]),
            Name::At(&["spec.strategy.canary.pingPong.pongService"]),
            Name::At(&["spec.strategy.blueGreen.activeService"]),
            Name::At(&["spec.strategy.blueGreen.previewService"]),
        ],
        code: Code::ControllerOwnsService,
        severity: Severity::Error,
        does: "Argo Rollouts adds rollouts-pod-template-hash to the selector of {}, which then selects no proxy",
        remedy: "name the target Service here (by default the name with -ep)",
        says: ("Rollouts adds `rollouts-pod-template-hash` to the selector", "argo-rollouts, `switchServiceSelector`"),
    },
    Controller {
        group: "http.keda.sh",
        kinds: &["HTTPScaledObject"],
        names: &[Name::At(&["spec.scaleTargetRef.service"])],
        code: Code::ControllerOwnsService,
        severity: Severity::Error,
        does: "KEDA's interceptor holds requests until {} has endpoints, and the proxies are there even while no pod is",
        remedy: "do not intercept it, or scale by other triggers",
        says: ("the interceptor waits for endpoints, and proxies are always there", "kedacore/http-add-on, interceptor"),
    },
    Controller {
        group: "multicluster.x-k8s.io",
        kinds: &["ServiceExport"],
        names: &[Name::Own],
        code: Code::ExportedService,
        severity: Severity::Warning,
        does: "other clusters call {} too: their clients meet these proxies beside the pods of every cluster that does not intercept it",
        remedy: "intercept the Service in every cluster that exports it, with the same tls.mode",
        says: ("clients in other clusters meet proxies and pods side by side", "MCS API"),
    },
    Controller {
        group: "linkerd.io",
        kinds: &["ServiceProfile"],
        names: &[Name::Own],
        code: Code::AnotherMesh,
        severity: Severity::Error,
        does: "Linkerd carries the requests of {}, and the proxies are Istio's",
        remedy: "remove the ServiceProfile if Linkerd is gone, or do not intercept the Service",
        says: ("another mesh carries the requests", "its CRD"),
    },
    Controller {
        group: "consul.hashicorp.com",
        kinds: &["ServiceDefaults", "ServiceResolver", "ServiceRouter", "ServiceSplitter"],
        names: &[Name::Own],
        code: Code::AnotherMesh,
        severity: Severity::Error,
        does: "Consul carries the requests of {}, and the proxies are Istio's",
        remedy: "remove this object if Consul is gone, or do not intercept the Service",
        says: ("another mesh carries the requests", "their CRDs"),
    },
    Controller {
        group: "cilium.io",
        kinds: &["CiliumEnvoyConfig"],
        names: &[Name::At(&["spec.services[] name"])],
        code: Code::AnotherMesh,
        severity: Severity::Error,
        does: "Cilium sends the requests of {} to its own Envoy, not to the proxies",
        remedy: "take the Service out of this object, or do not intercept it",
        says: ("Cilium sends the requests to its own Envoy", "its CRD"),
    },
];

/// Says what the controller would do where the object names a front.
pub fn check(controller: &Controller, item: &Item<'_>, fronts: &Fronts<'_>, findings: &mut Findings) {
    let id = item.id();
    let own = id.namespace.as_deref();
    let mut found = |field: String, name: &str, namespace: Option<&str>| {
        let Some(front) = fronts.of_host(namespace.or(own), name) else { return };
        let message = controller.does.replace("{}", &format!("\"{}\"", front.front_name));
        let finding = match controller.severity {
            Severity::Error => Finding::error(controller.code, message, controller.remedy),
            Severity::Warning => Finding::warning(controller.code, message, controller.remedy),
        };
        findings.push(finding.about(item).at(field).seen(name));
    };
    for name in controller.names {
        match name {
            Name::Own => found("metadata.name".into(), &id.name, None),
            Name::At(places) => {
                let Ok(value) = item.value() else { return };
                let first = places.iter().map(|place| places::services(value, place)).find(|named| !named.is_empty());
                for named in first.into_iter().flatten() {
                    found(named.field, named.name, named.namespace);
                }
            }
        }
    }
}

/// The rows of the documentation for [`CONTROLLERS`].
pub fn rows() -> Vec<Row> {
    CONTROLLERS.iter().map(Controller::row).collect()
}

impl Controller {
    fn row(&self) -> Row {
        let fields = self.names.iter().flat_map(|name| match name {
            Name::Own => vec!["of the front's name".to_string()],
            Name::At(places) => places.iter().map(|place| field(place)).collect(),
        });
        let fields = fields.collect::<Vec<_>>().join(", ");
        let entries: Vec<_> = self.kinds.iter().map(|kind| (self.group, *kind, fields.clone())).collect();
        let fact = fact(Table::Controllers, "{}", "", &[]).because(self.says.0, self.says.1);
        let mut row = fact.of_table("neighbours/controllers", &entries);
        row.happens = format!("{} {}", self.severity.as_str(), self.code);
        row.codes.push(self.code);
        row
    }
}

/// What the documentation says of these checks.
pub const FACTS: &[Fact] = &[
    fact(Table::Services, "ServiceImport", "nothing", &[]).because("it is about Services of other clusters", "MCS API"),
    fact(Table::Controllers, "Argo Rollout `trafficRouting.istio.virtualService`, Flagger weights", "nothing", &[])
        .because("they change weights only", "argo-rollouts, flagger"),
    fact(Table::Controllers, "cert-manager Certificate `dnsNames`", "nothing", &[])
        .because("the name stays; TLS that the application ends is carried unopened", "cert-manager"),
];
