//! How healthy Argo CD's own code takes what is generated to be, with the kit's check and without.

use super::command::{PATIENCE, Tools, run};
use super::kit::{config_of, installed};
use super::report::Report;
use super::workspace::checkout;
use std::fs;
use std::path::Path;
use std::process::Command;

const NO_METRICS: (&str, &str, &str) = ("ScalingActive", "False", "FailedGetResourceMetric");
const ABLE: (&str, &str, &str) = ("AbleToScale", "True", "SucceededGetScale");

pub fn suite(tools: &Tools, report: &mut Report) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let prepared = installed(tools, &["health"]).and_then(|built| {
        fs::write(folder.path().join("with.yaml"), config_of(&built)?).map_err(|error| error.to_string())?;
        fs::write(folder.path().join("without.yaml"), config_of(&installed(tools, &[])?)?).map_err(|error| error.to_string())
    });
    if let Err(why) = prepared {
        report.check("health: an argocd-cm with the kit's check", Err(why));
        return;
    }
    for zone in ["UTC", "America/New_York", "Asia/Kathmandu"] {
        report.check(&format!("health: autoscalers, time zone {zone}"), autoscalers(tools, folder.path(), zone));
    }
    report.check("health: other autoscalers are what they were", as_before(tools, folder.path()));
    report.check("health: what has no check does not hold a wave up", unchecked(tools, folder.path()));
}

/// `(TYPE, STATUS, REASON)` since so many minutes.
type Conditions<'c> = &'c [((&'c str, &'c str, &'c str), i64)];

fn autoscaler(name: &str, label: &str, conditions: Conditions<'_>) -> String {
    let mut text = format!(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: {name}\n  labels: {{app.kubernetes.io/managed-by: {label}}}\n\
         spec: {{maxReplicas: 5, scaleTargetRef: {{kind: Deployment, name: x}}}}\nstatus:\n  conditions:\n"
    );
    for ((kind, status, reason), minutes) in conditions {
        let since = ago(*minutes);
        text.push_str(&format!(
            "  - {{type: {kind}, status: \"{status}\", reason: {reason}, message: because, lastTransitionTime: \"{since}\"}}\n"
        ));
    }
    if conditions.is_empty() { text.replace("status:\n  conditions:\n", "") } else { text }
}

fn ago(minutes: i64) -> String {
    let done =
        run(Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ", "-d", &format!("-{minutes} minutes")]), None, PATIENCE);
    done.and_then(super::command::Done::succeeded).expect("date").trim().to_string()
}

fn healths(tools: &Tools, folder: &Path, config: &str, objects: &str, zone: &str) -> Result<Vec<String>, String> {
    fs::write(folder.join("objects.yaml"), objects).map_err(|error| error.to_string())?;
    let mut command = Command::new(tools.path("argocd"));
    command.arg("health").arg(folder.join(config)).arg(folder.join("objects.yaml")).env("TZ", zone);
    Ok(run(&mut command, None, PATIENCE)?.succeeded()?.lines().map(|line| line.trim_end().to_string()).collect())
}

fn autoscalers(tools: &Tools, folder: &Path, zone: &str) -> Result<(), String> {
    let failed = ("ScalingActive", "False", "InvalidSelector");
    let no_scale = ("AbleToScale", "False", "FailedGetScale");
    let active = ("ScalingActive", "True", "ValidMetricFound");
    let cases: [(&str, &str, Conditions<'_>, &str); 9] = [
        ("fresh", "proxy-service", &[], "Progressing Waiting to Autoscale"),
        ("young", "proxy-service", &[(ABLE, 0), (NO_METRICS, 0)], "Progressing Waiting for the proxies' metrics: because"),
        ("four", "proxy-service", &[(ABLE, 4), (NO_METRICS, 4)], "Progressing Waiting for the proxies' metrics: because"),
        ("six", "proxy-service", &[(ABLE, 6), (NO_METRICS, 6)], "Degraded because"),
        ("works", "proxy-service", &[(ABLE, 6), (active, 5)], "Healthy because"),
        ("selector", "proxy-service", &[(ABLE, 60), (failed, 60)], "Degraded because"),
        ("no-scale", "proxy-service", &[(no_scale, 0)], "Degraded because"),
        ("other", "helm", &[(ABLE, 0), (NO_METRICS, 0)], "Degraded because"),
        ("other-works", "helm", &[(ABLE, 0), (active, 0)], "Healthy because"),
    ];
    let objects: Vec<String> = cases.iter().map(|(name, label, conditions, _)| autoscaler(name, label, conditions)).collect();
    let due: Vec<String> = cases.iter().map(|(name, _, _, health)| format!("HorizontalPodAutoscaler {name}: {health}")).collect();
    let is = healths(tools, folder, "with.yaml", &objects.join("---\n"), zone)?;
    if is == due { Ok(()) } else { Err(format!("{is:#?}\ndue: {due:#?}")) }
}

/// With no trouble, and with a scale that cannot be read, Argo CD's own check says the same.
fn as_before(tools: &Tools, folder: &Path) -> Result<(), String> {
    let objects = [
        autoscaler("fresh", "helm", &[]),
        autoscaler("works", "helm", &[(ABLE, 9), (("ScalingActive", "True", "ValidMetricFound"), 9)]),
        autoscaler("limited", "helm", &[(("ScalingLimited", "True", "TooManyReplicas"), 9)]),
        autoscaler("no-scale", "helm", &[(("AbleToScale", "False", "FailedGetScale"), 9)]),
        autoscaler("no-update", "helm", &[(("AbleToScale", "False", "FailedUpdateScale"), 9)]),
    ]
    .join("---\n");
    let with = healths(tools, folder, "with.yaml", &objects, "UTC")?;
    let without = healths(tools, folder, "without.yaml", &objects, "UTC")?;
    if with == without { Ok(()) } else { Err(format!("{with:#?}\nwithout the kit: {without:#?}")) }
}

/// Configuration is healthy as soon as it is there (an empty status to Argo CD), a Deployment and
/// a budget only when their controllers say so.
fn unchecked(tools: &Tools, folder: &Path) -> Result<(), String> {
    let file = checkout().join("kustomization-examples/quickstart/expected/build.yaml");
    let objects = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let is = healths(tools, folder, "with.yaml", &objects, "UTC")?;
    let due = [
        "ServiceAccount hello-proxy:",
        "Service hello: Healthy",
        "Service hello-ep: Healthy",
        "Deployment hello: Progressing Waiting for rollout to finish: 0 out of 4 new replicas have been updated...",
        "Deployment hello-proxy: Healthy",
        "PodDisruptionBudget hello-proxy: Progressing Waiting for status",
        "HorizontalPodAutoscaler hello-proxy: Progressing Waiting to Autoscale",
        "DestinationRule hello-ep:",
        "Gateway hello-proxy:",
        "VirtualService hello-proxy:",
        "EnvoyFilter hello-proxy:",
    ];
    if is == due { Ok(()) } else { Err(format!("{is:#?}")) }
}
