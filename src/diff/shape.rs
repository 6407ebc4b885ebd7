//! What is known about the fields of an object: which lists are maps in disguise, and by which
//! keys; where order counts; where a quantity stands.
//!
//! Sources: `x-kubernetes-list-type`, `x-kubernetes-list-map-keys` and `x-kubernetes-patch-merge-key`
//! in Kubernetes' `api/openapi-spec/swagger.json` (the markers `+listMapKey` and `+patchMergeKey` of
//! k8s.io/api), and the same extensions in the CRDs of the Gateway API and of Istio (`ServiceEntry`,
//! `WasmPlugin`, `TrafficExtension`). Istio marks no other list; there the key is what its reference
//! requires to be unique, or what people refer to an item by. A list whose items do not all have
//! different keys is compared item by item instead.

use crate::rendered::Key;

/// What an object or a part of it is, as far as the table below tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape(&'static str);

/// How the items of a list are told apart.
#[derive(Debug, Clone, Copy)]
pub struct List {
    /// Paths of the keys in an item, with the API server's default: `protocol=TCP`. An empty path is
    /// the item itself.
    pub keys: &'static [&'static str],
    /// Whether the order of the items says something.
    pub order: Order,
}

/// Whether the order of a keyed list says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// It does not.
    Noise,
    /// It does.
    Counts,
    /// It does where a value refers to an earlier item, as `$(NAME)`.
    CountsForReferences,
}

use Order::{Counts, CountsForReferences, Noise};

struct Row(&'static str, &'static str, &'static str, Option<List>);

const fn part(of: &'static str, field: &'static str, holds: &'static str) -> Row {
    Row(of, field, holds, None)
}

const fn list(of: &'static str, field: &'static str, holds: &'static str, keys: &'static [&'static str], order: Order) -> Row {
    Row(of, field, holds, Some(List { keys, order }))
}

/// Of a shape, a field (`*`: any), the shape in it, and how its items are told apart.
const TABLE: &[Row] = &[
    list("ObjectMeta", "ownerReferences", "", &["uid"], Noise),
    list("ObjectMeta", "finalizers", "", &[""], Noise),
    // Pods, and all that make them.
    part("Pod", "spec", "PodSpec"),
    part("PodTemplate", "template", "PodTemplateSpec"),
    part("PodTemplateSpec", "spec", "PodSpec"),
    part("PodTemplateSpec", "metadata", "ObjectMeta"),
    part("Workload", "spec", "WorkloadSpec"),
    part("WorkloadSpec", "template", "PodTemplateSpec"),
    list("WorkloadSpec", "volumeClaimTemplates", "PersistentVolumeClaim", &["metadata.name"], Noise),
    part("CronJob", "spec", "CronJobSpec"),
    part("CronJobSpec", "jobTemplate", "Workload"),
    list("PodSpec", "containers", "Container", &["name"], Noise),
    // They run one after the other.
    list("PodSpec", "initContainers", "Container", &["name"], Counts),
    list("PodSpec", "ephemeralContainers", "Container", &["name"], Noise),
    list("PodSpec", "volumes", "Volume", &["name"], Noise),
    list("PodSpec", "imagePullSecrets", "", &["name"], Noise),
    list("PodSpec", "hostAliases", "", &["ip"], Noise),
    list("PodSpec", "resourceClaims", "", &["name"], Noise),
    list("PodSpec", "schedulingGates", "", &["name"], Noise),
    list("PodSpec", "topologySpreadConstraints", "", &["topologyKey", "whenUnsatisfiable"], Noise),
    part("PodSpec", "resources", "Resources"),
    part("PodSpec", "overhead", "Quantities"),
    list("Container", "ports", "", &["containerPort", "protocol=TCP"], Noise),
    list("Container", "env", "EnvVar", &["name"], CountsForReferences),
    list("Container", "volumeMounts", "", &["mountPath"], Noise),
    list("Container", "volumeDevices", "", &["devicePath"], Noise),
    part("Container", "resources", "Resources"),
    part("EnvVar", "valueFrom", "EnvVarSource"),
    part("EnvVarSource", "resourceFieldRef", "ResourceFieldSelector"),
    part("ResourceFieldSelector", "divisor", "Quantity"),
    part("Volume", "emptyDir", "EmptyDir"),
    part("EmptyDir", "sizeLimit", "Quantity"),
    part("Volume", "ephemeral", "EphemeralVolume"),
    part("EphemeralVolume", "volumeClaimTemplate", "PersistentVolumeClaim"),
    part("PersistentVolumeClaim", "spec", "ClaimSpec"),
    part("ClaimSpec", "resources", "Resources"),
    part("Resources", "limits", "Quantities"),
    part("Resources", "requests", "Quantities"),
    list("Resources", "claims", "", &["name"], Noise),
    part("Quantities", "*", "Quantity"),
    // The rest of Kubernetes.
    part("Service", "spec", "ServiceSpec"),
    // Server-side apply leaves the ports in their old order, and re-ordered ones drift.
    list("ServiceSpec", "ports", "", &["port", "protocol=TCP"], Counts),
    list("ServiceAccount", "secrets", "", &["name"], Noise),
    part("PersistentVolume", "spec", "VolumeSpec"),
    part("VolumeSpec", "capacity", "Quantities"),
    part("ResourceQuota", "spec", "QuotaSpec"),
    part("QuotaSpec", "hard", "Quantities"),
    part("LimitRange", "spec", "LimitRangeSpec"),
    part("LimitRangeSpec", "limits", "LimitRangeItem"),
    part("LimitRangeItem", "max", "Quantities"),
    part("LimitRangeItem", "min", "Quantities"),
    part("LimitRangeItem", "default", "Quantities"),
    part("LimitRangeItem", "defaultRequest", "Quantities"),
    part("LimitRangeItem", "maxLimitRequestRatio", "Quantities"),
    part("HorizontalPodAutoscaler", "spec", "AutoscalerSpec"),
    part("AutoscalerSpec", "metrics", "Metric"),
    part("Metric", "*", "MetricSource"),
    part("MetricSource", "target", "MetricTarget"),
    part("MetricTarget", "averageValue", "Quantity"),
    part("MetricTarget", "value", "Quantity"),
    // They change a request one after the other.
    list("MutatingWebhookConfiguration", "webhooks", "Webhook", &["name"], Counts),
    list("ValidatingWebhookConfiguration", "webhooks", "Webhook", &["name"], Noise),
    list("Webhook", "matchConditions", "", &["name"], Noise),
    part("AdmissionPolicy", "spec", "AdmissionPolicySpec"),
    list("AdmissionPolicySpec", "matchConditions", "", &["name"], Noise),
    // One may use those before it.
    list("AdmissionPolicySpec", "variables", "", &["name"], Counts),
    // Istio.
    part("IstioGateway", "spec", "IstioGatewaySpec"),
    list("IstioGatewaySpec", "servers", "", &["port.number"], Noise),
    part("VirtualService", "spec", "VirtualServiceSpec"),
    // The first route that matches counts.
    list("VirtualServiceSpec", "http", "", &["name"], Counts),
    part("DestinationRule", "spec", "DestinationRuleSpec"),
    part("DestinationRuleSpec", "trafficPolicy", "TrafficPolicy"),
    list("DestinationRuleSpec", "subsets", "Subset", &["name"], Noise),
    part("Subset", "trafficPolicy", "TrafficPolicy"),
    list("TrafficPolicy", "portLevelSettings", "", &["port.number"], Noise),
    part("ServiceEntry", "spec", "ServiceEntrySpec"),
    list("ServiceEntrySpec", "ports", "", &["name"], Noise),
    part("WasmPlugin", "spec", "WasmPluginSpec"),
    part("WasmPluginSpec", "match", "TrafficSelector"),
    part("WasmPluginSpec", "vmConfig", "VmConfig"),
    part("TrafficExtension", "spec", "TrafficExtensionSpec"),
    part("TrafficExtensionSpec", "match", "TrafficSelector"),
    part("TrafficExtensionSpec", "wasm", "WasmPluginSpec"),
    list("TrafficSelector", "ports", "", &["number"], Noise),
    list("VmConfig", "env", "", &["name"], Noise),
    // The Gateway API.
    part("Gateway", "spec", "GatewaySpec"),
    list("GatewaySpec", "listeners", "", &["name"], Noise),
    part("GatewaySpec", "tls", "GatewayTls"),
    part("GatewayTls", "frontend", "GatewayTlsFrontend"),
    list("GatewayTlsFrontend", "perPort", "", &["port"], Noise),
    part("Route", "spec", "RouteSpec"),
    // Among rules that match equally well the first one counts.
    list("RouteSpec", "rules", "RouteRule", &["name"], Counts),
    part("RouteRule", "matches", "RouteMatch"),
    list("RouteMatch", "headers", "", &["name"], Noise),
    list("RouteMatch", "queryParams", "", &["name"], Noise),
    part("RouteRule", "filters", "RouteFilter"),
    part("RouteRule", "backendRefs", "BackendRef"),
    part("BackendRef", "filters", "RouteFilter"),
    part("RouteFilter", "requestHeaderModifier", "HeaderModifier"),
    part("RouteFilter", "responseHeaderModifier", "HeaderModifier"),
    list("HeaderModifier", "set", "", &["name"], Noise),
    list("HeaderModifier", "add", "", &["name"], Noise),
    list("HeaderModifier", "remove", "", &[""], Noise),
    part("RouteFilter", "cors", "Cors"),
    list("Cors", "allowOrigins", "", &[""], Noise),
    list("Cors", "allowMethods", "", &[""], Noise),
    list("Cors", "allowHeaders", "", &[""], Noise),
    list("Cors", "exposeHeaders", "", &[""], Noise),
];

impl Shape {
    /// The shape of an object. What has a pod template where a Deployment has it counts as one:
    /// custom resources copy it (Argo Rollouts, Knative).
    #[must_use]
    pub fn of(key: &Key) -> Self {
        Shape(match (key.group.as_str(), key.kind.as_str()) {
            ("", "Pod") => "Pod",
            ("", "PodTemplate") => "PodTemplate",
            ("batch", "CronJob") => "CronJob",
            ("", "Service") => "Service",
            ("", "ServiceAccount") => "ServiceAccount",
            ("", "PersistentVolume") => "PersistentVolume",
            ("", "PersistentVolumeClaim") => "PersistentVolumeClaim",
            ("", "ResourceQuota") => "ResourceQuota",
            ("", "LimitRange") => "LimitRange",
            ("autoscaling", "HorizontalPodAutoscaler") => "HorizontalPodAutoscaler",
            ("admissionregistration.k8s.io", "MutatingWebhookConfiguration") => "MutatingWebhookConfiguration",
            ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration") => "ValidatingWebhookConfiguration",
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy") => "AdmissionPolicy",
            ("networking.istio.io", "Gateway") => "IstioGateway",
            ("networking.istio.io", "VirtualService") => "VirtualService",
            ("networking.istio.io", "DestinationRule") => "DestinationRule",
            ("networking.istio.io", "ServiceEntry") => "ServiceEntry",
            ("extensions.istio.io", "WasmPlugin") => "WasmPlugin",
            ("extensions.istio.io", "TrafficExtension") => "TrafficExtension",
            ("gateway.networking.k8s.io", "Gateway" | "ListenerSet") => "Gateway",
            ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute") => "Route",
            _ => "Workload",
        })
    }

    /// What is known of a field: its shape, or that of the items in it, and how they are told apart.
    #[must_use]
    pub fn field(self, name: &str) -> (Shape, Option<List>) {
        // Every object has metadata; a template of a claim is one too.
        if name == "metadata" && !self.0.is_empty() {
            return (Shape("ObjectMeta"), None);
        }
        let row = TABLE.iter().find(|Row(of, field, ..)| *of == self.0 && (*field == name || *field == "*"));
        row.map_or((Shape(""), None), |Row(_, _, holds, list)| (Shape(holds), *list))
    }

    /// Whether a quantity stands here.
    #[must_use]
    pub fn is_quantity(self) -> bool {
        self.0 == "Quantity"
    }
}
