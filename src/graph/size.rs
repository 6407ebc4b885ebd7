//! How many pods there are, and when there are more.

use crate::rendered::Object;
use serde_yaml::Value;

/// `2–5 proxies`, or how many the Deployment has.
pub fn size(workload: &Object, autoscaler: Option<&Object>, what: &str) -> String {
    let number = |object: &Object, field: &str| object.at(&["spec", field]).and_then(Value::as_u64);
    if let Some(hpa) = autoscaler
        && let Some(most) = number(hpa, "maxReplicas")
    {
        let least = number(hpa, "minReplicas").unwrap_or(1);
        return if least == most { format!("{least} {what}") } else { format!("{least}–{most} {what}") };
    }
    let count = number(workload, "replicas").unwrap_or(1);
    let singular = match what {
        "proxies" => "proxy",
        other => other.strip_suffix('s').unwrap_or(other),
    };
    if count == 1 { format!("1 {singular}") } else { format!("{count} {what}") }
}

/// When the autoscaler wants more of them.
pub fn scaling(autoscaler: Option<&Object>) -> String {
    let target = autoscaler.into_iter().flat_map(|hpa| hpa.list(&["spec", "metrics"])).find_map(|metric| {
        let resource = metric.get("resource").or_else(|| metric.get("containerResource"))?;
        let percent = resource.get("target")?.get("averageUtilization")?.as_u64()?;
        Some(format!("at {percent} % {}", resource.get("name")?.as_str()?.to_uppercase()))
    });
    target.unwrap_or_default()
}
