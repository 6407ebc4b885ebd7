//! The proxies: pods whose one container Istio's injection fills in ("gateway injection").

use crate::api::{Proxy, TlsMode};
use crate::interception::{Interception, Labels, proxy_resources};
use crate::planes::istio_gateway::{Settings, proxy_config};
use crate::planes::pool::object::{Object, metadata, proxies};
use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec};
use k8s_openapi::api::core::v1::{
    Capabilities, Container, ContainerPort, PodSecurityContext, PodSpec, PodTemplateSpec, ResourceRequirements, SeccompProfile,
    SecurityContext, TopologySpreadConstraint,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// The proxies' Deployment. It has no `replicas`: the autoscaler owns them.
pub fn deployment<'i>(interception: &'i Interception, settings: &Settings) -> Object<'i, DeploymentSpec> {
    Object::of::<Deployment>(
        metadata(interception, &interception.proxy_name),
        Some(DeploymentSpec {
            selector: proxies(interception),
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta {
                    labels: Some(pod_labels(interception, settings)),
                    annotations: Some(pod_annotations(interception, settings)),
                    ..ObjectMeta::default()
                }),
                spec: Some(pod(interception)),
            },
            ..DeploymentSpec::default()
        }),
    )
}

fn pod_labels(interception: &Interception, settings: &Settings) -> Labels {
    let mut labels = interception.pod_labels();
    let mut add = |key: &str, value: &str| labels.insert(key.to_string(), value.to_string());
    add("sidecar.istio.io/inject", "true");
    add("istio.io/dataplane-mode", "none");
    if interception.tls == TlsMode::IstioMutual {
        // Auto-mTLS asks each endpoint; the gateway template does not answer, and plaintext it
        // would be (Istio, `pilot/pkg/networking/core/cluster_tls.go`).
        add("security.istio.io/tlsMode", "istio");
    }
    if let Some(revision) = &settings.revision {
        add("istio.io/rev", revision);
    }
    labels
}

fn pod_annotations(interception: &Interception, settings: &Settings) -> Labels {
    let mut annotations: Labels = [
        ("inject.istio.io/templates", "gateway"),
        ("prometheus.io/path", "/stats/prometheus"),
        ("prometheus.io/port", "15020"),
        ("prometheus.io/scrape", "true"),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_string(), value.to_string()))
    .collect();
    annotations.extend(interception.proxy.annotations.clone().unwrap_or_default());
    annotations.insert(proxy_config::ANNOTATION.to_string(), settings.proxy_config.clone());
    annotations
}

/// A pod that the restricted Pod Security Standard admits. It has no probes, arguments,
/// environment or volumes: the injection brings them.
fn pod(interception: &Interception) -> PodSpec {
    let proxy = &interception.proxy;
    PodSpec {
        service_account_name: Some(interception.proxy_name.clone()),
        containers: vec![container(interception)],
        security_context: Some(PodSecurityContext {
            run_as_non_root: Some(true),
            seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".into(), ..SeccompProfile::default() }),
            ..PodSecurityContext::default()
        }),
        termination_grace_period_seconds: Some(
            proxy.termination_grace_period_seconds.unwrap_or(proxy_config::GRACE_PERIOD_SECONDS).into(),
        ),
        topology_spread_constraints: proxy.affinity.is_none().then(|| vec![spread(interception)]),
        affinity: proxy.affinity.clone(),
        node_selector: proxy.node_selector.clone(),
        tolerations: proxy.tolerations.clone(),
        priority_class_name: proxy.priority_class_name.clone(),
        ..PodSpec::default()
    }
}

fn container(interception: &Interception) -> Container {
    let mut ports = vec![container_port(15090, "http-envoy-prom".into())];
    ports.extend(interception.ports.iter().map(|port| container_port(port.listen, format!("port-{}", port.number))));
    Container {
        name: "istio-proxy".into(),
        image: Some(interception.proxy.image.clone().unwrap_or_else(|| "auto".into())),
        ports: Some(ports),
        resources: Some(resources(&interception.proxy)),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".into()]), ..Capabilities::default() }),
            privileged: Some(false),
            read_only_root_filesystem: Some(true),
            run_as_non_root: Some(true),
            ..SecurityContext::default()
        }),
        ..Container::default()
    }
}

fn container_port(number: u16, name: String) -> ContainerPort {
    ContainerPort {
        container_port: i32::from(number),
        name: Some(name),
        protocol: Some("TCP".into()),
        ..ContainerPort::default()
    }
}

fn resources(proxy: &Proxy) -> ResourceRequirements {
    let (requests, limits) = proxy_resources::requests_and_limits(proxy);
    ResourceRequirements { requests: Some(requests), limits: Some(limits), ..ResourceRequirements::default() }
}

/// One node's failure should not take the whole pool.
fn spread(interception: &Interception) -> TopologySpreadConstraint {
    TopologySpreadConstraint {
        max_skew: 1,
        topology_key: "kubernetes.io/hostname".into(),
        when_unsatisfiable: "ScheduleAnyway".into(),
        label_selector: Some(proxies(interception)),
        ..TopologySpreadConstraint::default()
    }
}
