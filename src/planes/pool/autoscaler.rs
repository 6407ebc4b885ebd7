//! How many proxies run.

use super::object::{Object, metadata};
use crate::changes::Kind;
use crate::interception::Interception;
use k8s_openapi::api::autoscaling::v2::{
    CrossVersionObjectReference, HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget,
    ResourceMetricSource,
};

/// Its group and kind.
pub const KIND: Kind = Kind { group: "autoscaling", kind: "HorizontalPodAutoscaler" };

/// A HorizontalPodAutoscaler on the CPU use of the proxies.
pub fn autoscaler(interception: &Interception) -> Object<'_, HorizontalPodAutoscalerSpec> {
    let pool = &interception.pool;
    Object::of::<HorizontalPodAutoscaler>(
        metadata(interception, &interception.proxy_name),
        Some(HorizontalPodAutoscalerSpec {
            scale_target_ref: CrossVersionObjectReference {
                api_version: Some("apps/v1".into()),
                kind: "Deployment".into(),
                name: interception.proxy_name.clone(),
            },
            min_replicas: Some(pool.min_replicas),
            max_replicas: pool.max_replicas,
            metrics: Some(vec![MetricSpec {
                type_: "Resource".into(),
                resource: Some(ResourceMetricSource {
                    name: "cpu".into(),
                    target: MetricTarget {
                        type_: "Utilization".into(),
                        average_utilization: Some(pool.target_cpu),
                        ..MetricTarget::default()
                    },
                }),
                ..MetricSpec::default()
            }]),
            behavior: pool.behavior.clone(),
        }),
    )
}
